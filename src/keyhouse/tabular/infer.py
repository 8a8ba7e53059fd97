"""Guess the type of each column from its values, as `domain.infer_fields` of the Python client expects it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from keyhouse.data.days import written_moment
from keyhouse.tabular.sheet import Value

RANGE_URI = "http://www.w3.org/2001/XMLSchema#"
_LARGEST_INT = 2**31
_LARGEST_EXACT = 2**53
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d*)", re.ASCII)
_DECIMAL = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SPECIAL = frozenset({"NaN", "Infinity", "-Infinity"})
_BOOLEAN = frozenset({"true", "false", "yes", "no"})
_CLOCK = re.compile(r"\d:\d\d")


@dataclass(frozen=True)
class InferredField:
    """A column's name and its type, as the URI that the client API uses."""

    name: str
    range_uri: str


def infer(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> list[InferredField]:
    """Give each column the narrowest type that all its values have; a column without values is a string.

    Types: int, double, boolean, date, dateTime, multiLine, string. What would lose something stays a string: numbers
    with leading zeros (identifiers, post codes) and integers of more than 53 bits.
    """
    candidates = [list(_TYPES) for _ in header]
    seen = [False] * len(header)
    has_lines = [False] * len(header)
    for row in rows:
        for place, value in enumerate(row[: len(header)]):
            if value is not None and value != "":
                seen[place] = True
                has_lines[place] |= isinstance(value, str) and "\n" in value.strip()
                candidates[place] = [name for name in candidates[place] if _TYPES[name](value)]
    return [
        InferredField(name, RANGE_URI + _choose(candidates[place] if seen[place] else [], has_lines[place]))
        for place, name in enumerate(header)
    ]


def _choose(candidates: list[str], has_lines: bool) -> str:
    return candidates[0] if candidates else "multiLine" if has_lines else "string"


def _is_int(value: Value) -> bool:
    if isinstance(value, str):
        text = value.strip()
        return len(text) <= 11 and bool(_INTEGER.fullmatch(text)) and abs(int(text)) < _LARGEST_INT
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_INT


def _is_double(value: Value) -> bool:
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.fullmatch(text):
            return len(text) <= 17 and abs(int(text)) <= _LARGEST_EXACT
        return bool(_DECIMAL.fullmatch(text)) or text in _SPECIAL
    return isinstance(value, int | float) and not isinstance(value, bool) and not _is_inexact(value)


def _is_inexact(value: float) -> bool:
    return isinstance(value, int) and abs(value) > _LARGEST_EXACT


def _is_boolean(value: Value) -> bool:
    return value.strip().lower() in _BOOLEAN if isinstance(value, str) else isinstance(value, bool)


def _is_moment(value: Value) -> bool:
    if not isinstance(value, str):
        return isinstance(value, date)  # a datetime is one too
    try:
        written_moment(value.strip())
    except (ValueError, OverflowError):
        return False
    return True


def _is_day(value: Value) -> bool:
    if isinstance(value, str):
        return not _CLOCK.search(value) and _is_moment(value)
    return isinstance(value, date) and not isinstance(value, datetime)


_TYPES: dict[str, Callable[[Value], bool]] = {
    "int": _is_int,
    "double": _is_double,
    "boolean": _is_boolean,
    "date": _is_day,
    "dateTime": _is_moment,
}
