"""Verify the chain: name the first link that does not hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from keyhouse.audit.events import GENESIS, digest_of
from keyhouse.audit.models import AuditEvent, AuditHead


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


def rows() -> Iterable[dict[str, Any]]:
    """Return all events in the order of the chain, as columns, without holding them in memory."""
    names = [field.attname for field in AuditEvent._meta.concrete_fields]
    return AuditEvent.objects.order_by("sequence").values(*names).iterator(chunk_size=2000)


def verify(anchor: tuple[int, str] | None = None) -> Intact | Broken:
    """Walk the chain from its beginning to its head.

    `anchor` is a sequence number and digest noted earlier: it must still be in the chain.
    """
    expected, previous = 1, GENESIS
    for row in rows():
        fault = _fault(row, expected, previous)
        if fault:
            return Broken(expected, fault)
        if anchor and anchor[0] == expected and anchor[1] != row["digest"]:
            return Broken(
                expected, "the digest is not the one noted earlier: the log was rewritten from here or before"
            )
        expected, previous = expected + 1, row["digest"]
    return _ending(expected - 1, previous, anchor)


def _fault(row: dict[str, Any], expected: int, previous: str) -> str:
    if row["sequence"] != expected:
        return f"event {expected} is missing: the next one in the log is {row['sequence']}"
    if row["previous_digest"] != previous:
        return "the link to the event before it does not hold"
    if row["digest"] != digest_of(row):
        return "the event was changed after it was written"
    return ""


def _ending(count: int, digest: str, anchor: tuple[int, str] | None) -> Intact | Broken:
    head = AuditHead.objects.filter(id=1).first()
    if (head.sequence if head else 0) != count or (head.digest if head else GENESIS) != digest:
        last = head.sequence if head else 0
        return Broken(count + 1, f"the log ends at event {count}, but {last} were written: events were cut off the end")
    if anchor and anchor[0] > count:
        return Broken(count + 1, f"event {anchor[0]} was noted earlier and is gone: events were cut off the end")
    return Intact(count, digest)
