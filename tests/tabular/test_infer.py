"""A column gets the narrowest type that all its values have, and never one that loses something."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.tabular import infer, read_text, rows_of


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["1", " -20 ", None], "int"),
        (["1", "2.5"], "double"),
        (["2147483648"], "double"),
        (["1e5", ".5", "NaN"], "double"),
        (["12345678901234567890"], "string"),
        (["007", "12"], "string"),
        (["true", "FALSE"], "boolean"),
        (["yes", "no", None], "boolean"),
        (["F", "M"], "string"),
        (["F"], "string"),
        (["2020-01-02", "1/2/2020"], "date"),
        (["2020-01-02", "2020-01-02 03:04"], "dateTime"),
        (["2020-01-02T03:04:05.678Z"], "dateTime"),
        (["2020-13-40"], "string"),
        (["a\nb", "c"], "multiLine"),
        (["1", "x"], "string"),
        ([None, None], "string"),
        ([], "string"),
        ([1, 2], "int"),
        ([1, 2.5], "double"),
        ([2**60], "string"),
        ([True, False], "boolean"),
        ([True, 1], "string"),
        ([date(2020, 1, 2)], "date"),
        ([date(2020, 1, 2), datetime(2020, 1, 2, 3)], "dateTime"),
    ],
)
def test_type_of_a_column(values: list[Any], name: str) -> None:
    (field,) = infer(["x"], [(value,) for value in values])
    assert (field.name, field.range_uri) == ("x", f"http://www.w3.org/2001/XMLSchema#{name}")


def test_fields_of_a_file_come_in_its_order() -> None:
    with read_text("id\tname\tseen\n1\tx\t2020-01-02\n2\ty\t\n") as sheet:
        fields = infer(sheet.header, rows_of(sheet))
    assert [(field.name, field.range_uri.partition("#")[2]) for field in fields] == [
        ("id", "int"),
        ("name", "string"),
        ("seen", "date"),
    ]


@given(st.lists(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.datetimes())))
def test_any_values_have_a_type(values: list[Any]) -> None:
    assert len(infer(["x"], [(value,) for value in values])) == 1
