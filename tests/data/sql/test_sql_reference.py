"""The reference of LabKey SQL is what the program knows: each function, type and bound has its place there."""

import re
from pathlib import Path

from keyhouse.data.sql import context, parse, special
from keyhouse.data.sql.functions import AGGREGATES, FUNCTIONS, REFUSED
from keyhouse.data.sql.types import TYPES

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "labkey-sql.md").read_text("utf-8")


def rows(heading: str) -> dict[str, str]:
    """Return the first column of the tables below a heading, each with the rest of its row."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", part, re.MULTILINE))


def test_functions_are_those_of_the_program():
    listed = rows("Functions")
    assert set(listed) == {*FUNCTIONS, *special.SPECIAL, "CAST"}
    assert all(listed[name].endswith(function.meaning) for name, function in FUNCTIONS.items())


def test_aggregates_are_those_of_the_program():
    listed = rows("Aggregates")
    assert set(listed) == {*AGGREGATES, "GROUP_CONCAT"}
    assert all(listed[name].endswith(meaning) for name, (*_, meaning) in AGGREGATES.items())


def test_refused_functions_are_told_of():
    assert set(rows("What is not understood")) == set(REFUSED)


def test_types_are_those_of_the_program():
    listed = PAGE.split("## Types\n", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"`([A-Z]+)`", listed)) == set(TYPES)


def test_bounds_are_those_of_the_program():
    for bound in (parse.LONGEST, parse.MOST_TOKENS, parse.DEEPEST, context.MOST_TABLES, context.MOST_COLUMNS):
        assert f"{bound:,}" in PAGE.split("## Bounds\n", 1)[1]
