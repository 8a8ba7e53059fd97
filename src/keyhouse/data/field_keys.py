"""Field keys: names of columns on the wire, parts between slashes, some characters escaped (client-api.md §8.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ESCAPE = re.compile(r"\$([DSABTCP])", re.IGNORECASE)
_ESCAPED = {"D": "$", "S": "/", "A": "&", "B": "}", "T": "~", "C": ",", "P": "."}
_ESCAPES = str.maketrans({character: f"${letter}" for letter, character in _ESCAPED.items()})


def decode_field_key(text: str) -> tuple[str, ...]:
    """Split a field key at its slashes and undo the `$` escapes of each part."""
    return tuple(_ESCAPE.sub(lambda found: _ESCAPED[found[1].upper()], part) for part in text.split("/"))


def encode_field_key(parts: Iterable[str]) -> str:
    """Write the names that lead to a column as one field key."""
    return "/".join(part.translate(_ESCAPES) for part in parts)
