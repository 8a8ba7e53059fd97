"""Values as clients send them become what a column of a database takes (client-api.md §16).

Texts, numbers, booleans, lists and objects come from JSON; texts from CSV; dates and times also from spreadsheets.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from keyhouse.data.columns import Column, Kind
from keyhouse.data.days import in_utc, written_moment
from keyhouse.data.values import BadValue, convert

Taker = Callable[[Any], Any]
_WIRE_NAMES: dict[type, str] = {
    str: "String",
    bool: "Boolean",
    int: "Integer",
    float: "Double",
    Decimal: "Double",
    list: "JSONArray",
    dict: "JSONObject",
    datetime: "Timestamp",
    date: "Date",
    time: "Time",
}
_FIELD_NAMES = {
    Kind.STRING: "String",
    Kind.INT: "Integer",
    Kind.FLOAT: "Double",
    Kind.BOOLEAN: "Boolean",
    Kind.DATE: "Date",
}
_CLOCK = r"(\d\d?:\d\d(?::\d\d)?)"
# What Java's and JavaScript's own dates look like as texts, and those of HTTP headers.
_WORDED = (
    (re.compile(rf"[a-z]{{3}} ([a-z]{{3}}) (\d\d?) {_CLOCK} ([a-z]{{3}}) (\d{{4}})", re.I), (2, 1, 5, 3, 4)),
    (
        re.compile(rf"[a-z]{{3}} ([a-z]{{3}}) (\d\d?) (\d{{4}}) {_CLOCK} GMT([+-]\d{{4}})(?: \(.*\))?", re.I),
        (2, 1, 3, 4, 5),
    ),
    (re.compile(rf"[a-z]{{3}}, (\d\d?) ([a-z]{{3}}) (\d{{4}}) {_CLOCK} (GMT|UTC|[+-]\d{{4}})", re.I), (1, 2, 3, 4, 5)),
)
# What `float` reads as the slower conversion does.
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_DEEPEST = 100
_MIDNIGHT = datetime(1970, 1, 1)  # noqa: DTZ001
_TWELVE_HOURS = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?\s*([ap])m", re.I)


def taker(column: Column, type_: sa.types.TypeEngine[Any], is_sqlite: bool) -> Taker:
    """Return what turns a value that is not null into one that the column takes. It raises BadValue.

    `is_sqlite` says that the database knows no exact decimals and integers of 64 bits in every column.
    """
    special = next((make for known, make in _SPECIAL if isinstance(type_, known)), None)
    if special is not None:
        return special(column, type_, is_sqlite)
    match column.kind:
        case Kind.INT:
            return _whole_taker(column, 63 if is_sqlite else _bits(type_))
        case Kind.FLOAT:
            return _number_taker(column, is_exact=not is_sqlite and not isinstance(type_, sa.Float))
        case Kind.BOOLEAN:
            return lambda value: _converted(value, column)
        case Kind.DATE:
            return lambda value: _moment(value, column)
    return lambda value: _text(value, column)


def refused(value: Any, column: Column) -> BadValue:
    """Make the error of a value that does not fit, in the words that clients look for."""
    sent = next((name for known, name in _WIRE_NAMES.items() if type(value) is known), "String")
    wanted = "Time" if column.range_uri.endswith("#time") else _FIELD_NAMES[column.kind]
    return BadValue(f"Could not convert value '{shown(value)[:200]}' ({sent}) for {wanted} field '{column.name}'")


def shown(value: Any) -> str:
    """Write a value as a person would type it."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _text(value: Any, column: Column) -> str:
    if isinstance(value, list | dict):
        raise refused(value, column)
    text = _sound(shown(value), column)
    if column.scale is not None and len(text) > column.scale:
        raise BadValue(
            f"Value is too long for column '{column.name}', a maximum length of {column.scale} is allowed. "
            f"The supplied value, '{text[:50]}{'…' if len(text) > 50 else ''}', was {len(text)} characters long."
        )
    return text


def _sound(text: str, column: Column) -> str:
    # Neither database can hold a NUL or half a surrogate pair: a driver would fail on them with its own words.
    if "\0" in text or not (text.isascii() or _is_unicode(text)):
        raise BadValue(f"The value of field '{column.name}' has a character that no database can store")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _converted(value: Any, column: Column) -> Any:
    try:
        if isinstance(value, list | dict | datetime | date | time | timedelta):
            raise refused(value, column)
        return convert(shown(value), column, None)
    except BadValue:
        raise refused(value, column) from None


def _bits(type_: sa.types.TypeEngine[Any]) -> int:
    if isinstance(type_, sa.SmallInteger):
        return 15
    return 63 if isinstance(type_, sa.BigInteger) else 31


def _whole_taker(column: Column, bits: int) -> Taker:
    def take(value: Any) -> int:
        if isinstance(value, bool):
            raise refused(value, column)
        whole = value if isinstance(value, int) else _whole(value, column)
        if not -(2**bits) <= whole < 2**bits:
            raise refused(value, column)
        return int(whole)

    return take


def _whole(value: Any, column: Column) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return int(_converted(value, column))


def _number_taker(column: Column, is_exact: bool) -> Taker:
    def take(value: Any) -> Decimal | float:
        if isinstance(value, str) and not is_exact and _PLAIN_NUMBER.fullmatch(value):
            return float(value)
        if isinstance(value, bool) or (isinstance(value, float | Decimal) and not math.isfinite(value)):
            raise refused(value, column)
        number: Decimal = _converted(repr(value) if isinstance(value, float) else value, column)
        return number if is_exact else float(number)

    return take


def _moment(value: Any, column: Column) -> datetime | date:
    if isinstance(value, bool | int | float | Decimal | list | dict | time | timedelta):
        raise refused(value, column)
    if isinstance(value, str):
        value = _iso(value) or _worded(value) or _converted(value, column)
    elif not isinstance(value, datetime):
        value = datetime.combine(value, time())
    found = in_utc(value)
    return found if column.has_time else found.date()


def _iso(text: str) -> datetime | None:
    """Read the form that most files have, quickly."""
    if len(text) in {10, 19} and text[4] == "-" == text[7]:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    return None


def _worded(text: str) -> datetime | None:
    for form, order in _WORDED:
        if found := form.fullmatch(text.strip()):
            day, month, year, clock, zone = (found[place] for place in order)
            try:
                return written_moment(f"{day} {month} {year} {clock} {zone}")
            except ValueError:
                return None
    return None


def _time_taker(column: Column, _type: object, _is_sqlite: bool) -> Taker:
    def take(value: Any) -> time:
        try:
            return _time_of_day(value)
        except ValueError:
            raise refused(value, column) from None

    return take


def _time_of_day(value: Any) -> time:
    match value:
        case datetime():
            return value.time()
        case time():
            return value
        case timedelta() if timedelta() <= value < timedelta(days=1):
            return (_MIDNIGHT + value).time()
        case str():
            if found := _TWELVE_HOURS.fullmatch(value.strip()):
                hour = int(found[1]) % 12 + (12 if found[4].lower() == "p" else 0)
                return time(hour, int(found[2]), int(found[3] or 0))
            padded = value.strip() if value.strip()[1:2] != ":" else f"0{value.strip()}"
            return time.fromisoformat(padded)
    raise ValueError("no time of day")


def _json_taker(column: Column, _type: object, _is_sqlite: bool) -> Taker:
    def take(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            raise refused(value, column) from None
        if not _is_storable(found):
            raise refused(value, column)
        return found

    return take


def _is_storable(value: Any, depth: int = 0) -> bool:
    # As for bodies of requests: what is nested deeper fails in whoever reads it, and NUL in PostgreSQL.
    match value:
        case str():
            return "\0" not in value
        case list():
            return depth < _DEEPEST and all(_is_storable(item, depth + 1) for item in value)
        case dict():
            return depth < _DEEPEST and all(
                "\0" not in name and _is_storable(item, depth + 1) for name, item in value.items()
            )
    return True


def _array_taker(column: Column, type_: sa.ARRAY[Any], is_sqlite: bool) -> Taker:
    items = type_.item_type
    kind = next((kind for known, kind in _ITEM_KINDS if isinstance(items, known)), Kind.STRING)
    take_item = taker(Column(column.name, kind, has_time=not isinstance(items, sa.Date)), items, is_sqlite)

    def take(value: Any) -> list[Any]:
        values = _listed(value) if isinstance(value, str) else value
        if not isinstance(values, list) or any(isinstance(item, list | dict) for item in values):
            raise refused(value, column)
        return [None if item is None else take_item(item) for item in values]

    return take


def _listed(text: str) -> Any:
    """Read a list that was sent as one text: as JSON, or with commas between its items."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, list) else [part.strip() for part in text.split(",")]


def _bytes_taker(column: Column, _type: object, _is_sqlite: bool) -> Taker:
    def take(value: Any) -> bytes:
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise refused(value, column) from None

    return take


def _uuid_taker(column: Column, type_: Any, _is_sqlite: bool) -> Taker:
    def take(value: Any) -> UUID | str:
        try:
            found = UUID(_text(value, column).strip())
        except ValueError:
            raise refused(value, column) from None
        return found if type_.as_uuid else str(found)

    return take


_ITEM_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], Kind], ...] = (
    (sa.Boolean, Kind.BOOLEAN),
    (sa.Integer, Kind.INT),
    (sa.Numeric, Kind.FLOAT),
    (sa.DateTime, Kind.DATE),
    (sa.Date, Kind.DATE),
)


def _enum_taker(column: Column, type_: sa.Enum, _is_sqlite: bool) -> Taker:
    def take(value: Any) -> str:
        text = _text(value, column)
        if text not in type_.enums:
            raise refused(value, column)
        return text

    return take


_SPECIAL: tuple[tuple[type[Any], Callable[[Column, Any, bool], Taker]], ...] = (
    (sa.Enum, _enum_taker),
    (sa.Time, _time_taker),
    (sa.JSON, _json_taker),
    (sa.ARRAY, _array_taker),
    (sa.LargeBinary, _bytes_taker),
    (sa.Uuid, _uuid_taker),
)
