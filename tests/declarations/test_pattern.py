"""Patterns for IRB numbers: they mean what Python's do, and nobody can make one take long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.declarations import pattern


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        (r"IRB-\d{4}", ["IRB-1234"], ["IRB-123", "IRB-12345", "irb-1234", " IRB-1234", "IRB-١٢٣٤"]),
        (r"^IRB-\d{4}$", ["IRB-1234"], ["^IRB-1234"]),
        (r"[A-Z]{2,3}/\d+(-[a-z])?", ["AB/1", "ABC/17-b"], ["A/1", "ABCD/1", "AB/", "AB/1-B"]),
        (r"(19|20)\d\d\.\w*", ["2019.", "1999.x_1"], ["1899.", "2019x"]),
        (r"a.c", ["abc", "a.c"], ["ac", "abbc"]),
        (r"a\.c", ["a.c"], ["abc"]),
        (r"[^0-9]+", ["abc"], ["", "ab1"]),
        (r"(a|b)*|x", ["", "abba", "x"], ["c", "ax"]),
        (r"(?:ab){2,}", ["abab", "ababab"], ["ab", "aba"]),
        (r"(a*)*", ["", "aaa"], ["b"]),
        (r"(){3}a", ["a"], [""]),
        (r"[]a]\]", ["]]", "a]"], ["b]"]),
        (r"\$\^", ["$^"], ["$"]),
    ],
)
def test_pattern_matches_the_whole_text(text, yes, no):
    read = pattern.read(text)
    assert all(map(read.matches, yes))
    assert not any(map(read.matches, no))


NO_PATTERNS = [
    *("(", ")", "a)", "[a", "*", "a**", "a+?", "a{2}{3}", "a{3,2}", "a^b", "a$b", "[z-a]", "[[:alpha:]]"),
    *("\\", r"\b", r"\1", "(?=a)", "(?P<x>a)", "a" * 201),
]


@pytest.mark.parametrize("text", NO_PATTERNS)
def test_what_is_no_pattern_is_refused_with_a_reason(text):
    with pytest.raises(pattern.BadPattern, match=r"\w"):
        pattern.read(text)


_atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "1"])
_patterns = st.recursive(
    _atoms,
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        )
    ),
    max_leaves=6,
)


@given(_patterns, st.text("ab1-", max_size=8))
def test_pattern_means_what_it_means_to_python(text, candidate):
    assert pattern.read(text).matches(candidate) == (re.fullmatch(text, candidate, re.ASCII) is not None)


@pytest.mark.parametrize(
    "text", ["(a+)+b", "(a|a)*b", "(a*)*b", "((a{1,9}){1,9}){1,9}b", r"\w*" * 60 + "x", "(.*){0,60}x"]
)
def test_pattern_that_hangs_others_is_answered(text):
    assert not pattern.read(text).matches("a" * pattern.LONGEST_TEXT)


@pytest.mark.parametrize(
    "text", ["(((a{999}){999}){999})", "((((){999}){999}){999}){999}", "(((.{0,999}){0,999}){0,999})"]
)
def test_pattern_that_fills_the_memory_is_refused(text):
    with pytest.raises(pattern.BadPattern, match="repeats too much"):
        pattern.read(text)


def test_text_that_is_too_long_does_not_match():
    assert not pattern.read("a*").matches("a" * (pattern.LONGEST_TEXT + 1))
