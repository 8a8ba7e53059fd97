"""Settings of several lines, and what they say of groups."""

from collections.abc import Mapping
from typing import Any

ARROW = "=>"


def lines_of(value: Any) -> list[str]:
    """Return the lines of a setting, kept as a list or as one text."""
    lines = value if isinstance(value, list | tuple) else str(value or "").splitlines()
    return [str(line).strip() for line in lines if str(line).strip()]


def group_map_of(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return which group of the provider makes members of which site group."""
    halves = (line.rpartition(ARROW) for line in lines_of(settings.get("group_map")))
    return [(theirs.strip(), ours.strip()) for theirs, _, ours in halves]
