"""Events of access to data as lines of a report."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from keyhouse.audit.models import AuditEvent
from keyhouse.compliance.narrowing import Line, names_of
from keyhouse.core.phi import PhiLevel


def lines_of(events: Sequence[AuditEvent]) -> Iterator[Line]:
    """Describe accesses; what a batch of a stream leaves out is with the event that its answer began with."""
    begun = _begun(events)
    behind = names_of({event.impersonator_id for event in events if event.impersonator_id})
    for event in events:
        first = begun.get(event.details.get("answer"), event)
        yield {
            "event": event.sequence,
            "at": event.at,
            "person": behind[event.impersonator_id] if event.impersonator_id else event.user,
            "acting_as": (event.details.get("impersonating") or event.user) if event.impersonator_id else "",
            "through": " ".join(part for part in (event.via, event.key_id) if part),
            "address": event.address,
            "folder": event.folder,
            "data": data_of(event),
            "columns": tuple(first.details.get("answered", first.details.get("columns", ()))),
            "rows": event.details.get("rows"),
            **declared_in(event),
            "phi_of_columns": _level(first.details.get("phiOfColumns", "")),
        }


def declared_in(event: AuditEvent) -> dict[str, Any]:
    """Return what was declared, as an event tells it."""
    details = event.details
    return {
        "purpose": details.get("purpose", ""),
        "irb_number": details.get("irbNumber", ""),
        "phi_level": _level(details.get("phiLevel", "")),
        "terms": tuple(f"{each['folder']} version {each['version']}" for each in details.get("terms", ())),
        "declaration": details.get("declaration"),
    }


def data_of(event: AuditEvent) -> str:
    """Name what was read: a query of a schema, or a file."""
    return ".".join(part for part in (event.schema, event.query) if part) or str(event.details.get("file", ""))


def _level(name: str) -> str:
    level = PhiLevel.named(name)
    return name if level is None else level.label


def _begun(events: Iterable[AuditEvent]) -> dict[int, AuditEvent]:
    answers = {event.details["answer"] for event in events if isinstance(event.details.get("answer"), int)}
    return {event.sequence: event for event in AuditEvent.objects.filter(sequence__in=answers)}
