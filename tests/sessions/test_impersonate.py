"""An impersonation is one row of one session, and begins and ends together with its lines in the log."""

from datetime import timedelta

import pytest
from tests.site import OPERATOR, Client, issue, sign_in


@pytest.fixture
def browser(client, admin, analyst):
    sign_in(client, admin.email)
    return client


def stops():
    from keyhouse.audit.models import AuditEvent

    events = AuditEvent.objects.filter(kind="impersonation stopped").order_by("sequence")
    return [(event.user, event.reason) for event in events]


def start(browser, analyst, **headers):
    answer = browser.post("/user-impersonateUser.api", headers, json={"userId": analyst.id})
    assert answer.status == 200, answer.text


def test_what_cannot_be_logged_is_not_begun(browser, site, analyst, monkeypatch):
    from keyhouse.sessions.models import ImpersonationRow

    def fail(event):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(site.recorder, "record", fail)
    assert browser.post("/user-impersonateUser.api", json={"userId": analyst.id}).status == 500
    assert not ImpersonationRow.objects.exists()
    monkeypatch.undo()
    assert browser.get("/login-whoAmI.api").json["impersonated"] is False


def test_two_tabs_that_begin_at_once_begin_one(browser, site, admin, analyst):
    from keyhouse.core.caller import Caller
    from keyhouse.core.decision import BROWSER_SESSION, Via
    from keyhouse.core.impersonation import Guise, Impersonation
    from keyhouse.core.principal import Principal
    from keyhouse.sessions.impersonate import AlreadyImpersonating
    from keyhouse.sessions.models import BrowserSession, ImpersonationRow

    start(browser, analyst)
    behind = Principal(admin.id, admin.email, "")
    via = Via(BROWSER_SESSION, session_id=BrowserSession.objects.get(user=admin).public_id)
    with pytest.raises(AlreadyImpersonating):
        site.impersonations.start(Impersonation(behind, Guise.GROUP, "G", -2), Caller(behind, via))
    assert ImpersonationRow.objects.get().guise == "user"


def test_stopping_twice_is_logged_once(browser, site, admin, analyst):
    from keyhouse.authn import fetch
    from keyhouse.core.digests import digest

    start(browser, analyst)
    going_on = fetch.session_by_digest(digest(browser.cookies["JSESSIONID"])).context.impersonation
    assert site.impersonations.stop(going_on, OPERATOR) is not None
    assert site.impersonations.stop(going_on, OPERATOR) is None
    assert stops() == [(analyst.email, ""), (admin.email, "")]


@pytest.mark.parametrize("end", ["sign in again", "deactivate", "end"])
def test_it_ends_with_its_session_and_the_log_says_so(browser, site, front, admin, analyst, end):
    from django.db.models import Q

    from keyhouse.sessions.ending import Why
    from keyhouse.sessions.models import ImpersonationRow

    start(browser, analyst)
    if end == "sign in again":
        sign_in(browser, admin.email)
        assert browser.get("/login-whoAmI.api").json["impersonated"] is False
    elif end == "deactivate":
        site.users.deactivate(admin, OPERATOR)
    else:
        site.sessions.end(Q(user=admin), OPERATOR, Why.ADMINISTRATOR)
    assert not ImpersonationRow.objects.exists()
    assert stops() == [(analyst.email, "session_ended"), (admin.email, "session_ended")]


def test_it_ends_with_its_administrator_and_the_log_says_so_where_a_key_opened_the_session(site, front, admin, analyst):
    program, headers = Client(front), {"apikey": issue(site, admin)}
    start(program, analyst, **headers)
    site.users.add("other@example.org", OPERATOR, is_site_admin=True)
    site.users.delete(admin, OPERATOR)
    assert stops() == [(analyst.email, "session_ended"), (admin.email, "session_ended")]


def test_the_session_belongs_to_the_administrator_all_the_while(browser, admin, analyst):
    from keyhouse.sessions.models import BrowserSession

    start(browser, analyst)
    browser.get("/home/project-begin.view")
    session = BrowserSession.objects.get(user__isnull=False)
    assert session.user_id == admin.id
    browser.post("/login-stopImpersonatingApi.api", json={})
    assert BrowserSession.objects.get(user__isnull=False).id == session.id


def test_what_a_program_forgot_is_stopped_in_time_and_what_lives_is_not(site, front, admin, analyst):
    from keyhouse.sessions.models import ImpersonationRow

    script, key = Client(front), issue(site, admin)
    start(script, analyst, apikey=key)
    site.impersonations.stop_forgotten(timedelta(hours=1))
    assert ImpersonationRow.objects.exists()
    ImpersonationRow.objects.update(started_at=site.clock() - timedelta(hours=13))
    site.impersonations.stop_forgotten(timedelta(hours=12.5))
    assert not ImpersonationRow.objects.exists() and len(stops()) == 2
    assert script.get("/login-whoAmI.api", {"apikey": key}).json["impersonated"] is False
