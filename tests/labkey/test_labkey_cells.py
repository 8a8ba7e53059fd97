"""Values on the wire (client-api.md, section 16)."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.labkey.cells import encode

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(alphabet=st.characters())
    | st.binary()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.dates()
    | st.times()
    | st.uuids()
    | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


@given(VALUES)
def test_any_value_becomes_json(value):
    json.loads(encode(value), parse_constant=refuse)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2020, 1, 2, 3, 4, 5, 678_900), "2020-01-02 03:04:05.678"),
        (datetime(2020, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))), "2020-01-02 01:00:00.000"),
        (datetime(1, 1, 1), "0001-01-01 00:00:00.000"),
        (date(2020, 1, 2), "2020-01-02 00:00:00.000"),
        (time(3, 4, 5, 6), "03:04:05"),
        (b"\x00\xff", "AP8="),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (True, True),
        (None, None),
        (float("nan"), None),
        (Decimal("NaN"), None),
        ("\ud800", "?"),
        (2**70, 2**70),
    ],
)
def test_value_reads_as_clients_expect(value, written):
    assert json.loads(encode(value)) == written


def test_decimal_keeps_every_digit():
    assert encode(Decimal("12345678901234567890.123456789")) == b"12345678901234567890.123456789"
    assert encode(Decimal("1E+3")) == b"1000"
