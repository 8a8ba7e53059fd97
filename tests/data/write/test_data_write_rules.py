"""Rules for values: what keeps them, what breaks them, and what nobody can follow."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.data import BadValue
from keyhouse.data.write import BadRule, Rule
from keyhouse.data.write.rules import Patience


def keeps(value, expression, **how):
    rule = Rule(expression, "f", **how)
    return rule.test(Patience())(value)


@pytest.mark.parametrize(
    ("expression", "kept", "broken"),
    [
        ("~gte=1&~lt=10", [1, 9.5, Decimal("9.99"), "5"], [0, 10, "ten", True, "1_0", "1_"]),
        ("format.column~eq=2", [2, 2.0], [3]),
        ("~neq=2", [3], [2]),
        ("~gt=-1e3", [0], [-1000]),
        ("~dategte=2020-01-02", [date(2020, 1, 2), datetime(2020, 1, 2, 1)], [date(2020, 1, 1), 5, "2021-01-01"]),
        ("~lt=2020-01-02%2003:04", [datetime(2020, 1, 2, 3, 3)], [datetime(2020, 1, 2, 3, 4)]),
    ],
)
def test_range_is_kept_within_all_its_limits(expression, kept, broken):
    assert [value for value in kept if not keeps(value, expression, is_range=True)] == []
    assert [value for value in broken if keeps(value, expression, is_range=True)] == []


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_range_says_what_comparison_says(value, low, high):
    assert keeps(value, f"~gt={low}&~lte={high}", is_range=True) == (low < value <= high)


def test_pattern_must_match_the_whole_text_or_must_not():
    assert keeps("ab1", r"[a-z]+\d")
    assert not keeps("ab1x", r"[a-z]+\d")
    assert keeps("ab1x", r"[a-z]+\d", is_reversed=True)
    assert keeps(12, r"\d\d")
    assert keeps("acd", "[a-z&&[^b]]+")


@pytest.mark.parametrize(
    "expression",
    [
        "[",
        "(",
        "(" * 500 + ")" * 500,
        "a" * 1001,
        "(((a{1000}){1000}){1000}){1000}",
        "(?x)(a) #\n{9}",
        "(?:ab?){5000}",
        "[ab]{4999}",
        "a{90}{90}",
        "a{90}+{90}",
        "a{90}?{90}",
    ],
)
def test_pattern_that_is_none_or_would_swell_is_refused(expression):
    with pytest.raises(BadRule):
        Rule(expression, "f").check()


@pytest.mark.parametrize("expression", ["", "1", "~gte", "~gte=x", "~like=1", "~gte=nan", "&"])
def test_range_that_is_none_is_refused(expression):
    with pytest.raises(BadRule):
        Rule(expression, "f", is_range=True).check()


def test_pattern_that_never_ends_is_stopped_once_for_all_values_of_a_request():
    patience = Patience()
    evil, plain = Rule("(?R)", "f").test(patience), Rule("a", "g").test(patience)
    for _ in range(3):
        with pytest.raises(BadValue, match="takes too long"):
            evil("a" * 1000)
    with pytest.raises(BadValue, match="'g' takes too long"):
        plain("a")


def test_error_of_a_value_is_in_the_words_of_the_original():
    error = Rule("~gte=1", "Blood pressure", "too low", is_range=True).broken_by(0)
    assert str(error) == "Value '0' for field 'Blood pressure' is invalid. too low"
