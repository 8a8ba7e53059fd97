"""CSRF: who must repeat the token, and who has nothing that a foreign page could borrow."""

import base64

import pytest
from tests.site import PASSWORD, Client, issue, set_site, sign_in

PATH = "/security-createApiKey.api"
BODY = {"type": "apikey"}
BASIC = {"Authorization": "Basic " + base64.b64encode(f"analyst@example.org:{PASSWORD}".encode()).decode()}
LOGOUT = "/login-logoutApi.api"


@pytest.fixture
def browser(site, client, analyst):
    set_site(site, allowApiKeys=True)
    sign_in(client, "analyst@example.org")
    return client


def test_a_cookie_alone_changes_nothing_without_the_token(browser):
    answer = browser.post(PATH, json=BODY, csrf=False)
    assert answer.status == 401
    assert answer.json["exception"].startswith("This request has an invalid security context.")
    assert browser.post(PATH, json=BODY).status == 200


def test_the_token_may_come_as_header_or_parameter(browser):
    token = browser.cookies["X-LABKEY-CSRF"]
    assert browser.post(PATH, form={**BODY, "X-LABKEY-CSRF": token}, csrf=False).status == 200
    assert browser.post(PATH, {"X-LABKEY-CSRF": token.upper()}, json=BODY).status == 200


@pytest.mark.parametrize("token", ["", "0" * 63, "0" * 64, "x" * 64, "é" * 64])
def test_a_wrong_token_is_refused(browser, token):
    assert browser.post(PATH, {"X-LABKEY-CSRF": token}, json=BODY).status == 401


def test_an_empty_token_cookie_matches_no_empty_token(browser):
    browser.cookies["X-LABKEY-CSRF"] = ""
    assert browser.post(PATH, {"X-LABKEY-CSRF": ""}, json=BODY).status == 401


def test_a_key_needs_no_token(site, browser, analyst):
    set_site(site, apiKeysMayIssueKeys=True)
    script = Client(browser.front, keeps_cookies=False)
    assert script.post(PATH, {"apikey": issue(site, analyst)}, json=BODY).status == 200


def test_the_cookie_that_a_key_opened_needs_the_token(site, browser, analyst):
    script = Client(browser.front)
    script.get("/login-whoAmI.api", {"apikey": issue(site, analyst)})
    assert script.post(LOGOUT, json={}, csrf=False).status == 401
    assert script.post(LOGOUT, json={}).status == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://127.0.0.1:8080"}, {"Referer": "http://x/"}, {"Sec-Fetch-Site": "none"}]
)
def test_a_password_over_basic_is_exempt_only_without_signs_of_a_page(browser, headers):
    script = Client(browser.front, keeps_cookies=False)
    assert script.post(LOGOUT, BASIC, json={}).status == 200
    assert script.post(LOGOUT, {**BASIC, **headers}, json={}).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:8080.evil.example"},
        {"Origin": "http://evil.example@127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_is_refused_even_with_the_token(browser, headers):
    assert browser.post(PATH, headers, json=BODY).status == 401


@pytest.mark.parametrize("headers", [{"Origin": "http://127.0.0.1:8080"}, {"Sec-Fetch-Site": "same-origin"}])
def test_our_own_pages_are_heard(browser, headers):
    assert browser.post(PATH, headers, json=BODY).status == 200


def test_a_foreign_page_cannot_sign_a_browser_in_as_somebody_else(site, client, analyst):
    form = {"email": "analyst@example.org", "password": PASSWORD}
    assert client.post("/login-loginApi.api", {"Origin": "https://evil.example"}, form=form).status == 401
    assert client.post("/login-login.view", {"Origin": "https://evil.example"}, form=form).status == 401
    assert "JSESSIONID" not in client.cookies


def test_permission_is_judged_before_the_token(site, client):
    assert client.post(PATH, json=BODY, csrf=False).json["exception"].startswith("User does not have permission")


def test_reading_needs_no_token(browser):
    assert browser.get("/security-ensureLogin.api").status == 200
