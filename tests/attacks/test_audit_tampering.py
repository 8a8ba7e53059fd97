"""Attack: change, remove or replace what the audit log says, with the database in hand."""

import sqlite3

import pytest

T = "keyhouse_audit_event"


@pytest.fixture
def database(site, client, analyst):
    from tests.site import issue

    for _ in range(5):
        issue(site, analyst)
    connection = sqlite3.connect(site.boot.data / "keyhouse.sqlite3", isolation_level=None)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {T} SET user = 'bob@example.org'",
        f"DELETE FROM {T} WHERE sequence = 2",
        f"DELETE FROM {T}",
        f"REPLACE INTO {T} SELECT * FROM {T} WHERE sequence = 2",
        f"UPDATE OR IGNORE {T} SET comment = ''",
    ],
)
def test_the_database_refuses_from_any_connection(database, statement):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)


def test_who_removes_the_triggers_is_found_by_verification(database):
    from keyhouse.audit.verify import Broken, verify

    for verb in ("update", "delete"):
        database.execute(f"DROP TRIGGER keyhouse_audit_no_{verb}")
    database.execute(f"UPDATE {T} SET user = 'bob@example.org' WHERE sequence = 3")
    assert verify() == Broken(3, "the event was changed after it was written")


def test_who_writes_the_chain_anew_is_found_by_a_digest_noted_elsewhere(database):
    from keyhouse.audit.events import digest_of
    from keyhouse.audit.models import AuditEvent, AuditHead
    from keyhouse.audit.verify import Broken, Intact, rows, verify

    noted = verify()
    database.execute("DROP TRIGGER keyhouse_audit_no_update")
    database.execute(f"UPDATE {T} SET user = 'bob@example.org' WHERE sequence = 3")
    previous = "0" * 64
    for row in list(rows()):
        digest = digest_of({**row, "previous_digest": previous})
        AuditEvent.objects.filter(sequence=row["sequence"]).update(previous_digest=previous, digest=digest)
        previous = digest
    AuditHead.objects.update(digest=previous)
    assert isinstance(verify(), Intact)
    assert isinstance(verify((noted.events, noted.digest)), Broken)


def test_no_action_of_the_server_changes_the_log(site, client, admin):
    from keyhouse.audit.models import AuditEvent
    from tests.site import issue

    key = {"apikey": issue(site, admin)}
    before = list(AuditEvent.objects.order_by("sequence").values())
    for query in ("AuditEvent", "auditLog", "keyhouse_audit_event"):
        for schema in ("core", "auditLog", "audit"):
            body = {"schemaName": schema, "queryName": query, "rows": [{"RowId": 1, "sequence": 1}]}
            client.post("/home/query-deleteRows.api", key, json=body)
    assert list(AuditEvent.objects.order_by("sequence").values())[: len(before)] == before
