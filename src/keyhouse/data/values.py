"""Texts of a filter become values of a column's kind (client-api.md §9, §16)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from keyhouse.data.columns import Column, Kind
from keyhouse.data.conditions import Operand
from keyhouse.data.days import moment

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_NAMES = {
    Kind.STRING: "String",
    Kind.INT: "Integer",
    Kind.FLOAT: "Double",
    Kind.BOOLEAN: "Boolean",
    Kind.DATE: "Date",
}
_LONGEST_INTEGER = 2**63


class BadValue(ValueError):
    """A filter's value does not fit; the text is what the client reads."""


def refuse(text: str, column: Column) -> BadValue:
    """Make the error of a text that is no value of the column, in the words that clients look for."""
    return BadValue(f"Could not convert value '{text}' (String) for {_NAMES[column.kind]} field '{column.name}'")


def convert(text: str, column: Column, today: date | None) -> Operand:
    """Convert a text to the column's kind. Raise BadValue."""
    value = _CONVERTERS[column.kind](text, today)
    if value is None:
        raise refuse(text, column)
    return value


def _string(text: str, _today: date | None) -> str | None:
    # Neither database can hold a NUL or half a surrogate pair: a driver would fail on them with its own words.
    return None if "\0" in text or not _is_unicode(text) else text


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _decimal(text: str) -> Decimal | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
        return number if abs(float(number)) != float("inf") else None
    except (InvalidOperation, OverflowError):
        return None


def whole_number(text: str) -> int | None:
    """Read a whole number of at most 64 bits; None if it is none."""
    number = _decimal(text)  # R writes a hundred thousand as 1e+05
    if number is None or number != number.to_integral_value():
        return None
    whole = int(number)
    return whole if -_LONGEST_INTEGER <= whole < _LONGEST_INTEGER else None


def _bool(text: str, _today: date | None) -> bool | None:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


_CONVERTERS: dict[Kind, Callable[[str, date | None], Operand | None]] = {
    Kind.STRING: _string,
    Kind.INT: lambda text, _today: whole_number(text),
    Kind.FLOAT: lambda text, _today: _decimal(text),
    Kind.BOOLEAN: _bool,
    Kind.DATE: moment,
}
