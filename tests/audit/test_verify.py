"""Verification names the first link that does not hold, whatever was done to the log."""

import pytest

T = "keyhouse_audit_event"


@pytest.fixture
def broken(write, tamper):
    """Write ten events, run the statements, and return what verification finds."""
    from keyhouse.audit.verify import verify

    def find(*statements: str, anchor=None):
        write(10)
        intact = verify()
        assert intact.events >= 10
        tamper(*statements)
        return verify(anchor)

    return find


@pytest.mark.parametrize(
    "change",
    [
        "comment = 'nothing happened'",
        "user = 'bob@example.org'",
        "outcome = 'ok '",
        "at = '2020-01-01 00:00:00'",
        "kind = 'key used'",
        "address = '192.0.2.1'",
        "details = '{\"a\": 1}'",
        "impersonator_id = 5",
        "at = 'no date'",
        "details = 'no json'",
        "user_id = 'no number'",
        "digest = 'no digest'",
    ],
)
def test_a_changed_row_is_named(broken, change):
    found = broken(f"UPDATE {T} SET {change} WHERE sequence = 5")
    assert found.sequence == 5
    assert "changed" in found.fault


def test_a_changed_row_with_its_digest_made_new_breaks_the_next_link(broken, site):
    from keyhouse.audit.events import digest_of
    from keyhouse.audit.verify import rows

    found = broken(f"UPDATE {T} SET comment = 'x' WHERE sequence = 5")
    row = next(row for row in rows() if row["sequence"] == 5)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {T} SET digest = '{digest_of(row)}' WHERE sequence = 5")
    from keyhouse.audit.verify import verify

    found = verify()
    assert (found.sequence, found.fault) == (6, "the link to the event before it does not hold")


def test_a_deleted_row_in_the_middle_is_named(broken):
    found = broken(f"DELETE FROM {T} WHERE sequence = 5")
    assert found.sequence == 5 and "is missing" in found.fault


def test_a_deleted_beginning_is_named(broken):
    assert broken(f"DELETE FROM {T} WHERE sequence = 1").sequence == 1


def test_a_cut_tail_is_named(broken):
    found = broken(f"DELETE FROM {T} WHERE sequence > 7")
    assert found.sequence == 8 and "cut off the end" in found.fault


def test_an_emptied_log_is_named(broken):
    assert "cut off" in broken(f"DELETE FROM {T}").fault


def test_swapped_rows_are_named(broken):
    found = broken(
        f"UPDATE {T} SET sequence = 1000 WHERE sequence = 4",
        f"UPDATE {T} SET sequence = 4 WHERE sequence = 5",
        f"UPDATE {T} SET sequence = 5 WHERE sequence = 1000",
    )
    assert found.sequence == 4


def test_a_forged_row_at_the_end_is_named(broken):
    columns = "kind, outcome, reason, comment, user_id, user, via, key_id, session_id, address, user_agent, folder"
    columns += ", schema, query, details, at, previous_digest, digest"
    found = broken(f"INSERT INTO {T} (sequence, {columns}) SELECT sequence + 1, {columns} FROM {T} WHERE sequence = 10")
    assert found.sequence == 11


def test_a_tail_cut_together_with_the_head_is_found_by_a_noted_anchor(broken, write):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.audit.verify import Intact, verify

    write(10)
    last = AuditEvent.objects.order_by("-sequence").first()
    anchor = (last.sequence, last.digest)
    assert isinstance(verify(anchor), Intact)
    found = broken(
        f"DELETE FROM {T} WHERE sequence > 7",
        f"UPDATE keyhouse_audit_head SET sequence = 7, digest = (SELECT digest FROM {T} WHERE sequence = 7)",
        anchor=anchor,
    )
    assert isinstance(verify(), Intact)
    assert "noted earlier and is gone" in found.fault


def test_a_log_written_anew_is_found_by_a_noted_anchor(site, write):
    from keyhouse.audit.verify import verify

    write(3)
    assert verify((2, "0" * 64)).sequence == 2


def test_an_untouched_log_is_intact_to_its_last_event(write):
    from keyhouse.audit.models import AuditEvent
    from keyhouse.audit.verify import Intact, verify

    write(25)
    last = AuditEvent.objects.order_by("-sequence").first()
    assert verify() == Intact(last.sequence, last.digest)


def test_a_new_log_is_intact(site):
    from keyhouse.audit.verify import Intact, verify

    assert isinstance(verify(), Intact)


def test_a_log_that_grows_while_it_is_verified_is_intact_to_where_it_ended_then(write, monkeypatch):
    from keyhouse.audit import verify as verifying
    from keyhouse.audit.models import AuditEvent

    write(5, details={"participants": {"t.v": ["P1"]}})
    last, real = AuditEvent.objects.order_by("-sequence").first(), verifying.rows

    def rows(*limits):
        write(1, details={"participants": {"t.v": ["P2"]}})
        yield from real(*limits)
        write(1, details={"participants": {"t.v": ["P3"]}})

    monkeypatch.setattr(verifying, "rows", rows)
    assert verifying.verify() == verifying.Intact(last.sequence, last.digest)
