"""What each person declared: the declarations as the log has them, the latest first."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from keyhouse.audit import Kind
from keyhouse.audit.models import AuditEvent
from keyhouse.compliance.accesses import declared_in
from keyhouse.compliance.narrowing import Line, Narrowed, Page, names_of

KINDS = (Kind.DECLARATION_MADE.value, Kind.DECLARATION_CARRIED.value)


def declared(narrowed: Narrowed, most: int, after: str = "") -> Page:
    """Return the declarations that were made; `after` is what the page before ended with."""
    events = _events(narrowed)
    if after.isascii() and after.isdecimal() and len(after) < 19:
        events = events.filter(sequence__lt=int(after))
    found = list(events[: most + 1])
    names = _names(found)
    page = tuple(_line(event, names) for event in found[:most])
    return Page(page, str(page[-1]["event"]) if len(found) > most else "")


def all_declared(narrowed: Narrowed) -> Iterator[Line]:
    """Return the same without an end, for an export."""
    for event in _events(narrowed).iterator(chunk_size=500):
        yield _line(event, _names([event]))


def _events(narrowed: Narrowed) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(narrowed.condition, kind__in=KINDS).order_by("-sequence")


def _names(events: Sequence[AuditEvent]) -> dict[int, str]:
    behind = {event.impersonator_id for event in events if event.impersonator_id}
    return names_of(behind) if behind else {}


def _line(event: AuditEvent, names: dict[int, str]) -> Line:
    key = event.details.get("declaredKeyId", "")
    return {
        "event": event.sequence,
        "at": event.at,
        "person": names[event.impersonator_id] if event.impersonator_id else event.user,
        "folder": event.folder,
        "holds_for": f"API key {key}" if key else f"session {event.session_id[:12]}",
        "how": "went along with a key" if event.kind == Kind.DECLARATION_CARRIED.value else "declared",
        **declared_in(event),
        "signature": event.details.get("printedName", ""),
        "meaning": event.details.get("meaning", ""),
    }
