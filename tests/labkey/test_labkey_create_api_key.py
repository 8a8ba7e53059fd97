"""Issuing keys through the client API, and who may (keys.md, sections 4 and 5)."""

import base64
from datetime import timedelta

import pytest
from tests.site import PASSWORD, Client, issue, set_site, sign_in

ANALYST = "analyst@example.org"
PATH = "/security-createApiKey.api"


@pytest.fixture
def browser(client, analyst):
    sign_in(client, ANALYST)
    return client


def test_key_stands_in_one_answer_that_no_cache_keeps(site, browser, keys_on):
    answer = browser.post(PATH, json={"type": "apikey", "description": "for R"})
    assert answer.status == 200
    assert list(answer.json) == ["apikey"]
    assert answer.header("Cache-Control") == "no-store"
    fresh = Client(browser.front, keeps_cookies=False)
    assert fresh.get("/login-whoAmI.api", {"apikey": answer.json["apikey"]}).json["email"] == ANALYST


def test_form_will_do_as_well_as_json(browser, keys_on):
    from keyhouse.keys.models import ApiKey

    assert browser.post(PATH, form={"type": "apikey", "description": "  for curl "}).status == 200
    assert ApiKey.objects.get().description == "for curl"


def test_issuing_is_audited_without_the_key(browser, keys_on, events):
    key = browser.post(PATH, json={"type": "apikey"}).json["apikey"]
    [event] = events("key issued")
    assert event.user == ANALYST
    assert key not in f"{event.comment}{event.details}"
    assert key.split("_")[1] in event.comment


def test_owner_may_choose_a_shorter_life_but_no_longer_one(site, browser, keys_on):
    from keyhouse.keys.models import ApiKey

    set_site(site, apiKeyExpirationSeconds=604_800)
    for seconds in (60, 31_536_000, -1):
        assert browser.post(PATH, json={"type": "apikey", "expirationSeconds": seconds}).status == 200
    lives = [key.expires_at - key.created_at for key in ApiKey.objects.order_by("id")]
    assert lives == [timedelta(seconds=60), timedelta(days=7), timedelta(days=7)]


@pytest.mark.parametrize("seconds", [0, -2, 10**12, "soon", {"days": 1}, 10**400])
def test_life_that_is_none_is_refused(browser, keys_on, seconds):
    assert browser.post(PATH, json={"type": "apikey", "expirationSeconds": seconds}).status == 400


@pytest.mark.parametrize("kind", ["", "Password", None])
def test_unknown_type_is_not_found(browser, keys_on, kind):
    answer = browser.post(PATH, json={"type": kind})
    assert (answer.status, answer.json["exception"]) == (404, "Invalid type specified")


@pytest.mark.parametrize(("kind", "words"), [("apikey", "API keys"), ("session", "session keys")])
def test_kind_that_is_switched_off_is_not_found(browser, kind, words):
    answer = browser.post(PATH, json={"type": kind})
    assert (answer.status, answer.json["exception"]) == (404, f"Creation of {words} is disabled")


def test_guest_is_challenged(client, keys_on):
    client.get("/login-whoAmI.api")
    answer = client.post(PATH, json={"type": "apikey"})
    assert answer.status == 401
    assert answer.all("WWW-Authenticate")[0].startswith("Basic realm")


def test_get_is_refused(browser, keys_on):
    assert browser.get(PATH, type="apikey").status == 405


def test_foreign_page_cannot_create_a_key(browser, keys_on):
    assert browser.post(PATH, json={"type": "apikey"}, csrf=False).status == 401


def test_api_key_issues_keys_only_where_the_site_lets_it(site, front, analyst, keys_on):
    script = Client(front, keeps_cookies=False)
    header = {"apikey": issue(site, analyst)}
    answer = script.post(PATH, header, json={"type": "apikey"})
    assert answer.status == 403
    assert "API key" in answer.json["exception"]
    set_site(site, apiKeysMayIssueKeys=True)
    assert script.post(PATH, header, json={"type": "apikey"}).status == 200


def test_session_opened_with_a_key_is_no_more_than_the_key(site, client, analyst, keys_on):
    client.get("/login-whoAmI.api", {"apikey": issue(site, analyst)})
    assert client.get("/login-whoAmI.api").json["email"] == ANALYST
    assert client.post(PATH, json={"type": "apikey"}).status == 403


@pytest.mark.parametrize("keeps_cookies", [False, True])
def test_password_over_basic_is_not_enough(front, analyst, keys_on, keeps_cookies):
    client = Client(front, keeps_cookies=keeps_cookies)
    basic = {"Authorization": "Basic " + base64.b64encode(f"{ANALYST}:{PASSWORD}".encode()).decode()}
    client.get("/login-whoAmI.api", basic)
    answer = client.post(PATH, None if keeps_cookies else basic, json={"type": "apikey"})
    assert answer.status == 403
    assert "Sign in on the page" in answer.json["exception"]


def test_session_key_is_issued_to_a_browser_session_and_ends_with_it(browser, keys_on):
    key = browser.post(PATH, json={"type": "session"}).json["apikey"]
    script = Client(browser.front, keeps_cookies=False)
    assert key.startswith("khs_")
    assert script.get("/login-whoAmI.api", {"apikey": key}).json["email"] == ANALYST
    browser.post("/login-logoutApi.api")
    assert script.get("/login-whoAmI.api", {"apikey": key}).status == 401


@pytest.mark.parametrize("kind", ["apikey", "session"])
def test_session_key_issues_no_keys(browser, keys_on, kind):
    key = browser.post(PATH, json={"type": "session"}).json["apikey"]
    script = Client(browser.front, keeps_cookies=False)
    assert script.post(PATH, {"apikey": key}, json={"type": kind}).status == 403


def test_api_key_gets_no_session_key_even_where_keys_may_issue_keys(site, front, analyst, keys_on):
    set_site(site, apiKeysMayIssueKeys=True)
    script = Client(front, keeps_cookies=False)
    assert script.post(PATH, {"apikey": issue(site, analyst)}, json={"type": "session"}).status == 403


def test_session_key_that_signs_out_ends_the_browser_session(browser, keys_on):
    key = browser.post(PATH, json={"type": "session"}).json["apikey"]
    Client(browser.front, keeps_cookies=False).post("/login-logoutApi.api", {"apikey": key})
    assert browser.get("/login-whoAmI.api").json["email"] == "guest"


def test_stale_sign_in_is_refused_where_a_fresh_one_is_asked_for(site, browser, keys_on):
    from keyhouse.sessions.models import BrowserSession

    set_site(site, requireFreshSignIn=True, freshSignInSeconds=900)
    assert browser.post(PATH, json={"type": "apikey"}).status == 200
    BrowserSession.objects.update(proved_at=site.clock() - timedelta(seconds=901))
    for kind in ("apikey", "session"):
        answer = browser.post(PATH, json={"type": kind})
        assert (answer.status, answer.json["reason"]) == (403, "fresh_sign_in_required")
        assert answer.json["url"] == "http://127.0.0.1:8080/labkey/login-reauthenticate.view"
        assert answer.json["url"] in answer.json["exception"]
        assert "apikey" not in answer.json


def test_refusal_is_audited(site, front, analyst, keys_on, events):
    Client(front, keeps_cookies=False).post(PATH, {"apikey": issue(site, analyst)}, json={"type": "apikey"})
    assert "An API key cannot" in events("access refused")[-1].comment


@pytest.mark.parametrize("kind", ["API_KEY", "SESSION_KEY"])
def test_nobody_creates_a_key_while_impersonating(site, kind):
    from keyhouse.core.context import DeclaredContext
    from keyhouse.core.decision import BROWSER_SESSION, Allowed, Via
    from keyhouse.core.impersonation import Guise, Impersonation
    from keyhouse.core.principal import Principal
    from keyhouse.core.tokens import TokenKind
    from keyhouse.keys.permission import why_not
    from keyhouse.siteconfig import SiteSettings

    settings = SiteSettings(allow_api_keys=True, allow_session_keys=True)
    allowed = Allowed(
        Principal(1002, "a@b.org", "a"),
        Via(BROWSER_SESSION),
        DeclaredContext(
            impersonation=Impersonation(Principal(1001, "admin@example.org", "Admin"), Guise.ROLES, "Reader")
        ),
    )
    refusal = why_not(TokenKind[kind], allowed, settings)
    assert refusal is not None
    assert refusal.status == 403
    assert refusal.text.endswith("while impersonating")
    assert refusal.text.startswith("Can't create a")


def test_ensure_login_tells_the_flags_as_strings(script):
    user = script.get("/nowhere/at/all/security-ensureLogin.api").json["currentUser"]
    assert user["email"] == ANALYST
    flags = {name: value for name, value in user.items() if name.startswith(("can", "is"))}
    assert len(flags) == 6
    assert set(flags.values()) == {"false"}
