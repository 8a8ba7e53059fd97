"""Values on the wire (client-api.md, section 16): dates in one form, decimals exact, no value that fails."""

import base64
import json
import math
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import orjson

from keyhouse.data.days import in_utc

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def encode_rows(rows: Sequence[Any]) -> bytes:
    """Write rows as JSON, separated by commas and without brackets."""
    try:
        return orjson.dumps(rows, default=plain, option=_OPTIONS)[1:-1]
    except orjson.JSONEncodeError:
        # Half a surrogate pair or an integer beyond 64 bits: rare, so the slow way is taken only then.
        written = json.dumps([_sound(row) for row in rows], separators=(",", ":"), allow_nan=False)
        return written.encode()[1:-1]


def encode(value: Any) -> bytes:
    """Write one value as JSON."""
    return encode_rows([value])


def plain(value: Any) -> Any:
    """Return what stands on the wire for a value that JSON does not know."""
    match value:
        case datetime():
            return in_utc(value).isoformat(" ", "milliseconds")
        case date():
            return f"{value.isoformat()} 00:00:00.000"
        case time():
            return value.isoformat("seconds")
        case Decimal():
            # A float would round what the database holds exactly.
            return orjson.Fragment(format(value, "f")) if value.is_finite() else None
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(value).decode()
    return str(value)


def _sound(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str():
            return value.encode("utf-8", "replace").decode()
        case float() | Decimal():
            return float(value) if math.isfinite(value) else None
        case dict():
            return {str(key): _sound(item) for key, item in value.items()}
        case list() | tuple():
            return [_sound(item) for item in value]
    return _sound(plain(value))
