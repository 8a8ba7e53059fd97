"""values.py and days.py: texts of a filter become values, or an error in the words that clients look for."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.data import BadValue, Column, Kind
from keyhouse.data.days import moment
from keyhouse.data.values import convert

TODAY = date(2024, 3, 1)


def converted(text: str, kind: Kind) -> object:
    return convert(text, Column("f", kind), TODAY)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5", Kind.INT, 5),
        (" -7 ", Kind.INT, -7),
        ("1e+05", Kind.INT, 100_000),
        ("5.0", Kind.INT, 5),
        ("9223372036854775807", Kind.INT, 2**63 - 1),
        (".5", Kind.FLOAT, Decimal("0.5")),
        ("-1.25e-3", Kind.FLOAT, Decimal("-0.00125")),
        ("True", Kind.BOOLEAN, True),
        ("off", Kind.BOOLEAN, False),
        ("as is ", Kind.STRING, "as is "),
    ],
)
def test_text_becomes_a_value_of_the_columns_kind(text: str, kind: Kind, value: object) -> None:
    assert converted(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind", "type_name"),
    [
        ("abc", Kind.INT, "Integer"),
        ("1.5", Kind.INT, "Integer"),
        ("", Kind.INT, "Integer"),
        ("1_000", Kind.INT, "Integer"),
        ("٣", Kind.INT, "Integer"),
        ("9223372036854775808", Kind.INT, "Integer"),
        ("1e9999", Kind.INT, "Integer"),
        ("1e9999", Kind.FLOAT, "Double"),
        ("nan", Kind.FLOAT, "Double"),
        ("infinity", Kind.FLOAT, "Double"),
        ("maybe", Kind.BOOLEAN, "Boolean"),
        ("2020-02-30", Kind.DATE, "Date"),
        ("-99999999d", Kind.DATE, "Date"),
        ("-9999999d", Kind.DATE, "Date"),
        ("a\0b", Kind.STRING, "String"),
        ("\ud800", Kind.STRING, "String"),
    ],
)
def test_text_that_does_not_fit_is_refused_in_the_words_clients_look_for(text: str, kind: Kind, type_name: str) -> None:
    with pytest.raises(BadValue) as refused:
        converted(text, kind)
    assert str(refused.value) == f"Could not convert value '{text}' (String) for {type_name} field 'f'"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020-01-02", datetime(2020, 1, 2)),
        ("2020-01-02T03:04:05.000678", datetime(2020, 1, 2, 3, 4, 5, 678)),
        ("2020-01-02 03:04", datetime(2020, 1, 2, 3, 4)),
        ("2020-01-02 03:04:05.123", datetime(2020, 1, 2, 3, 4, 5, 123_000)),
        ("2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5)),
        ("2020-01-02T03:04:05+02:00", datetime(2020, 1, 2, 1, 4, 5)),
        ("2020/01/02 03:04:05", datetime(2020, 1, 2, 3, 4, 5)),
        ("1/2/2020", datetime(2020, 1, 2)),
        ("12/31/2020 23:59", datetime(2020, 12, 31, 23, 59)),
        ("1 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1)),
        ("31 December 1999 22:00:00 -0300", datetime(2000, 1, 1, 1)),
        ("-5d", datetime(2024, 2, 25)),
        ("+1d", datetime(2024, 3, 2)),
        (" 1d", datetime(2024, 3, 2)),
        ("0d", datetime(2024, 3, 1)),
    ],
)
def test_every_client_form_of_a_date_is_read(text: str, value: datetime) -> None:
    assert moment(text, TODAY) == value


def test_relative_day_without_a_present_is_no_date() -> None:
    assert moment("-5d", None) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    found = moment(text, TODAY)
    assert found is None or found.tzinfo is None


@given(st.datetimes())
def test_python_clients_dates_are_read_exactly(value: datetime) -> None:
    assert moment(value.isoformat(), TODAY) == value


@given(st.text(), st.sampled_from(Kind))
def test_any_text_is_a_value_or_a_bad_value(text: str, kind: Kind) -> None:
    try:
        assert converted(text, kind) is not None
    except BadValue as refused:
        assert text in str(refused)
