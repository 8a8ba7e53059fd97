"""What clients send becomes what a column takes, or is refused in the original's words."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.data import BadValue, Column, Kind
from keyhouse.data.reflection import TableShape
from keyhouse.data.write import Intake, Layout, RowFaults
from keyhouse.data.write.values import taker

COLUMNS: dict[str, tuple[Column, sa.types.TypeEngine[Any]]] = {
    "int": (Column("f", Kind.INT), sa.Integer()),
    "big": (Column("f", Kind.INT), sa.BigInteger()),
    "exact": (Column("f", Kind.FLOAT), sa.Numeric()),
    "double": (Column("f", Kind.FLOAT), sa.Double()),
    "bool": (Column("f", Kind.BOOLEAN), sa.Boolean()),
    "moment": (Column("f", Kind.DATE), sa.DateTime()),
    "day": (Column("f", Kind.DATE, has_time=False), sa.Date()),
    "text": (Column("f", scale=5), sa.String(5)),
    "time": (Column("f"), sa.Time()),
    "json": (Column("f"), sa.JSON()),
    "array": (Column("f"), sa.ARRAY(sa.Integer())),
    "bytes": (Column("f"), sa.LargeBinary()),
    "enum": (Column("f"), sa.Enum("a", "b")),
}
MOMENT = datetime(2020, 1, 2, 3, 4, 5)


def take(name: str, value: Any, is_sqlite: bool = False) -> Any:
    column, type_ = COLUMNS[name]
    return taker(column, type_, is_sqlite)(value)


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-02 03:04:05",
        "2020-01-02T03:04:05",
        "2020-01-02T05:04:05+02:00",
        "2020/01/02 03:04:05",
        "1/2/2020 03:04:05",
        "2 Jan 2020 03:04:05 +0000",
        "Thu Jan 02 03:04:05 UTC 2020",
        "Thu Jan 02 2020 04:04:05 GMT+0100 (Central European Standard Time)",
        "Thu, 02 Jan 2020 03:04:05 GMT",
    ],
)
def test_dates_of_every_client_are_read(text: str) -> None:
    assert take("moment", text) == MOMENT
    assert take("day", text) == MOMENT.date()


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("int", "5", 5),
        ("int", 5.0, 5),
        ("int", "1e+05", 100000),
        ("big", "9223372036854775807", 2**63 - 1),
        ("exact", "0.12345678901234567890123", Decimal("0.12345678901234567890123")),
        ("exact", 0.1, Decimal("0.1")),
        ("double", "1.5", 1.5),
        ("bool", "TRUE", True),
        ("bool", 0, False),
        ("moment", date(2020, 1, 2), datetime(2020, 1, 2)),
        ("moment", datetime(2020, 1, 2, 4, 4, 5, tzinfo=UTC) - timedelta(hours=1), MOMENT),
        ("text", 5.0, "5"),
        ("text", True, "true"),
        ("time", "3:04 PM", time(15, 4)),
        ("time", "03:04:05", time(3, 4, 5)),
        ("time", timedelta(hours=3), time(3)),
        ("json", {"a": [1]}, {"a": [1]}),
        ("json", '{"a": 1}', {"a": 1}),
        ("json", "[" * 100 + "]" * 100, json.loads("[" * 100 + "]" * 100)),
        ("array", [1, "2", None], [1, 2, None]),
        ("array", "1, 2", [1, 2]),
        ("bytes", "AP8=", b"\x00\xff"),
        ("enum", "a", "a"),
    ],
)
def test_value_is_converted_to_its_column(name: str, sent: Any, stored: Any) -> None:
    found = take(name, sent)
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("name", "sent", "text"),
    [
        ("int", "parent_one", "Could not convert value 'parent_one' (String) for Integer field 'f'"),
        ("int", True, "Could not convert value 'true' (Boolean) for Integer field 'f'"),
        ("int", 2**31, "Could not convert value '2147483648' (Integer) for Integer field 'f'"),
        ("int", 1.5, "Could not convert value '1.5' (Double) for Integer field 'f'"),
        ("big", 2**70, f"Could not convert value '{2**70}' (Integer) for Integer field 'f'"),
        ("int", [1], "Could not convert value '[1]' (JSONArray) for Integer field 'f'"),
        ("double", "NaN", "Could not convert value 'NaN' (String) for Double field 'f'"),
        ("double", float("inf"), "Could not convert value 'inf' (Double) for Double field 'f'"),
        ("bool", "maybe", "Could not convert value 'maybe' (String) for Boolean field 'f'"),
        ("moment", "-5d", "Could not convert value '-5d' (String) for Date field 'f'"),
        ("moment", 5, "Could not convert value '5' (Integer) for Date field 'f'"),
        ("text", "123456", "Value is too long for column 'f', a maximum length of 5 is allowed."),
        ("text", {"a": 1}, "Could not convert value '{\"a\": 1}' (JSONObject) for String field 'f'"),
        ("text", "a\0b", "has a character that no database can store"),
        ("text", "\ud800", "has a character that no database can store"),
        ("enum", "c", "Could not convert value 'c' (String) for String field 'f'"),
        ("bytes", "not base64!", "Could not convert value"),
        ("array", [[1]], "Could not convert value"),
        ("array", "[" * 100_000, "Could not convert value"),
        ("json", "[" * 100_000, "Could not convert value"),
        ("json", "[" * 101 + "]" * 101, "Could not convert value"),
        ("json", '{"a": ["\\u0000"]}', "Could not convert value"),
    ],
)
def test_value_that_does_not_fit_is_refused_in_words(name: str, sent: Any, text: str) -> None:
    with pytest.raises(BadValue) as refused:
        take(name, sent)
    assert text in str(refused.value)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(COLUMNS)), JUNK.filter(lambda value: value is not None), st.booleans())
def test_no_value_breaks_the_conversion(name: str, value: Any, is_sqlite: bool) -> None:
    try:
        take(name, value, is_sqlite)
    except BadValue as refused:
        assert str(refused)


def intake(*columns: Column, **options: Any) -> Intake:
    types = tuple(sa.Text() if column.kind is Kind.STRING else sa.Integer() for column in columns)
    return Intake(TableShape("t", columns, types), columns, is_sqlite=True, **options)


def test_columns_are_found_by_name_caption_and_alias_in_any_case() -> None:
    columns = (Column("firstName", aliases=("vorname",)), Column("Label"), Column("x", caption="Label"))
    layout = Layout(columns)
    found = {name: layout.find(name) for name in ("FIRSTNAME", "First Name", "Vorname", "label", "nothing")}
    assert [column and column.name for column in found.values()] == [
        "firstName",
        "firstName",
        "firstName",
        "Label",
        None,
    ]


def test_name_given_twice_with_two_values_is_refused_and_with_one_is_not() -> None:
    rows = intake(Column("Name"))
    assert rows.new({"Name": "a", "name": "a"}) == {"Name": "a"}
    with pytest.raises(RowFaults, match="two values for column 'Name'"):
        rows.new({"Name": "a", "NAME": "b"})


def test_missing_number_of_r_is_null_and_its_text_is_a_text() -> None:
    assert intake(Column("n", Kind.INT), Column("s")).new({"n": "NA", "s": "NA"}) == {"n": None, "s": "NA"}


def test_empty_text_is_null_in_files_and_a_text_in_rows() -> None:
    column = Column("s")
    assert intake(column).new({"s": ""}) == {"s": ""}
    assert intake(column, blank_is_null=True).new({"s": " "}) == {"s": None}


def test_all_faults_of_a_row_are_told() -> None:
    with pytest.raises(RowFaults) as refused:
        intake(Column("a", Kind.INT), Column("b", Kind.INT), Column("c", nullable=False)).new({"a": "x", "b": "y"})
    assert [fault.field for fault in refused.value.faults] == ["a", "b", "c"]
