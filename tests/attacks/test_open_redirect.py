"""Attack: a link to our sign-in page that leads on to the attacker's."""

from urllib.parse import urljoin, urlsplit

import pytest

from tests.site import PASSWORD, sign_in

TARGETS = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/labkey/..//evil.example",
    "/labkey/\t//evil.example",
    " https://evil.example",
    "/%0d%0aLocation:https://evil.example",
    "/labkey@evil.example",
    "/labkey.evil.example/",
]


def stays_here(location: str) -> bool:
    return urlsplit(urljoin("http://127.0.0.1:8080/labkey/login-login.view", location)).netloc == "127.0.0.1:8080"


@pytest.mark.parametrize("target", TARGETS)
def test_signing_in_never_leads_away(site, client, analyst, target):
    page = client.get("/login-login.view", returnUrl=target)
    assert target not in page.text or not target.strip()
    form = {"email": analyst.email, "password": PASSWORD, "returnUrl": target}
    answer = client.post("/login-login.view", form=form)
    assert answer.status == 303 and answer.header("Location") == "/labkey/home/project-begin.view"
    again = client.get("/login-login.view", returnUrl=target)
    assert stays_here(again.header("Location")) and "evil" not in again.header("Location")


@pytest.mark.parametrize("target", TARGETS)
def test_the_api_hands_out_no_foreign_return_url(site, client, analyst, target):
    form = {"email": analyst.email, "password": PASSWORD, "returnUrl": target}
    assert "evil" not in client.post("/login-loginApi.api", form=form).json["returnUrl"]


@pytest.mark.parametrize("target", TARGETS)
def test_signing_out_never_leads_away(site, client, analyst, target):
    sign_in(client, analyst.email)
    answer = client.post("/login-logout.view", {"Accept": "text/html"}, form={"returnUrl": target})
    assert "evil" not in (answer.header("Location") or "")


def test_a_guest_is_led_back_only_to_where_the_request_was(site, client, analyst):
    answer = client.get("//evil.example/user-showUsers.view")
    assert "evil" not in (answer.header("Location") or "").partition("?")[0]
