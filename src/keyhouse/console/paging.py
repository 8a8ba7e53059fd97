"""The four steps below a long list."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step; without a URL it leads nowhere from here."""

    title: str
    url: str
    rel: str = ""


def start_of(wanted: int | None, size: int, total: int) -> int:
    """Return where the page begins that has the row an address asks for; the last page has all beyond the list."""
    return min(max(wanted or 0, 0), max(total - 1, 0)) // size * size


def steps(offset: int, size: int, total: int, url_at: Callable[[int], str]) -> list[Step]:
    """Return first, previous, next and last for a list of `total` rows of which `size` are shown from `offset` on."""
    last = max(total - 1, 0) // size * size
    has_more = offset + size < total
    return [
        Step("First", url_at(0) if offset else ""),
        Step("Previous", url_at(max(offset - size, 0)) if offset else "", "prev"),
        Step("Next", url_at(offset + size) if has_more else "", "next"),
        Step("Last", url_at(last) if has_more else ""),
    ]
