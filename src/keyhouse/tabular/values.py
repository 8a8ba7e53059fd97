"""Values of any database as they stand in files: exact, in one form a kind, never a value that fails."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from keyhouse.data import Column, Kind
from keyhouse.data.days import in_utc


def text_of(value: Any) -> str:
    """Write a value that is not null as text: dates in ISO 8601 with a blank, numbers with all their digits."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return number_text(value)
        case Decimal():
            return format(value, "f") if value.is_finite() else _special(value)
        case datetime():
            return moment_text(value)
        case date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(value).decode()
        case list() | tuple():
            return ", ".join("" if item is None else text_of(item) for item in value)
    return str(value)


def number_text(value: float) -> str:
    """Write a float with all its digits."""
    return repr(value) if math.isfinite(value) else _special(value)


def moment_text(value: datetime) -> str:
    """Write a moment, in UTC where it has a zone."""
    return (value if value.tzinfo is None else in_utc(value)).isoformat(" ")


def is_day(column: Column) -> bool:
    """Tell whether a column has days without a time."""
    return column.kind is Kind.DATE and not column.has_time


def day_of(value: Any) -> Any:
    """Take the time off a moment; what is none stays as it is."""
    return value.date() if isinstance(value, datetime) else value


def with_days(row: Sequence[Any], days: Sequence[int]) -> Sequence[Any]:
    """Take the time off the values at these places of a row."""
    values = list(row)
    for place in days:
        values[place] = day_of(values[place])
    return values


def _special(value: float | Decimal) -> str:
    if value.is_nan() if isinstance(value, Decimal) else math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
