"""What `tabular.read` promises: the rows of the file, or a TabularError that says where and what to do."""

import io
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.tabular import CellError, Limits, TabularError, read, read_text, rows_of
from tests.tabular.old_workbook import xls


def rows(text: str | bytes, name: str = "", **limits: int) -> list[tuple[Any, ...]]:
    data = text.encode() if isinstance(text, str) else text
    with read(io.BytesIO(data), name, limits=Limits(**limits)) as sheet:
        return [sheet.header, *rows_of(sheet)]


def workbook(*cells: tuple[int, int, Any], **formats: str) -> io.BytesIO:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("hidden").hide()
        page = book.add_worksheet("seen")
        page.activate()
        for row, column, value in cells:
            shape = formats.get(type(value).__name__)
            page.write(row, column, value, book.add_format({"num_format": shape}) if shape else None)
    file.seek(0)
    return file


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_end_are_found(delimiter: str, end: str) -> None:
    text = end.join([delimiter.join("ab"), delimiter.join(["1", '"x ""y"""']), ""])
    assert rows(text) == [("a", "b"), ("1", 'x "y"')]


def test_delimiter_that_the_name_promises_wins() -> None:
    assert rows("a;b,c;d\n1;2,3;4\n", "x.csv") == [("a;b", "c;d"), ("1;2", "3;4")]


def test_delimiter_inside_quotes_does_not_count() -> None:
    assert rows('"a,b,c"\tx\n1\t2\n') == [("a,b,c", "x"), ("1", "2")]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "utf-32"]
)
def test_encoding_is_found(encoding: str) -> None:
    assert rows("name,städte\n1,Zürich\n".encode(encoding)) == [("name", "städte"), ("1", "Zürich")]


def test_encoding_is_told() -> None:
    with read(io.BytesIO("a\nü\n".encode("latin-1"))) as sheet:
        assert sheet.encoding == "cp1252"


def test_line_break_inside_quotes_stays_in_the_cell() -> None:
    assert rows('a,b\n"x\r\ny",2\n') == [("a", "b"), ("x\r\ny", "2")]


def test_blank_rows_are_left_out_and_lines_still_counted() -> None:
    with read_text('\n\na,b\n\n"1\n",2\n,\n3,4\n') as sheet:
        assert [(row.number, row.line) for row in sheet.rows] == [(1, 5), (2, 8)]


def test_blank_cell_is_null() -> None:
    assert rows("a,b,c\n1,, \n") == [("a", "b", "c"), ("1", None, None)]


@pytest.mark.parametrize(("line", "cells"), [("1", "1 cell"), ("1,2,3", "3 cells")])
def test_ragged_row_is_reported_with_its_number_and_reason(line: str, cells: str) -> None:
    with read_text(f"a,b\n1,2\n{line}\n5,6\n") as sheet:
        found = list(sheet.rows)
    assert [row.problem for row in found] == ["", f"the row has {cells}, the header 2", ""]
    with read_text(f"a,b\n1,2\n{line}\n") as sheet, pytest.raises(TabularError, match=r"Row 2 .line 3.") as caught:
        list(rows_of(sheet))
    assert caught.value.row == 2


def test_trailing_blank_cells_are_no_fault() -> None:
    assert rows("a,b,,\n1,2,,\n") == [("a", "b"), ("1", "2")]


def test_column_without_a_name_is_called_after_its_place() -> None:
    assert rows('"","x"\n"1",2\n') == [("column0", "x"), ("1", "2")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no rows"),
        (" \n,\n", "no rows"),
        ("a,A\n", "twice"),
        ('a,b\n1,"x\n', "never closed"),
        ('a,b\n1,"x"y\n', "closing quote"),
        (f"a\n{'x' * 140_000}\n", "131,072"),
        ("a\0b\n", "not a text file"),
        (b"\xff\xfea\x00\n", "breaks"),
        (b"PK\x03\x04nonsense", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "cannot be read"),
    ],
)
def test_broken_file_is_told_what_is_wrong(text: str | bytes, words: str) -> None:
    with pytest.raises(TabularError, match=words):
        rows(text)


def test_file_named_as_a_workbook_must_be_one() -> None:
    with pytest.raises(TabularError, match="no Excel workbook"):
        rows("a,b\n", "x.XLSX")


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"rows": 2}, "more than 2 rows"), ({"columns": 1}, "2 columns"), ({"file_bytes": 4}, "larger than")],
)
def test_limits_hold(limits: dict[str, int], words: str) -> None:
    with pytest.raises(TabularError, match=words):
        rows("a,b\n1,2\n3,4\n5,6\n", **limits)


def test_workbook_gives_typed_values_of_the_first_visible_sheet() -> None:
    moment = datetime(2020, 1, 2, 3, 4, 5, 678000)
    book = workbook(
        (1, 1, "when"), (1, 2, "what"), (1, 3, "rest"),
        (2, 1, date(2020, 1, 2)), (2, 2, 3), (2, 3, True),
        (3, 1, moment), (3, 2, 1.5), (3, 3, time(3, 4)),
        (5, 1, timedelta(hours=30)), (5, 2, 12345678901), (5, 3, "text"),
        date="yyyy-mm-dd", datetime="yyyy-mm-dd hh:mm:ss", time="hh:mm", timedelta="[h]:mm",
    )  # fmt: skip
    with read(book) as sheet:
        assert sheet.header == ("when", "what", "rest")
        found = list(sheet.rows)
    assert [row.values for row in found] == [
        (date(2020, 1, 2), 3, True),
        (moment, 1.5, time(3, 4)),
        (timedelta(hours=30), 12345678901, "text"),
    ]
    assert [row.line for row in found] == [3, 4, 6]


def test_old_workbook_is_read_too() -> None:
    with read(io.BytesIO(xls([["a", "b"], ["x", 1], ["y", 2.5]])), "x.xls") as sheet:
        assert (sheet.header, list(rows_of(sheet))) == (("a", "b"), [("x", 1), ("y", 2.5)])


def test_formula_gives_the_value_that_the_workbook_holds() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["a", "b"])
        page.write_formula(1, 0, "=1+1", None, 2)
        page.write_formula(1, 1, '="x"&"y"', None, "xy")
    assert rows(file.getvalue()) == [("a", "b"), (2, "xy")]


def test_error_in_a_cell_is_a_problem_of_its_row() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_row(2, 1, ["a", "b"])
        page.write_row(3, 1, [1, 2])
        page.write_formula(4, 2, "=1/0", None, "#DIV/0!")
    with read(file) as sheet:
        fine, broken = sheet.rows
    assert fine.problem == ""
    assert broken.problem == "cell 2 holds the error #DIV/0!"
    assert isinstance(broken.values[1], CellError)


def test_file_of_the_caller_stays_open() -> None:
    for file in (io.BytesIO(b"a\n1\n"), workbook((0, 0, "a"), (1, 0, 1))):
        with read(file) as sheet:
            assert len(list(sheet.rows)) == 1
        assert not file.closed


def test_sheet_that_is_left_early_ends_its_process() -> None:
    with read(workbook((0, 0, "a"), *((row, 0, "x" * 1000) for row in range(1, 3000)))) as sheet:
        assert next(sheet.rows).number == 1
    assert list(sheet.rows) == []


@given(st.binary(max_size=300), st.sampled_from(["", "x.csv", "x.tsv", "x.txt", "x.xlsx"]))
def test_nothing_but_tabular_error_is_raised_for_any_bytes(data: bytes, name: str) -> None:
    try:
        with read(io.BytesIO(data), name) as sheet:
            for row in sheet.rows:
                assert len(row.values) == len(sheet.header)
    except TabularError as error:
        assert str(error)


@settings(max_examples=25)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=40))
def test_nothing_but_tabular_error_is_raised_for_a_damaged_workbook(place: int, damage: bytes) -> None:
    data = bytearray(workbook((0, 0, "a"), (1, 0, 1), (2, 0, "x")).getvalue())
    place %= len(data)
    data[place : place + len(damage)] = damage
    try:
        with read(io.BytesIO(bytes(data))) as sheet:
            list(sheet.rows)
    except TabularError as error:
        assert str(error)


@given(st.text(max_size=200))
def test_nothing_but_tabular_error_is_raised_for_any_text(text: str) -> None:
    try:
        with read_text(text) as sheet:
            list(sheet.rows)
    except TabularError as error:
        assert str(error)
