"""Browser sessions: the digest alone at rest, nothing adopted, everything ended when it should be."""

from datetime import timedelta

import pytest
from tests.site import OPERATOR, PASSWORD, Client, set_site, sign_in

from keyhouse.core.digests import digest
from keyhouse.system import now

WHO = "/login-whoAmI.api"
COOKIE = "JSESSIONID"


@pytest.fixture
def browser(client, analyst):
    sign_in(client, analyst.email)
    return client


@pytest.fixture
def rows(site):
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects


def email(client: Client) -> str:
    return client.get(WHO).json["email"]


def test_only_the_digest_of_the_cookie_is_stored(browser, rows):
    row = rows.get()
    assert row.digest == digest(browser.cookies[COOKIE])
    assert browser.cookies[COOKIE] not in repr(row.__dict__)


def test_the_cookie_has_at_least_190_random_bits(browser):
    assert len(browser.cookies[COOKIE]) == 43


def test_signing_in_rotates_the_cookie_and_ends_the_old_session(browser, rows, analyst):
    before = browser.cookies[COOKIE]
    sign_in(browser, analyst.email)
    assert browser.cookies[COOKIE] != before
    assert rows.count() == 1
    browser.cookies[COOKIE] = before
    assert email(browser) == "guest"


def test_signing_in_as_somebody_else_leaves_nothing_of_the_first(site, browser, rows, admin):
    sign_in(browser, admin.email)
    assert email(browser) == admin.email
    assert [row.user_id for row in rows.all()] == [admin.id]


def test_an_idle_session_ends(site, browser, rows):
    rows.update(last_seen_at=now() - timedelta(seconds=1799))
    assert email(browser) != "guest"
    rows.update(last_seen_at=now() - timedelta(seconds=1801))
    assert email(browser) == "guest"


def test_the_idle_time_is_a_setting_that_holds_at_once(site, browser, rows):
    rows.update(last_seen_at=now() - timedelta(seconds=120))
    set_site(site, sessionIdleSeconds=60)
    assert email(browser) == "guest"


def test_being_there_keeps_a_session_awake_but_not_past_its_absolute_end(site, browser, rows):
    rows.update(last_seen_at=now() - timedelta(minutes=20))
    assert email(browser) != "guest"
    assert now() - rows.get().last_seen_at < timedelta(minutes=1)
    rows.update(ends_at=now())
    assert email(browser) == "guest"


def test_the_absolute_end_is_fixed_at_sign_in(site, client, analyst, rows):
    set_site(site, sessionAbsoluteSeconds=3600)
    sign_in(client, analyst.email)
    assert timedelta(minutes=59) < rows.get().ends_at - now() <= timedelta(hours=1)


def test_presence_is_not_written_on_every_request(browser, rows):
    seen = rows.get().last_seen_at
    email(browser)
    assert rows.get().last_seen_at == seen


def test_signing_out_ends_the_session_on_the_server(browser, rows):
    before = browser.cookies[COOKIE]
    assert browser.post("/login-logoutApi.api", json={}).status == 200
    assert COOKIE not in browser.cookies and not rows.exists()
    browser.cookies[COOKIE] = before
    assert email(browser) == "guest"


@pytest.mark.parametrize("end", ["set_password", "deactivate", "delete", "end_all"])
def test_what_ends_all_sessions_ends_them_in_every_browser(site, front, analyst, end):
    from keyhouse.sessions.ending import Ended, Why

    browsers = [Client(front) for _ in range(3)]
    for browser in browsers:
        sign_in(browser, analyst.email)
    if end == "end_all":
        assert site.sessions.end_all_of(analyst, OPERATOR, Why.ADMINISTRATOR) == Ended(3, 0)
    elif end == "set_password":
        site.users.set_password(analyst, "another horse battery", OPERATOR)
    else:
        getattr(site.users, end)(analyst, OPERATOR)
    assert [email(browser) for browser in browsers] == ["guest"] * 3


def test_reactivating_does_not_revive_sessions(site, browser, analyst):
    site.users.deactivate(analyst, OPERATOR)
    site.users.reactivate(analyst, OPERATOR)
    assert email(browser) == "guest"


def test_changing_the_password_on_the_page_keeps_this_browser_and_ends_the_others(site, front, browser, analyst):
    other = Client(front)
    sign_in(other, analyst.email)
    form = {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"}
    assert browser.post("/login-changePassword.view", form=form).status in {302, 303}
    assert (email(browser), email(other)) == (analyst.email, "guest")


def test_a_request_in_flight_cannot_save_an_ended_session_back_to_life(site, browser, rows):
    from django.contrib.sessions.backends.base import UpdateError

    from keyhouse.sessions.engine import SessionStore

    in_flight = SessionStore(browser.cookies[COOKIE])
    in_flight["note"] = "something to save"
    browser.post("/login-logoutApi.api", json={})
    with pytest.raises(UpdateError):
        in_flight.save()
    assert not rows.exists()


def test_a_session_is_not_bound_to_a_password_that_changed_meanwhile(site, analyst, rows):
    from django.contrib.auth import HASH_SESSION_KEY
    from django.contrib.sessions.backends.base import UpdateError

    from keyhouse.sessions.engine import SessionStore

    session = SessionStore()
    session["_auth_user_id"], session[HASH_SESSION_KEY] = str(analyst.id), analyst.get_session_auth_hash()
    site.users.set_password(analyst, "another horse battery", OPERATOR)
    with pytest.raises(UpdateError):
        session.save()
    assert not rows.exists()


def test_a_made_up_key_is_not_adopted_by_the_store(site, rows):
    from keyhouse.sessions.engine import SessionStore

    session = SessionStore("made-up")
    session["x"] = 1
    session.save()
    assert session.session_key != "made-up"
    assert rows.get().digest == digest(session.session_key)


def test_reading_pages_as_a_guest_makes_no_rows(client, rows):
    for path in (WHO, "/login-login.view", "/home/project-begin.view"):
        client.get(path)
    assert not rows.exists() and COOKIE not in client.cookies


def test_session_that_ends_while_it_is_saved_is_not_brought_back_to_life(site, client, analyst, monkeypatch):
    from django.contrib.sessions.backends.base import UpdateError

    from keyhouse.sessions.engine import SessionStore
    from keyhouse.sessions.models import BrowserSession

    sign_in(client, analyst.email)
    store = SessionStore(client.cookies["JSESSIONID"])
    store["note"] = "kept"
    read = store._row

    def ends_meanwhile(cookie):
        row = read(cookie)
        BrowserSession.objects.all().delete()
        return row

    monkeypatch.setattr(store, "_row", ends_meanwhile)
    with pytest.raises(UpdateError):
        store.save()
    assert not BrowserSession.objects.exists()
    assert client.get("/login-whoAmI.api").json["email"] == "guest"
