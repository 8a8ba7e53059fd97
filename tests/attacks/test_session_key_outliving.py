"""Attack: go on with a session key after its browser session has ended, prolong the session with it, or revive it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from keyhouse.system import now
from tests.session_keys import CREATE, WHO, Browser, row, run_upkeep, signed_in
from tests.site import OPERATOR, PASSWORD, Client, set_site, sign_in

COOKIE = "JSESSIONID"
SESSIONS, MINE, TOOLS = "/user-showSessions.view", "/user-mySessions.view", "/security-externalToolsView.view"


@pytest.fixture
def browser(site, front, analyst) -> Browser:
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    return signed_in(front, analyst.email)


def by_administrator(site, browser, analyst):
    site.users.add("boss@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    boss = signed_in(browser.front, "boss@example.org")
    session = analyst.browser_sessions.get().public_id
    assert boss.client.post(SESSIONS, form={"session": session}).status == 303


def by_administrator_all(site, browser, analyst):
    site.users.add("boss@example.org", OPERATOR, PASSWORD, is_site_admin=True)
    boss = signed_in(browser.front, "boss@example.org")
    form = {"do": "end-all", "userId": analyst.id, "confirmed": "1"}
    assert boss.client.post(SESSIONS, form=form).status == 303


def from_another_browser(site, browser, analyst):
    other = signed_in(browser.front, analyst.email)
    assert other.client.post(MINE, form={"do": "end-others", "confirmed": "1"}).status == 303


def by_its_own_program(site, browser, analyst):
    program = Client(browser.front, keeps_cookies=False)
    assert program.post("/login-logoutApi.api", {"apikey": browser.key()}, json={}).status == 200


ENDS = {
    "sign-out": lambda site, browser, analyst: browser.sign_out(),
    "sign-out by a program with a session key": by_its_own_program,
    "a new sign-in in that browser": lambda site, browser, analyst: sign_in(browser.client, analyst.email),
    "idle time": lambda site, browser, analyst: row(last_seen_at=now() - timedelta(seconds=1801)),
    "its longest life": lambda site, browser, analyst: row(ends_at=now()),
    "a shorter idle time": lambda site, browser, analyst: (
        row(last_seen_at=now() - timedelta(minutes=2)),
        set_site(site, sessionIdleSeconds=60),
    ),
    "the owner in another browser": from_another_browser,
    "an administrator": by_administrator,
    "an administrator, all": by_administrator_all,
    "a new password": lambda site, browser, analyst: site.users.set_password(analyst, "a quite new one", OPERATOR),
    "a password taken away": lambda site, browser, analyst: site.users.rotate_password(analyst, OPERATOR),
    "deactivation": lambda site, browser, analyst: site.users.deactivate(analyst, OPERATOR),
    "deletion of the user": lambda site, browser, analyst: site.users.delete(analyst, OPERATOR),
}


@pytest.mark.parametrize("end", ENDS)
def test_whatever_ends_a_session_ends_its_keys_on_the_next_request(site, browser, analyst, end):
    keys, cookie = [browser.key(), browser.key()], browser.client.cookies[COOKIE]
    assert [browser.program(key).status for key in keys] == [200, 200]
    ENDS[end](site, browser, analyst)
    assert [browser.program(key).status for key in keys] == [401, 401]
    assert Client(browser.front, cookies={COOKIE: cookie}).get(WHO).json["email"] == "guest"


@pytest.mark.parametrize("end", ["idle time", "its longest life", "sign-out", "deactivation"])
def test_nothing_revives_a_key_whose_session_ended(site, browser, analyst, end):
    key, cookie = browser.key(), browser.client.cookies[COOKIE]
    ENDS[end](site, browser, analyst)
    for headers in ({"apikey": key}, {"apikey": key, "cookie": f"{COOKIE}={cookie}"}):
        assert Client(browser.front, keeps_cookies=False).get(WHO, headers).status == 401
    run_upkeep(site)
    site.users.reactivate(analyst, OPERATOR)
    signed_in(browser.front, analyst.email)
    assert browser.reason(key) == (401, "session_ended")


def test_a_session_key_opens_nothing_that_could_outlive_it(browser):
    key = browser.key()
    keeping = Client(browser.front)
    assert keeping.get(WHO, {"apikey": key}).json["email"] == "analyst@example.org"
    assert COOKIE not in keeping.cookies
    assert keeping.get(WHO).json["email"] == "guest"


@pytest.mark.parametrize("kind", ["apikey", "session"])
def test_a_session_key_issues_no_keys(browser, kind):
    program = Client(browser.front)
    headers = {"apikey": browser.key()}
    assert program.post(CREATE, headers, json={"type": kind}).status == 403
    assert "_token" not in program.post(TOOLS, headers, form={"type": kind}).text


def test_a_session_key_neither_prolongs_its_session_nor_lets_itself(site, browser):
    from keyhouse.keys.models import SessionKey

    set_site(site, sessionKeysMayKeepAlive=True)
    key = browser.key()
    before = row(last_seen_at=now() - timedelta(minutes=20))
    program = Client(browser.front, keeps_cookies=False)
    form = {"do": "keep-alive", "sessionKey": SessionKey.objects.get().pk}
    assert program.post(TOOLS, {"apikey": key}, form=form).status == 400
    for path in (WHO, "/home/project-begin.view", TOOLS, MINE):
        program.get(path, {"apikey": key})
    after = row()
    assert (after.last_seen_at, after.kept_at, after.ends_at) == (before.last_seen_at, None, before.ends_at)


def test_a_session_key_beside_the_cookie_of_somebody_else_gains_nothing_of_it(site, browser, admin):
    theirs = signed_in(browser.front, admin.email)
    from keyhouse.sessions.models import BrowserSession

    long_ago = now() - timedelta(minutes=20)
    BrowserSession.objects.filter(user=admin).update(last_seen_at=long_ago)
    answer = theirs.client.get(WHO, {"apikey": browser.key()})
    assert answer.json["email"] == "analyst@example.org"
    assert BrowserSession.objects.get(user=admin).last_seen_at == long_ago


def test_a_key_issued_while_the_session_ends_has_no_session_to_live_in(site, browser, analyst):
    """Issuing locks the session's row: either the key is ended with the session, or it is never made."""
    from django.db import connections

    from keyhouse.sessions.models import BrowserSession

    def close(work):
        try:
            return work()
        finally:
            connections.close_all()

    for _ in range(3):
        tried = Browser(Client(browser.front))
        sign_in(tried.client, analyst.email)
        cookies = dict(tried.client.cookies)

        def make(cookies=cookies):
            made = Client(browser.front, cookies=dict(cookies)).post(CREATE, json={"type": "session"})
            return made.json.get("apikey") if made.status == 200 else None

        def leave(cookies=cookies):
            Client(browser.front, cookies=dict(cookies)).post("/login-logoutApi.api", json={})

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(close, [make, make, leave, make]))
        assert [browser.program(key).status for key in made if key] == [401] * len([key for key in made if key])
    assert BrowserSession.objects.filter(user=analyst).count() == 1


def test_a_key_is_not_issued_to_a_session_in_which_an_impersonation_began_meanwhile(site, front, admin, analyst):
    set_site(site, allowSessionKeys=True)
    boss = signed_in(front, admin.email)
    from keyhouse.core.caller import Caller
    from keyhouse.core.principal import Principal
    from keyhouse.sessions.models import BrowserSession

    decided = Caller(Principal(admin.id, admin.email, ""))
    assert boss.client.post("/user-impersonateUser.api", json={"userId": analyst.id}).status == 200
    with pytest.raises(BrowserSession.DoesNotExist):
        site.session_keys.issue(BrowserSession.objects.get().public_id, decided)
