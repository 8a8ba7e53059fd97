"""The columns of the reports: their titles for people, and their values as plain texts and numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from keyhouse.compliance.narrowing import Line

TITLES: Mapping[str, str] = {
    "event": "Event",
    "at": "When (UTC)",
    "person": "Person",
    "acting_as": "Acting as",
    "through": "Through",
    "address": "From",
    "folder": "Folder",
    "data": "Data",
    "tables": "Tables",
    "columns": "Columns",
    "rows": "Rows",
    "saw": "Saw",
    "purpose": "Purpose",
    "irb_number": "IRB number",
    "phi_level": "PHI level declared",
    "phi_of_columns": "PHI level of columns",
    "terms": "Terms accepted",
    "declaration": "Declaration",
    "participant": "Participant",
    "accesses": "Accesses",
    "first": "First (UTC)",
    "last": "Last (UTC)",
    "last_event": "Last event",
    "holds_for": "Holds for",
    "how": "How",
    "signature": "Signed",
    "meaning": "Meaning",
    "why": "Why",
}
WHO_SAW = (
    *("event", "at", "saw", "person", "acting_as", "through", "address", "folder", "tables", "data", "columns", "rows"),
    *("purpose", "irb_number", "phi_level", "phi_of_columns", "terms", "declaration"),
)
SEEN_BY = ("participant", "tables", "accesses", "first", "last", "last_event")
DECLARED = (
    *("event", "at", "person", "folder", "holds_for", "how", "declaration", "purpose", "irb_number", "phi_level"),
    *("terms", "signature", "meaning"),
)
WITHIN = (
    *("event", "at", "person", "acting_as", "through", "folder", "data", "why", "columns", "rows"),
    *("purpose", "irb_number", "phi_level", "phi_of_columns", "terms", "declaration"),
)


def plain(line: Line, names: tuple[str, ...]) -> dict[str, Any]:
    """Return these members of a line for JSON: times as ISO 8601 in UTC."""
    return {name: _plain(line[name]) for name in names}


def text_of(value: Any) -> str:
    """Write one value as people read it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value
