"""Verify the chain, and the index of participants made of it: name the first link that does not hold."""

from collections.abc import Generator
from dataclasses import dataclass
from itertools import count
from typing import Any

from keyhouse.audit.events import GENESIS, digest_of
from keyhouse.audit.models import AuditEvent, AuditHead
from keyhouse.audit.participants import Index


@dataclass(frozen=True)
class Intact:
    """Every link holds; note `digest` elsewhere to prove later that nothing was cut off the end."""

    events: int
    digest: str


@dataclass(frozen=True)
class Broken:
    """The first link that does not hold, and what is wrong with it."""

    sequence: int
    fault: str


def rows() -> Generator[dict[str, Any], None, None]:
    """Return all events in the order of the chain, as columns, without holding them in memory."""
    names = [field.attname for field in AuditEvent._meta.concrete_fields]
    yield from AuditEvent.objects.order_by("sequence").values(*names).iterator(chunk_size=2000)


def verify(anchor: tuple[int, str] | None = None) -> Intact | Broken:
    """Walk the chain from its beginning to its head.

    `anchor` is a sequence number and digest noted earlier: it must still be in the chain.
    """
    expected, previous = 1, GENESIS
    index = Index()
    try:
        for row in rows():
            fault = _fault(row, expected, previous, anchor) or index.fault(row)
            if fault:
                return Broken(expected, fault)
            expected, previous = expected + 1, row["digest"]
    except (ValueError, TypeError):
        # A changed column may not even be a date or JSON any more; rows come in groups, so one before may hold.
        return _unreadable(expected, previous)
    if fault := index.fault_at_end():
        return Broken(expected, fault)
    return _ending(expected - 1, previous, anchor)


def _fault(row: dict[str, Any], expected: int, previous: str, anchor: tuple[int, str] | None) -> str:
    if row["sequence"] != expected:
        return f"event {expected} is missing: the next one in the log is {row['sequence']}"
    if row["previous_digest"] != previous:
        return "the link to the event before it does not hold"
    if row["at"] is None or row["digest"] != digest_of(row):
        return "the event was changed after it was written"
    if anchor and anchor[0] == expected and anchor[1] != row["digest"]:
        return "the digest is not the one noted earlier: the log was rewritten from here or before"
    return ""


def _unreadable(first: int, previous: str) -> Broken:
    names = [field.attname for field in AuditEvent._meta.concrete_fields]
    for sequence in count(first):
        try:
            row = AuditEvent.objects.filter(sequence=sequence).values(*names).first()
            fault = _fault(row, sequence, previous, None) if row else f"event {sequence} is missing"
        except (ValueError, TypeError):
            fault = "the event was changed after it was written: it cannot be read any more"
        if fault or row is None:
            return Broken(sequence, fault)
        previous = row["digest"]
    raise AssertionError("counting ends only at a fault")


def _ending(count: int, digest: str, anchor: tuple[int, str] | None) -> Intact | Broken:
    head = AuditHead.objects.filter(id=1).first()
    if (head.sequence if head else 0) != count or (head.digest if head else GENESIS) != digest:
        last = head.sequence if head else 0
        return Broken(count + 1, f"the log ends at event {count}, but {last} were written: events were cut off the end")
    if anchor and anchor[0] > count:
        return Broken(count + 1, f"event {anchor[0]} was noted earlier and is gone: events were cut off the end")
    return Intact(count, digest)
