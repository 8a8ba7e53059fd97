"""Filters and values of a grid in words."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from keyhouse.console.grid_address import GridFilter
from keyhouse.data import Table, find_column

OPERATORS: Mapping[str, str] = {
    "eq": "equals",
    "neqornull": "does not equal",
    "contains": "contains",
    "doesnotcontain": "does not contain",
    "startswith": "starts with",
    "gt": "is greater than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "between": "is between (two values, comma)",
    "in": "is one of (semicolons)",
    "notin": "is none of (semicolons)",
    "dateeq": "is on the day",
    "dategte": "is on or after the day",
    "datelte": "is on or before the day",
    "isblank": "is blank",
    "isnonblank": "is not blank",
}
"""What the filter form offers; a URL may say any operator that the data layer has."""

NEEDS_NO_VALUE = frozenset({"isblank", "isnonblank", "hasmvvalue", "nomvvalue", "arrayisempty", "arrayisnotempty", ""})
_MORE_WORDS = {
    "neq": "does not equal",
    "doesnotstartwith": "does not start with",
    "containsoneof": "contains one of",
    "containsnoneof": "contains none of",
    "notbetween": "is not between",
    "dateneq": "is not on the day",
    "dategt": "is after the day",
    "datelt": "is before the day",
    "between": "is between",
    "in": "is one of",
    "notin": "is none of",
    "q": "contains",
    "memberof": "is in the group",
    "arraycontainsall": "has all of",
    "arraycontainsany": "has any of",
    "arraycontainsnone": "has none of",
    "arraymatches": "is exactly",
    "arraynotmatches": "is not exactly",
    "arrayisempty": "is empty",
    "arrayisnotempty": "is not empty",
}
_MEANINGS = {"": "blank", "~me~": "me"}


def filter_words(each: GridFilter, title: str) -> str:
    """Say a filter: ``Age is greater than 40``."""
    op = _MORE_WORDS.get(each.op) or OPERATORS.get(each.op, each.op)
    return f"{title} {op}" if each.op in NEEDS_NO_VALUE else f"{title} {op} {_MEANINGS.get(each.value, each.value)}"


def selection_words(
    table: Table, filters: Iterable[tuple[str, str, str]], sort: Iterable[tuple[str, bool]]
) -> list[str]:
    """Say filters (column, operator, value) and a sort (column, descending), with the captions of the columns."""

    def caption(key: str) -> str:
        column = find_column(table.columns, key)
        return column.caption if column else key

    said = [filter_words(GridFilter(key, op.lower(), value), caption(key)) for key, op, value in filters]
    return said + [f"sorted by {caption(key)}{', descending' if falls else ''}" for key, falls in sort]


def cell_text(value: Any) -> str:
    """Write one value for reading; null is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value):,} bytes"
    return str(value)
