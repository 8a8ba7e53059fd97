"""Values of one stored type become values of another, when a column's type is changed."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from keyhouse.data.columns import Column
from keyhouse.data.days import written_moment
from keyhouse.data.managed.shapes import Stored
from keyhouse.data.values import convert

_INT = 2**31


def converted(value: Any, to: Stored) -> Any:
    """Convert a value that is not null. Raise ValueError where it does not fit."""
    match to:
        case Stored.TEXT:
            return as_text(value)
        case Stored.TIME:
            return _time(value)
        case Stored.MOMENT | Stored.DAY:
            moment = _moment(value)
            return moment.date() if to is Stored.DAY else moment
    return _number(value, to)


def as_text(value: Any) -> str:
    """Write a value as a person would type it."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
        case date() | time():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case Decimal():
            return format(value, "f")
    return str(value)


def _number(value: Any, to: Stored) -> bool | int | float | Decimal:
    if isinstance(value, date | time):
        raise ValueError("a date is no number")
    text = str(int(value)) if isinstance(value, bool) else as_text(value)
    number = convert(text, Column("value", to.kind), None)
    if isinstance(number, str | datetime) or (to is Stored.INT and not -_INT <= number < _INT):
        raise ValueError("too large")
    return float(number) if to is Stored.DOUBLE else number


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    return written_moment(_text(value))


def _time(value: Any) -> time:
    if isinstance(value, datetime):
        return value.time()
    return value if isinstance(value, time) else time.fromisoformat(_text(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("neither a date nor a text")
    return value.strip()
