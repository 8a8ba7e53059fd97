"""Functions that SQLite lacks, as PostgreSQL has them. All are bounded in what they make, and none touches a file.

A null argument gives null, as in PostgreSQL. What PostgreSQL refuses (the root of -1) fails here too.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from keyhouse.data.columns import Column, Kind
from keyhouse.data.sqlite_aggregates import AGGREGATES
from keyhouse.data.values import convert

_LONGEST_TEXT = 1_000_000
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def install(connection: sqlite3.Connection) -> None:
    """Give a connection the functions."""
    for name, (function, number) in _FUNCTIONS.items():
        connection.create_function(name, number, _strict(function), deterministic=True)
    for name, function in (("keyhouse_greatest", max), ("keyhouse_least", min)):
        connection.create_function(name, -1, _extreme(function), deterministic=True)
    for name, (aggregate, number) in AGGREGATES.items():
        connection.create_aggregate(name, number, aggregate)


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: None if None in values else function(*values)


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def chosen(*values: Any) -> Any:
        known = [value for value in values if value is not None]
        return choose(known) if known else None

    return chosen


def _math(name: str, *values: float) -> float | None:
    return _MATH[name](*map(float, values))


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0))


def _mod(x: float, y: float) -> float | None:
    return None if y == 0 else float(_decimal(x) % _decimal(y))


def _power(x: float, y: float) -> float:
    return math.pow(x, y)


_MATH: dict[str, Callable[..., float | None]] = {
    **{
        name: getattr(math, name)
        for name in (
            "acos",
            "asin",
            "atan",
            "atan2",
            "cos",
            "degrees",
            "exp",
            "log",
            "log10",
            "radians",
            "sin",
            "sqrt",
            "tan",
        )
    },
    "ceil": lambda x: float(math.ceil(x)),
    "floor": lambda x: float(math.floor(x)),
    "cot": lambda x: 1 / math.tan(x),
    "mod": _mod,
    "pi": lambda: math.pi,
    "power": _power,
    "sign": _sign,
}


def _decimal(x: float) -> Decimal:
    # PostgreSQL makes a numeric of a double by its first 15 digits.
    return Decimal(f"{x:.15g}")


def _quantized(x: float, digits: int, rounding: str) -> float:
    digits = max(-400, min(digits, 400))
    if not math.isfinite(x) or digits > 300:
        return x
    exact = _decimal(x)
    if -digits > exact.adjusted() + 1:
        return 0.0
    if exact.adjusted() + digits > 25:
        return float(exact)
    return float(exact.quantize(Decimal(1).scaleb(-digits), rounding))


def _left(text: Any, number: int) -> str:
    return str(text)[: max(number, 0)]


def _right(text: Any, number: int) -> str:
    return str(text)[-number:] if number > 0 else ""


def _substring(text: Any, start: int, number: int) -> str:
    end = start + max(number, 0)
    return str(text)[max(start, 1) - 1 : max(end, 1) - 1]


def _locate(needle: Any, text: Any, start: int) -> int:
    return str(text).find(str(needle), max(start, 1) - 1) + 1


def _repeat(text: Any, number: int) -> str | None:
    return str(text) * max(number, 0) if len(str(text)) * number <= _LONGEST_TEXT else None


def _replace(text: Any, old: Any, new: Any) -> str | None:
    if len(str(text)) * len(str(new)) > _LONGEST_TEXT:
        return None
    return str(text).replace(str(old), str(new)) if old != "" else str(text)


def _part(name: str, text: str) -> int | None:
    moment = _moment(text)
    return None if moment is None else _PARTS[name](moment)


_PARTS: dict[str, Callable[[datetime], int]] = {
    "year": lambda moment: moment.year,
    "quarter": lambda moment: (moment.month + 2) // 3,
    "month": lambda moment: moment.month,
    "week": lambda moment: moment.isocalendar().week,
    "day": lambda moment: moment.day,
    "dow": lambda moment: moment.isoweekday() % 7 + 1,
    "doy": lambda moment: moment.timetuple().tm_yday,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "second": lambda moment: moment.second,
}


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _stored(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")


def _months(first: str, second: str) -> int | None:
    """Whole months between two moments; less than none where the second is the earlier one."""
    start, end = _moment(first), _moment(second)
    if start is None or end is None:
        return None
    if end < start:
        return -(_whole_months(end, start))
    return _whole_months(start, end)


def _whole_months(start: datetime, end: datetime) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    is_short = (end.day, end.time()) < (start.day, start.time())
    return months - is_short


def _difference(unit: str, first: str, second: str) -> int | None:
    start, end = _moment(first), _moment(second)
    if start is None or end is None:
        return None
    whole = (end - start) // timedelta(microseconds=1)
    size = _SECONDS[unit] * 1_000_000
    return abs(whole) // size * (1 if whole >= 0 else -1)


def _add(unit: str, number: int, text: str) -> str | None:
    moment = _moment(text)
    if moment is None:
        return None
    try:
        if unit in _SECONDS:
            return _stored(moment + timedelta(seconds=_SECONDS[unit] * number))
        return _stored(_with_months(moment, number * {"month": 1, "quarter": 3, "year": 12}[unit]))
    except (OverflowError, ValueError):
        return None


def _with_months(moment: datetime, months: int) -> datetime:
    total = moment.year * 12 + moment.month - 1 + months
    first = moment.replace(year=total // 12, month=total % 12 + 1, day=1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(moment.day, last.day))


def _day(text: str) -> str | None:
    return text[:10] + " 00:00:00.000000" if _moment(text) else None


def _day_name(text: str) -> str | None:
    moment = _moment(text)
    return _DAYS[moment.weekday()] if moment else None


def _month_name(text: str) -> str | None:
    moment = _moment(text)
    return _MONTHS[moment.month - 1] if moment else None


def _text_of_number(x: float) -> str:
    return str(int(x)) if isinstance(x, int) or (float(x).is_integer() and abs(x) < 1e15) else repr(float(x))


def _text_of_moment(text: str) -> str:
    return text[:19] + text[19:].rstrip("0").rstrip(".")


def _to(kind: Kind) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if kind is Kind.INT and isinstance(value, float):
            return int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))
        if kind is Kind.BOOLEAN and isinstance(value, int | float):
            return int(value != 0)
        found = convert(str(value), Column("value", kind), None)
        if isinstance(found, datetime):
            return _stored(found)
        return float(found) if isinstance(found, Decimal) else found

    return read


def _like(pattern: Any, text: Any, escape: Any) -> bool:
    return _matcher(str(pattern), str(escape))(str(text))


def _matches_startswith(text: Any, start: Any) -> bool:
    return str(text).lower().startswith(str(start).lower())


@lru_cache(maxsize=256)
def _matcher(pattern: str, escape: str) -> Callable[[str], bool]:
    """Match a LIKE pattern as PostgreSQL does: letter case counts. Each piece between `%` is sought once, from left to
    right, so no pattern takes more than its length times the text's."""
    pieces = _pieces(pattern, escape)
    if len(pieces) == 1:
        whole = re.compile(pieces[0], re.DOTALL)
        return lambda text: whole.fullmatch(text) is not None
    first, *middle, last = (re.compile(piece, re.DOTALL) for piece in pieces)
    ending = re.compile(f"(?:{last.pattern})\\Z", re.DOTALL)
    width = _width(last.pattern)

    def matches(text: str) -> bool:
        found = first.match(text)
        place = found.end() if found else -1
        for piece in middle:
            found = piece.search(text, place) if place >= 0 else None
            place = found.end() if found else -1
        return place >= 0 and len(text) - width >= place and ending.match(text, len(text) - width) is not None

    return matches


def _width(piece: str) -> int:
    return len(re.sub(r"\\(.)", r"\1", piece, flags=re.DOTALL))


def _pieces(pattern: str, escape: str) -> list[str]:
    pieces, characters = [""], iter(pattern)
    for character in characters:
        if character == escape:
            pieces[-1] += re.escape(next(characters, ""))
        elif character == "%":
            pieces.append("")
        else:
            pieces[-1] += "." if character == "_" else re.escape(character)
    return pieces


_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "keyhouse_math": (_math, -1),
    "keyhouse_round": (lambda x, digits: _quantized(x, digits, ROUND_HALF_UP), 2),
    "keyhouse_truncate": (lambda x, digits: _quantized(x, digits, ROUND_DOWN), 2),
    "keyhouse_upper": (lambda text: str(text).upper(), 1),
    "keyhouse_left": (_left, 2),
    "keyhouse_right": (_right, 2),
    "keyhouse_substring": (_substring, 3),
    "keyhouse_locate": (_locate, 3),
    "keyhouse_repeat": (_repeat, 2),
    "keyhouse_replace": (_replace, 3),
    "keyhouse_startswith": (_matches_startswith, 2),
    "keyhouse_like": (_like, 3),
    "keyhouse_part": (_part, 2),
    "keyhouse_months": (_months, 2),
    "keyhouse_difference": (_difference, 3),
    "keyhouse_add": (_add, 3),
    "keyhouse_day": (_day, 1),
    "keyhouse_day_name": (_day_name, 1),
    "keyhouse_month_name": (_month_name, 1),
    "keyhouse_text_of_number": (_text_of_number, 1),
    "keyhouse_text_of_moment": (_text_of_moment, 1),
    "keyhouse_to_int": (_to(Kind.INT), 1),
    "keyhouse_to_number": (_to(Kind.FLOAT), 1),
    "keyhouse_to_boolean": (_to(Kind.BOOLEAN), 1),
    "keyhouse_to_moment": (_to(Kind.DATE), 1),
}
