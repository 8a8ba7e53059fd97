"""The index of participants: it says what the events say, cannot be changed alone, and can be made anew."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.site import OPERATOR

from keyhouse.audit import Event, Kind


@pytest.fixture
def served(site):
    """Three events that name participants, one that could not tell, and one of another kind."""
    for whose in (["P1", "P2"], ["P2"], ["P3", "P1"]):
        details = {"participants": {"trial.visits": whose}}
        site.recorder.record(Event(Kind.DATA_READ, OPERATOR, details=details))
    site.recorder.record(Event(Kind.DATA_READ, OPERATOR, details={"participantsNotTold": ["trial.visits"]}))
    site.recorder.record(Event(Kind.DATA_SERVED, OPERATOR, details={"participants": {"x": ["P9"]}}))
    return site


def entries():
    from keyhouse.audit.models import AuditParticipant

    return sorted(AuditParticipant.objects.values_list("sequence", "participant"))


def test_each_participant_of_an_event_is_found(served):
    last = entries()[-1][0]
    first = last - 3
    assert entries() == [
        *((first, "P1"), (first, "P2"), (first + 1, "P2"), (first + 2, "P1"), (first + 2, "P3")),
        (last, ""),
    ]


def test_whole_index_is_verified(served):
    from keyhouse.audit.verify import Intact, verify

    assert isinstance(verify(), Intact)


@pytest.mark.parametrize(
    "what", ["UPDATE keyhouse_audit_participant SET participant = 'P9'", "DELETE FROM keyhouse_audit_participant"]
)
def test_index_cannot_be_changed(served, what):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(what)


@pytest.mark.parametrize("what", ["a missing entry", "a made-up entry", "an entry beyond the end", "another person"])
def test_index_that_does_not_agree_is_named_and_mended(served, what):
    from keyhouse.audit.participants import INSERT_ENTRY, rebuild
    from keyhouse.audit.verify import Broken, Intact, verify

    before = entries()
    with connection.cursor() as cursor:
        if what == "a made-up entry":
            cursor.execute(INSERT_ENTRY, [1, "P", "x", 1])
        elif what == "an entry beyond the end":
            cursor.execute(INSERT_ENTRY, [99, "P", "x", 1])
        else:
            for verb in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER keyhouse_audit_participant_no_{verb}")
            cursor.execute(
                "DELETE FROM keyhouse_audit_participant WHERE participant = 'P3'"
                if what == "a missing entry"
                else "UPDATE keyhouse_audit_participant SET person_id = 77 WHERE participant = 'P3'"
            )
    found = verify()
    assert isinstance(found, Broken) and "index of participants" in found.fault
    rebuild()
    assert isinstance(verify(), Intact)
    assert entries() == before


def test_flag_that_lets_entries_go_is_never_left_set(served):
    from keyhouse.audit.models import AuditHead
    from keyhouse.audit.participants import rebuild

    assert rebuild() == 6
    assert AuditHead.objects.get(id=1).is_indexing is False
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM keyhouse_audit_participant")
