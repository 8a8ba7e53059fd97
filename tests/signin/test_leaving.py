"""Signing out beyond this site: at the provider after us, and here after the provider."""

import pytest
from tests.console.pages import submit, words
from tests.providers.made_up import AT, configured, sign_in_at, stand_in
from tests.session_keys import ENDED, Browser
from tests.site import PASSWORD, Client, issue, set_site, sign_in

from keyhouse.audit import Kind

WHO = "/login-whoAmI.api"
BACK = "http://127.0.0.1:8080/labkey/login-signedOut.view"


@pytest.fixture
def made(monkeypatch, site, analyst):
    set_site(site, allowSessionKeys=True)
    return stand_in(monkeypatch, site)


@pytest.fixture
def university(made):
    return configured()


@pytest.fixture
def browser(client, university):
    assert sign_in_at(client, university).status == 303
    assert client.get(WHO).json["email"] == "analyst@example.org"
    return Browser(client)


def ends(site, configuration, **named):
    provider = site.providers.find(configuration.id)
    return site.provider_endings.end(provider, **named)


def events(kind):
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence"))


def test_a_provider_that_ends_its_session_ends_ours_and_its_keys(site, browser, university, analyst):
    session_key, api_key = browser.key(), issue(site, analyst)
    ended = ends(site, university, session_name="sid-1")
    assert (ended.sessions, ended.keys) == (1, 1)
    assert browser.email == "guest"
    assert browser.reason(session_key) == ENDED
    assert browser.program(api_key).json["email"] == "analyst@example.org"


def test_a_provider_that_says_a_person_is_gone_ends_all_their_sessions(site, front, browser, made, university):
    made.says(session_name="sid-2")
    other = Client(front)
    sign_in_at(other, university)
    assert ends(site, university, subject="subject-1").sessions == 2
    assert browser.email == other.get(WHO).json["email"] == "guest"


def test_the_end_of_one_session_at_the_provider_leaves_another_one_of_that_person(
    site, front, browser, made, university
):
    made.says(session_name="sid-2")
    other = Client(front)
    sign_in_at(other, university)
    assert ends(site, university, session_name="sid-1", subject="subject-1").sessions == 1
    assert (browser.email, other.get(WHO).json["email"]) == ("guest", "analyst@example.org")


def test_sessions_that_a_password_began_outlive_what_a_provider_ends(site, front, browser, university):
    by_password = Client(front)
    sign_in(by_password, "analyst@example.org")
    ends(site, university, subject="subject-1")
    assert by_password.get(WHO).json["email"] == "analyst@example.org"


def test_the_log_says_that_it_was_the_provider(site, browser, university):
    ends(site, university, session_name="sid-1", address="192.0.2.7")
    event = events(Kind.SESSION_ENDED)[-1]
    assert "ended by the identity provider" in event.comment
    assert event.details["why"] == "the identity provider"
    assert (event.address, event.user) == ("192.0.2.7", "University SSO")


def test_an_ending_names_somebody(site, university):
    with pytest.raises(ValueError, match="names"):
        ends(site, university, session_name="", subject="")


def test_a_sign_in_that_waits_for_its_second_factor_ends_with_the_providers_session(
    site, client, made, university, monkeypatch
):
    from keyhouse.signin import pending
    from keyhouse.signin.entering import SignIns

    kept = []
    monkeypatch.setattr(site.factors.__class__, "needs", lambda *_: True)
    monkeypatch.setattr(pending, "keep", lambda request, waits: kept.append((request, waits.proof)))
    sign_in_at(client, university)
    ends(site, university, session_name="sid-1")
    [(request, proof)] = kept
    assert SignIns.enter(site.sign_ins, request, proof) == "session_ended"


def test_who_is_ended_at_the_very_moment_of_the_sign_in_does_not_get_in(monkeypatch, site, client, university, analyst):
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.signin import entering

    is_on, provider = entering._is_on, site.providers.find(university.id)

    def meanwhile(number):
        site.provider_endings.end(provider, session_name="sid-1")
        return is_on(number)

    monkeypatch.setattr(entering, "_is_on", meanwhile)
    assert sign_in_at(client, university).status == 403
    assert not BrowserSession.objects.filter(user=analyst).exists()


def test_who_was_ended_by_the_provider_signs_in_anew(site, browser, university):
    ends(site, university, subject="subject-1")
    assert sign_in_at(browser.client, university).status == 303
    assert browser.email == "analyst@example.org"


def test_signing_out_ends_our_session_and_leads_on_to_the_provider(browser):
    session_key = browser.key()
    answer = submit(browser.client, "/login-logout.view", returnUrl="/labkey/study/project-begin.view")
    assert answer.header("Location") == "/labkey/login-signedOut.view"
    assert browser.reason(session_key) == ENDED
    page = browser.client.get("/login-signedOut.view")
    assert "You are signed out here" in words(page)
    assert f'<meta http-equiv="refresh" content="1; url={AT}/end?hint=H1&amp;back={BACK}">' in page.text
    assert f'href="{AT}/end' in page.text


def test_the_way_back_from_the_provider_leads_nowhere_but_here(browser):
    submit(browser.client, "/login-logout.view", returnUrl="/labkey/study/project-begin.view")
    browser.client.get("/login-signedOut.view")
    back = browser.client.get("/login-signedOut.view")
    assert "You are signed out here" in words(back)
    assert AT not in back.text
    assert "login-login.view?returnUrl=%2Flabkey%2Fstudy" in back.text
    assert "returnUrl" not in browser.client.get("/login-signedOut.view").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/labkey\\@evil.example"])
def test_the_page_after_signing_out_never_leads_to_another_site(browser, elsewhere):
    submit(browser.client, "/login-logout.view", returnUrl=elsewhere)
    browser.client.get("/login-signedOut.view", returnUrl=elsewhere, url=elsewhere)
    assert "evil" not in browser.client.get("/login-signedOut.view", returnUrl=elsewhere).text


def test_who_signs_out_where_the_provider_takes_no_sign_out_is_told(browser, made):
    made.has_sign_out = False
    submit(browser.client, "/login-logout.view")
    assert "You may still be signed in at University SSO" in words(browser.client.get("/login-signedOut.view"))


def test_a_provider_that_is_down_holds_up_no_sign_out(browser, made, monkeypatch):
    from keyhouse.signin.method import ProviderDown

    def down(*_):
        raise ProviderDown("University SSO", "connection refused")

    monkeypatch.setattr(made, "sign_out_url", down)
    session_key = browser.key()
    assert submit(browser.client, "/login-logout.view").status == 303
    assert (browser.email, browser.reason(session_key)) == ("guest", ENDED)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x"])
def test_an_address_that_is_no_web_address_is_not_led_to(browser, made, monkeypatch, address):
    monkeypatch.setattr(made, "sign_out_url", lambda *_: address)
    submit(browser.client, "/login-logout.view")
    assert address not in browser.client.get("/login-signedOut.view").text


def test_a_client_that_signs_out_is_told_where_the_provider_ends_its_session(browser):
    answer = browser.client.post("/login-logoutApi.api", json={})
    assert answer.json == {"success": True, "redirectUrl": f"{AT}/end?hint=H1&back={BACK}"}
    assert browser.email == "guest"


def test_a_program_with_a_session_key_signs_out_the_browser_and_learns_the_same(browser):
    key = browser.key()
    program = Client(browser.front, keeps_cookies=False)
    assert program.post("/login-logoutApi.api", {"apikey": key}).json["redirectUrl"].startswith(AT)
    assert browser.email == "guest"


def test_a_program_that_posts_to_the_page_keeps_its_answer(browser):
    assert browser.client.post("/login-logout.api").json == {"success": True}


def test_signing_out_with_a_password_leads_where_it_always_did(client, site, analyst):
    sign_in(client, "analyst@example.org")
    assert submit(client, "/login-logout.view").header("Location") == "/labkey/home/project-begin.view"


def test_an_administrator_who_impersonates_is_led_to_the_provider_too(site, front, made, university, analyst, admin):
    made.says(subject="subject-2", email="admin@example.org", session_name="sid-9")
    client = Client(front)
    sign_in_at(client, university)
    answer = client.post("/user-impersonateUser.api", form={"userId": analyst.id})
    assert answer.status == 200, answer.text
    answer = client.post("/login-logoutApi.api", json={})
    assert answer.json["redirectUrl"].startswith(AT)
    assert client.get(WHO).json["email"] == "guest"


def test_a_configuration_that_is_switched_off_is_not_led_to(browser, university):
    type(university).objects.update(is_enabled=False)
    assert browser.client.post("/login-logoutApi.api", json={}).json == {"success": True}


def test_who_is_signed_in_is_not_told_that_they_are_out(browser):
    assert browser.client.get("/login-signedOut.view").header("Location") == "/labkey/home/project-begin.view"


def test_a_new_password_does_not_hide_the_session_from_the_provider(site, browser, university):
    new = "another long password"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert submit(browser.client, "/login-changePassword.view", **form).status == 303
    assert browser.email == "analyst@example.org"
    assert ends(site, university, session_name="sid-1").sessions == 1
    assert browser.email == "guest"


def test_what_waits_for_a_second_factor_has_no_token_of_the_provider_in_clear(monkeypatch, site, client, analyst):
    from keyhouse.sessions.models import BrowserSession

    set_site(site, secondFactorFor="everyone")
    provider = stand_in(monkeypatch, site)
    provider.says(session_name="ST-ticket", sign_out_with={"hint": "a whole ID token"})
    answer = sign_in_at(client, configured())
    assert "secondFactor" in answer.header("Location")
    waiting = str(BrowserSession.objects.get().data)
    assert "_keyhouse_pending" in waiting
    assert "ST-ticket" not in waiting and "ID token" not in waiting
