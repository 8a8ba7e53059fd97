"""The index of participants: which events tell of whom. It says nothing that the events do not say."""

from collections.abc import Iterator, Mapping
from typing import Any

from keyhouse.audit.events import Kind

SERVING = (Kind.DATA_READ, Kind.DATA_EXPORTED, Kind.PARTICIPANTS_SERVED)
"""The kinds whose details can name participants."""
UNTOLD = ""
"""What stands for a participant where an event cannot tell whose data was read."""
_SERVING = {kind.value for kind in SERVING}

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
