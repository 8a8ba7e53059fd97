"""Loggers and the audit log."""

import json
import logging

import pytest

from tests.console.pages import ADMIN, ANALYST, sign_in, submit, words
from tests.site import issue

AUTHENTICATION = "org.labkey.api.security.SecurityManager.Authentication"
LOGGERS, AUDIT = "/logger-manage.view", "/audit-showAuditLog.view"


@pytest.fixture
def signed_in(client, admin, analyst):
    sign_in(client, ADMIN)
    return client


def test_the_level_of_a_logger_is_set_and_reset_while_the_server_runs(signed_in):
    submit(signed_in, LOGGERS, do="update", name=AUTHENTICATION, level="DEBUG")
    assert logging.getLogger(AUTHENTICATION).isEnabledFor(logging.DEBUG)
    submit(signed_in, LOGGERS, do="reset")
    assert not logging.getLogger(AUTHENTICATION).isEnabledFor(logging.DEBUG)


def test_a_changed_level_is_in_the_audit_log(signed_in):
    submit(signed_in, LOGGERS, do="update", name=AUTHENTICATION, level="DEBUG")
    assert f"Logger {AUTHENTICATION} was set to DEBUG." in words(signed_in.get(f"{AUDIT}?kind=logger level changed"))


@pytest.mark.parametrize(("name", "level"), [("no.such.logger", "DEBUG"), (AUTHENTICATION, "LOUD")])
def test_an_unknown_logger_or_level_is_named(signed_in, name, level):
    answer = submit(signed_in, LOGGERS, do="update", name=name, level=level)
    assert answer.status == 400
    assert "There is no" in words(answer)


def test_loggers_are_found_by_part_of_their_name(signed_in):
    assert AUTHENTICATION in words(signed_in.get(f"{LOGGERS}?q=authentic"))
    assert "No logger found" in words(signed_in.get(f"{LOGGERS}?q=zzz"))


def test_events_are_found_by_kind_user_key_and_day(signed_in, site, analyst):
    from keyhouse.keys.models import ApiKey

    issue(site, analyst)
    key = ApiKey.objects.get()
    today = f"{site.clock():%Y-%m-%d}"
    for query in ("kind=key issued", f"user={ANALYST}", f"key={key.key_id}", f"after={today}&before={today}"):
        assert f"API key {key.key_id} was issued" in words(signed_in.get(f"{AUDIT}?{query}"))
    for query in ("kind=sign-out", "user=nobody", "key=none", "before=2020-01-01", "after=2999-01-01"):
        assert "Nothing in the log meets this search." in words(signed_in.get(f"{AUDIT}?{query}"))


def test_a_day_that_is_none_is_told(signed_in):
    answer = signed_in.get(f"{AUDIT}?after=yesterday")
    assert answer.status == 400
    assert "'yesterday' is not a day" in words(answer)


def test_the_chain_is_verified_on_the_page(signed_in):
    assert "events are whole and in order" in words(submit(signed_in, AUDIT, do="verify"))


def test_a_forged_event_is_named(signed_in):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'keyhouse_audit_event'"
        )
        for name, _sql in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("UPDATE keyhouse_audit_event SET comment = 'nothing happened' WHERE sequence = 2")
    assert "The chain is broken at event 2" in words(submit(signed_in, AUDIT, do="verify"))


def test_the_export_has_every_event_as_a_line_itself_included(signed_in):
    from keyhouse.audit.models import AuditEvent

    answer = signed_in.get("/audit-exportAuditLog.view")
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert [event["sequence"] for event in events] == list(range(1, AuditEvent.objects.count() + 1))
    assert events[-1]["kind"] == "audit read"


def test_a_page_has_a_hundred_events_and_leads_to_the_next(signed_in):
    for number in range(101):
        submit(signed_in, LOGGERS, do="reset", n=number)
    page = words(signed_in.get(AUDIT))
    assert "Events 1 to 100 of" in page
    assert "Events 101 to" in words(signed_in.get(f"{AUDIT}?offset=100"))
