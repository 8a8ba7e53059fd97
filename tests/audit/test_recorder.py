"""The recorder: one chain whoever writes, durable on return, and nothing of what was rolled back."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.site import OPERATOR, issue

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=3),
    max_leaves=8,
)


def test_events_of_sixteen_threads_make_one_chain(site):
    from django.db import connection

    from keyhouse.audit import Event, Kind
    from keyhouse.audit.models import AuditEvent
    from keyhouse.audit.verify import Intact, verify

    before = AuditEvent.objects.count()

    def work(number: int) -> None:
        for turn in range(10):
            site.recorder.record(Event(Kind.DATA_READ, OPERATOR, f"{number}-{turn}"))
            assert AuditEvent.objects.filter(comment=f"{number}-{turn}").exists()
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEvent.objects.count() == before + 160
    assert isinstance(verify(), Intact)


def test_waiting_events_share_one_commit(site, monkeypatch):
    from django.db import connection

    from keyhouse.audit import Event, Kind

    groups: list[int] = []
    append, entered, go = site.recorder._append, threading.Event(), threading.Event()

    def slow(events):
        groups.append(len(events))
        if len(groups) == 1:
            entered.set()
            go.wait(10)
        return append(events)

    monkeypatch.setattr(site.recorder, "_append", slow)

    def work() -> None:
        site.recorder.record(Event(Kind.DATA_READ, OPERATOR))
        connection.close()

    first = threading.Thread(target=work)
    first.start()
    assert entered.wait(10)
    others = [threading.Thread(target=work) for _ in range(7)]
    for thread in others:
        thread.start()
    while len(site.recorder._waiting) < 7:
        pass
    go.set()
    for thread in [first, *others]:
        thread.join()
    assert groups == [1, 7]


def test_event_inside_a_rolled_back_transaction_leaves_no_row(site, write):
    from django.db import transaction

    from keyhouse.audit.models import AuditEvent
    from keyhouse.audit.verify import Intact, verify

    write(2)
    before = AuditEvent.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        write(3)
        raise RuntimeError
    assert AuditEvent.objects.count() == before
    write(1)
    assert isinstance(verify(), Intact)


def test_a_change_whose_event_cannot_be_written_does_not_happen(site, analyst, monkeypatch):
    from django.db import DatabaseError

    from keyhouse.keys.models import ApiKey

    def full(*_: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(site.recorder, "_append", full)
    with pytest.raises(DatabaseError):
        issue(site, analyst)
    assert not ApiKey.objects.exists()
    with pytest.raises(DatabaseError):
        site.users.deactivate(analyst, OPERATOR)
    analyst.refresh_from_db()
    assert analyst.is_active


def test_nobody_is_let_in_whose_entry_cannot_be_written(site, client, analyst, monkeypatch):
    from django.db import DatabaseError

    key = issue(site, analyst)

    def full(*_: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(site.recorder, "_append", full)
    assert client.get("/login-whoAmI.api", {"apikey": key}).status == 503


def test_a_failed_group_fails_for_each_of_its_writers_and_the_next_succeeds(site, write, monkeypatch):
    from django.db import DatabaseError

    from keyhouse.audit.verify import Intact, verify

    with monkeypatch.context() as broken, pytest.raises(DatabaseError):
        broken.setattr(site.recorder, "_clock", lambda: (_ for _ in ()).throw(DatabaseError()))
        write(1)
    write(1)
    assert isinstance(verify(), Intact)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE keyhouse_audit_event SET comment = 'x'",
        "DELETE FROM keyhouse_audit_event",
        "REPLACE INTO keyhouse_audit_event SELECT * FROM keyhouse_audit_event WHERE sequence = 1",
        "INSERT OR REPLACE INTO keyhouse_audit_event SELECT * FROM keyhouse_audit_event WHERE sequence = 1",
        "UPDATE OR REPLACE keyhouse_audit_event SET sequence = 2 WHERE sequence = 1",
    ],
)
def test_the_database_itself_refuses_to_change_a_row(site, write, statement):
    from django.db import DatabaseError, connection

    from keyhouse.audit.verify import Intact, verify

    write(3)
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert isinstance(verify(), Intact)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(st.characters(codec=None)), st.dictionaries(st.text(), ANY_JSON, max_size=3))
def test_any_text_and_details_can_be_recorded_and_verified(site, text, details):
    from dataclasses import replace

    from keyhouse.audit import Event, Kind
    from keyhouse.audit.verify import Intact, verify
    from keyhouse.core.principal import Principal

    caller = replace(OPERATOR, user_agent=text, address=text, principal=Principal(0, text, text))
    site.recorder.record(Event(Kind.DATA_READ, caller, text, folder=text, schema=text, query=text, details=details))
    assert isinstance(verify(), Intact)


def test_a_key_in_any_column_is_cut_out(site, analyst, write):
    from dataclasses import replace

    from keyhouse.audit import Event, Kind
    from keyhouse.audit.models import AuditEvent

    key = issue(site, analyst)
    caller = replace(OPERATOR, user_agent=f"curl {key}")
    site.recorder.record(Event(Kind.DATA_READ, caller, f"x {key}", query=key, details={"a": [key], key: 1}))
    row = AuditEvent.objects.order_by("-sequence").values().first()
    assert key[17:] not in repr(row) and repr(row).count("[key]") == 5
