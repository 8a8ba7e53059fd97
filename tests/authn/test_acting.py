"""The door and who acts for whom: which credential counts, and what happens when the cookie of it is old."""

from datetime import timedelta

import pytest
from tests.site import Client, issue, sign_in


@pytest.fixture
def script(site, front, admin, analyst):
    """A program of the administrator that impersonates the analyst, and keeps cookies."""
    made = Client(front)
    made.headers = {"apikey": issue(site, admin)}
    made.post("/user-impersonateUser.api", made.headers, json={"userId": analyst.id})
    return made


def who(client, headers=None):
    told = client.get("/login-whoAmI.api", headers)
    return (told.json["email"], told.json["impersonated"]) if told.status == 200 else told.json.get("reason")


@pytest.fixture
def at(site, monkeypatch):
    """Set the clock of the door and of what it hands out, so long after now."""

    def move(later):
        now = site.clock() + later
        monkeypatch.setattr(site.door, "_clock", lambda: now)
        object.__setattr__(site, "clock", lambda: now)

    return move


def test_the_cookie_counts_beside_its_key_and_alone(script, analyst):
    assert who(script, script.headers) == (analyst.email, True)
    assert who(script) == (analyst.email, True)


def test_another_key_of_the_same_person_goes_on_in_the_session(script, site, admin, analyst):
    assert who(script, {"apikey": issue(site, admin)}) == (analyst.email, True)


def test_the_key_of_who_is_impersonated_is_another_persons(script, site, analyst):
    answer = script.get("/login-whoAmI.api", {"apikey": issue(site, analyst)})
    assert (answer.status, answer.json["sources"]) == (400, ["the apikey header", "the session cookie"])


def test_a_browser_cookie_and_a_key_of_the_administrator_agree(site, client, admin, analyst):
    sign_in(client, admin.email)
    client.post("/user-impersonateUser.api", json={"userId": analyst.id})
    assert who(client, {"apikey": issue(site, admin)}) == (analyst.email, True)


def test_a_program_in_use_keeps_its_impersonation(script, analyst, at):
    for _ in range(6):
        at(timedelta(minutes=20))
        assert who(script, script.headers) == (analyst.email, True)


def test_a_program_that_comes_back_late_is_told_and_not_taken_for_the_administrator_unawares(script, admin, at):
    from keyhouse.sessions.models import ImpersonationRow

    at(timedelta(minutes=31))
    assert who(script, script.headers) == "impersonation_ended"
    assert not ImpersonationRow.objects.exists() and "JSESSIONID" not in script.cookies
    assert who(script, script.headers) == (admin.email, False)


def test_a_late_cookie_alone_is_told_too_and_lets_nobody_in(script, at):
    cookie = script.cookies["JSESSIONID"]
    at(timedelta(minutes=31))
    assert who(script) == "impersonation_ended"
    script.cookies["JSESSIONID"] = cookie
    assert who(script) == ("guest", False)


def test_being_stopped_counts_for_no_failure_and_is_logged_as_what_it_is(script, site, analyst):
    from tests.site import OPERATOR

    from keyhouse.audit.models import AuditEvent

    site.users.deactivate(analyst, OPERATOR)
    answer = script.post("/home/query-selectRows.api", script.headers, json={"schemaName": "core"})
    assert (answer.status, answer.json["success"], answer.json["reason"]) == (403, False, "impersonation_ended")
    assert "You act as yourself again." in answer.json["exception"]
    assert not AuditEvent.objects.filter(kind__in=["key refused", "throttled"]).exists()
    assert AuditEvent.objects.filter(kind="impersonation stopped", reason="impersonation_ended").count() == 2


def test_an_impersonation_stopped_elsewhere_is_over_here(script, front, admin):
    other = Client(front, cookies=dict(script.cookies))
    other.post("/login-stopImpersonatingApi.api", script.headers, json={})
    assert who(script, script.headers) == (admin.email, False)
