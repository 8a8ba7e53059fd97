"""Verify the chain, and the index of participants made of it: name the first link that does not hold."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from django.db.models import Max

from keyhouse.audit.archive import Span, read, span_of
from keyhouse.audit.events import GENESIS, Kind, digest_of
from keyhouse.audit.models import AuditCheckpoint, AuditEvent, AuditHead, AuditParticipant
from keyhouse.audit.participants import DISAGREES, Index


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


def rows(through: int | None = None) -> Generator[dict[str, Any], None, None]:
    """Return all events in the order of the chain, or those up to one, as columns, without holding them in memory."""
    names = [field.attname for field in AuditEvent._meta.concrete_fields]
    events = AuditEvent.objects.all() if through is None else AuditEvent.objects.filter(sequence__lte=through)
    yield from events.order_by("sequence").values(*names).iterator(chunk_size=2000)


def verify(anchor: tuple[int, str] | None = None, archives: Sequence[Path] = ()) -> Intact | Broken:
    """Walk the chain from its beginning, or from what was removed, to its head.

    The log may grow meanwhile: what is verified ends where it ended when the walk began.
    `anchor` is a sequence number and digest noted earlier: it must still be in the chain. With the files of `archives`
    the walk begins with their events. Raises BadArchive.
    """
    end, digest = _head()
    removed = list(AuditCheckpoint.objects.order_by("last"))
    start = removed[-1] if removed else None
    if fault := _removed_fault(removed):
        return Broken(start.last if start else 1, fault)
    walk = _Walk(anchor, {each.announced: each for each in removed})
    files = sorted(archives, key=lambda file: span_of(file).first)
    walk.expected, walk.previous = _beginning(start, files)
    for file in files:
        if broken := walk.over(read(file)):
            return broken
    if start is not None and (walk.expected, walk.previous) != (start.last + 1, start.digest):
        return Broken(walk.expected, "the archives do not lead to what the log begins with")
    try:
        if broken := walk.over(rows(end), Index(end)):
            return broken
    except (ValueError, TypeError):
        # A changed column may not even be a date or JSON any more; rows come in groups, so one before may hold.
        return _unreadable(walk.expected, walk.previous)
    if anchor and start and not files and anchor[0] <= start.last and anchor != (start.last, start.digest):
        return Broken(anchor[0], "it was archived: verify the log together with its archives to compare the digest")
    if (walk.expected - 1, walk.previous) != (end, digest):
        count = walk.expected - 1
        return Broken(count + 1, f"the log ends at event {count}, but {end} were written: events were cut off the end")
    if anchor and anchor[0] > end:
        return Broken(end + 1, f"event {anchor[0]} was noted earlier and is gone: events were cut off the end")
    return _beyond_the_head() or Intact(end, digest)


class _Walk:
    """One walk along the chain."""

    def __init__(self, anchor: tuple[int, str] | None, announced: Mapping[int, AuditCheckpoint]) -> None:
        self.expected, self.previous = 1, GENESIS
        self._anchor, self._announced = anchor, announced

    def over(self, events: Iterable[dict[str, Any]], index: Index | None = None) -> Broken | None:
        """Go on over some events; return the first fault."""
        for row in events:
            fault = _fault(row, self.expected, self.previous, self._anchor)
            fault = fault or self._announcement_fault(row) or (index.fault(row) if index else "")
            if fault:
                return Broken(self.expected, fault)
            self.expected, self.previous = self.expected + 1, row["digest"]
        fault = index.fault_at_end() if index else ""
        return Broken(self.expected, fault) if fault else None

    def _announcement_fault(self, row: dict[str, Any]) -> str:
        checkpoint = self._announced.get(row["sequence"])
        if checkpoint is None:
            return ""
        said = row["details"].get("archived") if row["kind"] == Kind.AUDIT_MAINTAINED.value else None
        span = Span(checkpoint.first, checkpoint.last, checkpoint.previous_digest, checkpoint.digest)
        return (
            ""
            if said == span.announcement
            else f"it does not announce that events up to {checkpoint.last} were removed"
        )


def _beginning(start: AuditCheckpoint | None, files: Sequence[Path]) -> tuple[int, str]:
    if files:
        span = span_of(files[0])
        return span.first, span.previous_digest if span.first > 1 else GENESIS
    return (start.last + 1, start.digest) if start else (1, GENESIS)


def _removed_fault(removed: Sequence[AuditCheckpoint]) -> str:
    expected, previous = 1, GENESIS
    for each in removed:
        if (each.first, each.previous_digest) != (expected, previous):
            return "what was archived before does not join what was archived after"
        expected, previous = each.last + 1, each.digest
    return ""


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


def _head() -> tuple[int, str]:
    head = AuditHead.objects.filter(id=1).first()
    return (head.sequence, head.digest) if head else (0, GENESIS)


def _beyond_the_head() -> Broken | None:
    """Find what stands behind the end of the log; the end is read last, as it may move on at any time."""
    event = AuditEvent.objects.aggregate(last=Max("sequence"))["last"] or 0
    entry = AuditParticipant.objects.aggregate(last=Max("sequence"))["last"] or 0
    end, _digest = _head()
    if event > end:
        return Broken(end + 1, f"event {event} was added behind the end of the log")
    return Broken(end + 1, DISAGREES) if entry > end else None
