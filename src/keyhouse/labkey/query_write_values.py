"""Values of rows in the answers of writing actions."""

from datetime import date, datetime, time
from typing import Any

from keyhouse.labkey.cells import plain


def on_wire(value: Any) -> Any:
    """Return a value that was stored, or sent, as it stands in JSON."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 2**63 else str(value)
        case float():
            return value if value - value == 0 else None  # NaN and infinity are no JSON
        case list() | tuple():
            return [on_wire(item) for item in value]
        case dict():
            return {str(name): on_wire(item) for name, item in value.items()}
        case datetime() | date() | time():
            return plain(value)
    return plain(value)
