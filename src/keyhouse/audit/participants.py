"""The index of participants: which events tell of whom. It says nothing that the events do not say."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.db import connection, transaction

from keyhouse.audit.events import Kind
from keyhouse.audit.models import AuditEvent, AuditHead, AuditParticipant

SERVING = (Kind.DATA_READ, Kind.DATA_EXPORTED, Kind.PARTICIPANTS_SERVED, Kind.DATA_CHANGED)
"""The kinds whose details can name participants."""
UNTOLD = ""
"""What stands for a participant where an event cannot tell whose data was read."""
_SERVING = {kind.value for kind in SERVING}
_FIELDS = ("sequence", "participant", "place", "person_id")
DISAGREES = "the index of participants does not agree with it; 'keyhouse audit reindex' makes the index anew"
_AT_ONCE = 2000

INSERT_ENTRY = (
    "INSERT INTO keyhouse_audit_participant (sequence, participant, place, person_id) VALUES (%s, %s, %s, %s)"
)
Entry = tuple[int, str, str, int]
"""Sequence, participant, place and person, as the index has them."""


def index_rows(columns: Mapping[str, Any]) -> Iterator[Entry]:
    """Return what the index has of one event, given the columns of its row."""
    if columns["kind"] not in _SERVING:
        return
    sequence, details = columns["sequence"], columns["details"]
    person = columns["impersonator_id"] or columns["user_id"]
    for place, participants in details.get("participants", {}).items():
        for participant in participants:
            yield sequence, participant, place[:511], person
    for place in details.get("participantsNotTold", ()):
        yield sequence, UNTOLD, place[:511], person


class Index:
    """The index of the events up to one, to be compared with the events one after the other."""

    def __init__(self, through: int) -> None:
        entries = AuditParticipant.objects.filter(sequence__lte=through).order_by("sequence")
        self._rows = entries.values_list(*_FIELDS).iterator(chunk_size=2000)
        self._next: Entry | None = next(self._rows, None)

    def fault(self, columns: Mapping[str, Any]) -> str:
        """Say what is wrong with what the index has up to this event, if anything is."""
        found: list[Entry] = []
        while self._next is not None and self._next[0] <= columns["sequence"]:
            found.append(self._next)
            self._next = next(self._rows, None)
        return "" if sorted(found) == sorted(index_rows(columns)) else DISAGREES

    def fault_at_end(self) -> str:
        """Say what is wrong with what the index has beyond the last event, if it has anything."""
        return DISAGREES if self._next is not None else ""


def rebuild() -> int:
    """Make the index anew of the events, in one transaction, and return how many entries it has."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Locks the chain as a writer does: no event can slip in between.
        AuditHead.objects.filter(id=1).update(is_indexing=True)
        cursor.execute("DELETE FROM keyhouse_audit_participant")
        count = 0
        entries = _entries()
        while some := list(islice(entries, _AT_ONCE)):
            cursor.executemany(INSERT_ENTRY, some)
            count += len(some)
        AuditHead.objects.filter(id=1).update(is_indexing=False)
    return count


def _entries() -> Iterator[Entry]:
    names = ("sequence", "kind", "details", "impersonator_id", "user_id")
    events = AuditEvent.objects.filter(kind__in=_SERVING).order_by("sequence")
    for columns in events.values(*names).iterator(chunk_size=500):
        yield from index_rows(columns)
