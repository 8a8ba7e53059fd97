"""Old events as a file of JSON lines, and their removal once that file was read back and found whole.

The file begins with a line that tells the digest before its first event and ends with one that tells the digest of its
last: so it joins the log, or the file after it, as the events did. What is removed leaves a checkpoint, which an event
of the log announces; `verify` goes on from there, and with the files it walks all of it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from django.db import connection, transaction

from keyhouse.audit.events import Event, Kind, digest_of
from keyhouse.audit.models import AuditCheckpoint, AuditEvent, AuditHead
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller

_MARK = "keyhouseAuditArchive"
_NAMES = tuple(field.attname for field in AuditEvent._meta.concrete_fields)


class BadArchive(Exception):
    """A file is no archive of the log, or not a whole one; the text says why."""


@dataclass(frozen=True)
class Span:
    """A part of the chain: its first and last event, and the digests before the one and of the other."""

    first: int
    last: int
    previous_digest: str
    digest: str

    @property
    def announcement(self) -> dict[str, Any]:
        """The span as an event tells it; digests in two halves, as 64 hexadecimal digits look like a key to the log."""
        halves = {"previousDigest": self.previous_digest, "digest": self.digest}
        digests = {name: f"{digest[:32]} {digest[32:]}" for name, digest in halves.items()}
        return {"first": self.first, "last": self.last, **digests}


def span_before(moment: datetime) -> Span | None:
    """Return the events from the oldest on up to the first that is not older than a moment; None if there are none."""
    events = AuditEvent.objects.order_by("sequence")
    first = events.first()
    young = events.filter(at__gte=moment).first()
    last = events.filter(sequence__lt=young.sequence).last() if young else events.last()
    if first is None or last is None:
        return None
    return Span(first.sequence, last.sequence, first.previous_digest, last.digest)


def write(span: Span, stream: TextIO) -> None:
    """Write the events of a span."""
    _write_line(stream, {_MARK: 1, **asdict(span)})
    events = AuditEvent.objects.filter(sequence__gte=span.first, sequence__lte=span.last).order_by("sequence")
    for row in events.values(*_NAMES).iterator(chunk_size=2000):
        _write_line(stream, {**row, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds")})
    _write_line(stream, {_MARK: 1, "end": span.last, "digest": span.digest})


def read(file: Path) -> Iterator[dict[str, Any]]:
    """Return the events of an archive as columns, each link of their chain checked. Raise BadArchive."""
    try:
        with file.open(encoding="utf-8") as stream:
            yield from _checked(file, _lines(file, stream))
    except (OSError, UnicodeDecodeError) as error:
        raise BadArchive(f"{file} cannot be read: {error}.") from None


def span_of(file: Path) -> Span:
    """Return which part of the chain a file says it has. Raise BadArchive."""
    try:
        with file.open(encoding="utf-8") as stream:
            head = next(_lines(file, stream), {})
    except (OSError, UnicodeDecodeError) as error:
        raise BadArchive(f"{file} cannot be read: {error}.") from None
    return _span(file, head)


def remove(span: Span, file: Path, oldest_kept: datetime, recorder: Recorder, caller: Caller) -> None:
    """Remove the events of a span that a file has.

    Raises BadArchive where the file does not have exactly those, or has one that is not older than `oldest_kept`.
    """
    if span_of(file) != span:
        raise BadArchive(f"{file} does not have the events {span.first} to {span.last} of this log.")
    for row in read(file):
        if row["at"] >= oldest_kept:
            raise BadArchive(f"{file} has event {row['sequence']}, which is to be kept. Nothing was removed.")
    comment = f"Events {span.first} to {span.last} are kept in {file.name} and removed."
    with transaction.atomic(), connection.cursor() as cursor:
        event = Event(Kind.AUDIT_MAINTAINED, caller, comment, details={"archived": span.announcement})
        announced = recorder.record(event)
        AuditCheckpoint(**asdict(span), announced=announced).save(force_insert=True)
        AuditHead.objects.filter(id=1).update(is_indexing=True, removable_through=span.last)
        cursor.execute("DELETE FROM keyhouse_audit_participant WHERE sequence <= %s", [span.last])
        cursor.execute("DELETE FROM keyhouse_audit_event WHERE sequence <= %s", [span.last])
        AuditHead.objects.filter(id=1).update(is_indexing=False, removable_through=0)


def _write_line(stream: TextIO, values: dict[str, Any]) -> None:
    stream.write(json.dumps(values, separators=(",", ":")) + "\n")


def _lines(file: Path, stream: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in stream:
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise BadArchive(f"{file} has a line that is no JSON object: it is damaged.")
        yield values


def _span(file: Path, head: dict[str, Any]) -> Span:
    try:
        if _MARK not in head:
            raise KeyError
        span = Span(*(head[name] for name in ("first", "last", "previous_digest", "digest")))
        if not (isinstance(span.first, int) and isinstance(span.last, int)):
            raise TypeError
        return span
    except (KeyError, TypeError):
        raise BadArchive(f"{file} is no archive that 'keyhouse audit archive' wrote.") from None


def _checked(file: Path, lines: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    span = _span(file, next(lines, {}))
    expected, previous = span.first, span.previous_digest
    for row in lines:
        if _MARK in row:
            break
        row = _row(file, row)
        if row["sequence"] != expected or row["previous_digest"] != previous or row["digest"] != digest_of(row):
            raise BadArchive(f"{file} is broken at event {expected}.")
        expected, previous = expected + 1, row["digest"]
        yield row
    else:
        raise BadArchive(f"{file} ends early, after event {expected - 1}.")
    if (expected - 1, previous) != (span.last, span.digest):
        raise BadArchive(f"{file} does not end with event {span.last}.")


def _row(file: Path, row: dict[str, Any]) -> dict[str, Any]:
    try:
        at = datetime.fromisoformat(row["at"])
        if at.tzinfo is None or not row.keys() >= set(_NAMES):
            raise ValueError
        return {**row, "at": at}
    except (KeyError, TypeError, ValueError):
        raise BadArchive(f"{file} has a line that is no event: it is damaged.") from None
