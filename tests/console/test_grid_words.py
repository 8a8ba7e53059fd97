"""Filters and values in words."""

from datetime import date, datetime

import pytest

from keyhouse.console.grid_address import GridFilter
from keyhouse.console.grid_words import OPERATORS, cell_text, filter_words
from keyhouse.data.operators import OPERATORS as KNOWN


def test_the_form_offers_only_operators_that_the_data_layer_has():
    assert set(OPERATORS) <= KNOWN


@pytest.mark.parametrize(
    ("op", "value", "said"),
    [
        ("gt", "40", "Age is greater than 40"),
        ("isblank", "", "Age is blank"),
        ("eq", "", "Age equals blank"),
        ("in", "1;2", "Age is one of 1;2"),
        ("unheard", "x", "Age unheard x"),
    ],
)
def test_a_filter_is_said_in_words(op, value, said):
    assert filter_words(GridFilter("age", op, value), "Age") == said


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "true"),
        (0, "0"),
        (2.5, "2.5"),
        (date(2026, 7, 1), "2026-07-01"),
        (datetime(2026, 7, 1, 9, 5), "2026-07-01 09:05"),
        (datetime(2026, 7, 1, 9, 5, 7), "2026-07-01 09:05:07"),
        (b"abc", "3 bytes"),
        ("text", "text"),
    ],
)
def test_a_value_is_written_for_reading(value, written):
    assert cell_text(value) == written
