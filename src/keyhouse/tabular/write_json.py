"""Rows as JSON: one array of objects, or an object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson

from keyhouse.data import Column
from keyhouse.data.days import in_utc
from keyhouse.tabular.values import is_day, text_of, with_days

_FIRST_PIECE, _PIECE = 100, 1000
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def write_json(columns: Sequence[Column], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write an array of objects, whose keys are the titles. It stays open, and so unreadable, if the rows end early."""
    yield b"["
    comma = b""
    for batch in _objects(columns, titles, rows):
        yield comma + b",\n".join(batch)
        comma = b",\n"
    yield b"]\n"


def write_ndjson(columns: Sequence[Column], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write an object a line."""
    for batch in _objects(columns, titles, rows):
        yield b"\n".join(batch) + b"\n"


def _objects(columns: Sequence[Column], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[list[bytes]]:
    days = [place for place, column in enumerate(columns) if is_day(column)]
    remaining = iter(rows)
    size = _FIRST_PIECE
    while batch := list(islice(remaining, size)):
        yield [_object(titles, with_days(row, days) if days else row) for row in batch]
        size = _PIECE


def _object(titles: Sequence[str], row: Sequence[Any]) -> bytes:
    members = dict(zip(titles, row))  # noqa: B905 rows may carry more than their columns
    try:
        return orjson.dumps(members, default=_plain, option=_OPTIONS)
    except orjson.JSONEncodeError:
        # Half a surrogate pair or an integer beyond 64 bits: rare, so the slow way is taken only then.
        return json.dumps(_sound(members), separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return in_utc(value).isoformat()
        case Decimal():
            return orjson.Fragment(format(value, "f")) if value.is_finite() else None
    return text_of(value)


def _sound(value: Any) -> Any:
    convert: dict[type, Callable[[Any], Any]] = {
        str: lambda text: text.encode("utf-8", "replace").decode(),
        float: lambda number: number if math.isfinite(number) else None,
        dict: lambda members: {_sound(str(name)): _sound(item) for name, item in members.items()},
        list: lambda items: [_sound(item) for item in items],
        Decimal: lambda number: float(number) if number.is_finite() else None,
    }
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return convert.get(type(value), lambda other: _sound(text_of(other)))(value)
