"""What is written is what was there: every form is read back by the program that it is for."""

import io
import json
import math
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from python_calamine import CalamineWorkbook

from keyhouse.data import Column, Kind
from keyhouse.tabular import TabularError, read, rows_of, write_arrow, write_workbook
from keyhouse.tabular.forms import FORMS, file_name, write
from keyhouse.tabular.write_text import TextForm, write_text

COLUMNS = (
    Column("id", Kind.INT),
    Column("name", Kind.STRING),
    Column("score", Kind.FLOAT),
    Column("fine", Kind.BOOLEAN),
    Column("born", Kind.DATE, has_time=False),
    Column("seen", Kind.DATE),
    Column("price", Kind.FLOAT, sql_type="NUMERIC(10, 2)"),
)
MOMENT = datetime(2020, 1, 2, 3, 4, 5, 678901)
ROWS = [
    (1, 'x "y", z\t\n', 1.5, True, date(2020, 1, 2), MOMENT, Decimal("12345678.90")),
    (2, "", math.nan, False, datetime(2020, 1, 2), datetime(2020, 1, 2), Decimal("0.10")),
    (2**53 + 1, "=1+1", -math.inf, None, None, None, None),
    (None, None, None, None, None, None, None),
]


def written(form: str, rows: Any = ROWS, columns: Any = COLUMNS, **options: Any) -> bytes:
    titles = options.pop("titles", [column.name for column in columns])
    return b"".join(write(FORMS[form], columns, titles, rows, **options))


def test_csv_is_exact_and_tells_null_from_an_empty_text() -> None:
    assert written("csv").decode().split("\r\n")[:-1] == [
        "id,name,score,fine,born,seen,price",
        '1,"x ""y"", z\t\n",1.5,true,2020-01-02,2020-01-02 03:04:05.678901,12345678.90',
        '2,"",NaN,false,2020-01-02,2020-01-02 00:00:00,0.10',
        "9007199254740993,=1+1,-Infinity,,,,",
        ",,,,,,",
    ]


def test_tsv_has_tabs_and_single_line_ends() -> None:
    assert written("tsv", [(1, " x ", None)], COLUMNS[:3]) == b'id\tname\tscore\n1\t" x "\t\n'


def test_header_is_left_out_on_request() -> None:
    assert written("csv", [(1,)], COLUMNS[:1], titles=None) == b"1\r\n"


def test_other_quotes_and_delimiters() -> None:
    form = TextForm(";", "'", "\n")
    assert b"".join(write_text(COLUMNS[1:2], ["a;b"], [("it's",), ('"x"',)], form)) == b"'a;b'\n'it''s'\n\"x\"\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_guard_makes_texts_harmless_and_leaves_numbers(text: str) -> None:
    columns = COLUMNS[:2]
    out = b"".join(write_text(columns, None, [(-5, text)], TextForm(is_guarded=True))).decode()
    assert out.startswith("-5,'" if "\r" not in text else "-5,\"'")
    assert "'" + text in out


def test_guard_makes_the_first_item_of_a_list_harmless_and_leaves_exact_numbers() -> None:
    row = (["=1+1", "b"], b"\xf8", Decimal("-1.5"))
    out = b"".join(write_text(COLUMNS[:3], None, [row], TextForm(";", is_guarded=True)))
    assert out == b"'=1+1, b;'+A==;-1.5\r\n"


def test_mark_comes_first() -> None:
    assert b"".join(write_text(COLUMNS[:1], ["id"], [], TextForm(has_mark=True))) == b"\xef\xbb\xbfid\r\n"


def test_json_has_types_and_exact_numbers() -> None:
    rows = json.loads(written("json"), parse_float=Decimal)
    assert rows[0] == {
        "id": 1,
        "name": 'x "y", z\t\n',
        "score": Decimal("1.5"),
        "fine": True,
        "born": "2020-01-02",
        "seen": "2020-01-02T03:04:05.678901",
        "price": Decimal("12345678.90"),
    }
    assert rows[1]["name"] == "" and rows[1]["score"] is None
    assert rows[3] == dict.fromkeys(rows[0])
    assert json.loads(written("json", [])) == []


def test_ndjson_has_an_object_a_line() -> None:
    lines = written("ndjson").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2, 2**53 + 1, None]


def test_titles_that_are_the_same_are_told_apart() -> None:
    out = written("json", [(1, "x", 2.0)], COLUMNS[:3], titles=["a", "a", "a (2)"])
    assert json.loads(out) == [{"a": 1, "a (2)": "x", "a (2) (2)": 2.0}]


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_arrow_and_parquet_have_the_types_of_the_columns(form: str) -> None:
    out = io.BytesIO(written(form))
    table = parquet.read_table(out) if form == "parquet" else pa.ipc.open_stream(out).read_all()
    types = ["int64", "string", "double", "bool", "date32[day]", "timestamp[us]", "decimal128(10, 2)"]
    assert [str(field.type) for field in table.schema] == types
    found = table.to_pylist()
    assert found[0] == dict(zip(table.column_names, ROWS[0], strict=True))
    assert found[2]["id"] == 2**53 + 1
    assert found[1]["name"] == "" and found[3]["name"] is None


def test_arrow_tells_which_row_does_not_fit_its_column() -> None:
    rows = [(1, "x", 1.0)] * 150 + [("many", "x", 1.0)]
    with pytest.raises(TabularError, match="Row 151: column 'id'") as caught:
        written("arrow", rows, COLUMNS[:3])
    assert caught.value.row == 151


def test_workbook_has_typed_cells_and_no_formula() -> None:
    data = written("xlsx", name="patients")
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        assert book.sheet_names == ["patients"]
        rows = book.get_sheet_by_index(0).to_python()
    assert rows[1] == [
        1.0,
        'x "y", z\t\n',
        1.5,
        True,
        date(2020, 1, 2),
        datetime(2020, 1, 2, 3, 4, 5, 679000),
        12345678.9,
    ]
    assert rows[3][:3] == ["9007199254740993", "=1+1", "-Infinity"]
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_workbook_refuses_what_excel_would_cut_off() -> None:
    with pytest.raises(TabularError, match=r"column 'name'.*CSV"):
        written("xlsx", [(1, "x" * 32_768)], COLUMNS[:2])


def test_workbook_refuses_more_rows_than_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_workbook, "MOST_ROWS", 10)
    assert len(written("xlsx", [(1,)] * 9, COLUMNS[:1])) > 0
    with pytest.raises(TabularError, match=r"at most 10 rows.*CSV, Parquet"):
        written("xlsx", [(1,)] * 10, COLUMNS[:1])


@pytest.mark.parametrize("is_read", [True, False])
def test_workbook_leaves_no_file_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_read: bool) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = write(FORMS["xlsx"], COLUMNS[:1], ["id"], [(1,)])
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    if is_read:
        list(file)
    else:
        file.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a[b]:c*d?e/f\\g", "x" * 40, "'", "History", "", "\ud800"])
def test_any_name_of_a_query_is_made_a_name_of_a_sheet(name: str) -> None:
    assert 0 < len(write_workbook.sheet_name(name)) <= 31
    written("xlsx", [(1,)], COLUMNS[:1], name=name)


def test_name_of_a_file_is_harmless() -> None:
    at = datetime(2020, 1, 2, 3, 4, 5)
    assert file_name('../a"b\r\nc', FORMS["csv"], at) == "a_b_c_2020-01-02_03-04-05.csv"
    assert file_name("日本", FORMS["tsv"], at) == "rows_2020-01-02_03-04-05.tsv"


@pytest.mark.parametrize("form", [form for form in FORMS if form != "xlsx"])
def test_first_piece_leaves_before_most_rows_are_read(form: str) -> None:
    taken = 0

    def rows() -> Any:
        nonlocal taken
        for number in range(1_000_000):
            taken += 1
            yield (number, "x", 1.0)

    pieces = iter(write(FORMS[form], COLUMNS[:3], ["a", "b", "c"], rows()))
    assert next(pieces)
    assert taken <= 100
    next(pieces)
    assert taken <= 50_001


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert not write_arrow.is_available()
    assert "keyhouse[arrow]" in write_arrow.MISSING


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20).filter(
    lambda text: not text or text.strip()
)


@pytest.mark.parametrize("form", ["csv", "tsv"])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=10))
def test_texts_come_back_as_they_were(form: str, rows: list[tuple[str, str]]) -> None:
    columns = (Column("a"), Column("b"))
    with read(io.BytesIO(written(form, rows, columns)), f"x.{form}") as sheet:
        found = list(rows_of(sheet))
    assert found == [tuple(value or None for value in row) for row in rows if any(row)]


@settings(max_examples=15)
@given(st.lists(st.tuples(TEXTS, st.integers(-(10**14), 10**14)), max_size=10))
def test_workbooks_come_back_as_they_were(rows: list[tuple[str, int]]) -> None:
    data = written("xlsx", rows, (Column("a"), Column("b", Kind.INT)))
    with read(io.BytesIO(data)) as sheet:
        found = list(rows_of(sheet))
    assert found == [(text or None, number) for text, number in rows]


@pytest.mark.parametrize("form", [form for form in FORMS if form not in {"parquet", "arrow"}])
@settings(max_examples=20)
@given(value=st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.dates(), st.datetimes(), st.decimals()))
def test_any_value_can_be_written_in_any_column(form: str, value: Any) -> None:
    for column in COLUMNS:
        assert written(form, [(value,)], (column,))
