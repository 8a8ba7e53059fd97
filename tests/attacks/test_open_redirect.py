"""Attack: a link to our sign-in page that leads on to the attacker's."""

from urllib.parse import urljoin, urlsplit

import pytest

from tests.providers.made_up import come_back, configured, sign_in_at, stand_in
from tests.second_factors import SHOW, begin, show, with_app
from tests.site import PASSWORD, Client, sign_in

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


def test_coming_back_from_a_provider_never_leads_away(site, front, monkeypatch, analyst):
    made = stand_in(monkeypatch, site)
    row = configured()
    for target in TARGETS:
        client = Client(front)
        led = client.get("/login-ssoRedirect.view", configuration=row.id, returnUrl=target)
        assert "evil" not in made.flows[-1].return_url
        back = come_back(client, row, led)
        assert (back.status, back.header("Location")) == (303, "/labkey/home/project-begin.view"), target
        # Nor does the address by which the browser comes back say where to go.
        led = client.get("/login-ssoRedirect.view", configuration=row.id)
        again = client.get(
            "/made-validate.view",
            configuration=row.id,
            state=made.flows[-1].state,
            returnUrl=target,
            RelayState=target,
            service=target,
        )
        assert again.header("Location") == "/labkey/home/project-begin.view"


def test_the_second_factor_never_leads_away(site, front, analyst):
    app, _ = with_app(site, front, analyst)
    client = Client(front)
    form = {"email": analyst.email, "password": PASSWORD, "returnUrl": TARGETS[0]}
    client.get("/login-whoAmI.api")
    assert "evil" not in client.post("/login-login.view", form=form).header("Location")
    for target in TARGETS[:4]:
        page = client.get(SHOW, returnUrl=target)
        assert "evil" not in page.text
        wrong = client.post(SHOW, form={"way": "totp", "code": "000000", "returnUrl": target})
        assert "evil" not in (wrong.header("Location") or "") + wrong.text
    shown = show(begin(front, analyst), app.code(site.clock()), returnUrl=TARGETS[0])
    assert shown.status == 303 and stays_here(shown.header("Location")) and "evil" not in shown.header("Location")


def test_no_page_of_sign_in_leads_away_who_is_signed_in(site, front, monkeypatch, analyst):
    stand_in(monkeypatch, site)
    row = configured()
    client = Client(front)
    sign_in_at(client, row)
    pages = ("login-reauthenticate", "login-resume", "login-linkIdentity", "login-signedOut", "login-secondFactors")
    for target in TARGETS:
        for page in pages:
            for answer in (
                client.get(f"/{page}.view", returnUrl=target),
                client.post(f"/{page}.view", {"Accept": "text/html"}, form={"returnUrl": target, "do": "x"}),
            ):
                location = answer.header("Location") or ""
                assert stays_here(location) and "evil" not in location.partition("?")[0], (page, target)
                assert 'href="https://evil' not in answer.text and "url=https://evil" not in answer.text


def test_a_fresh_sign_in_at_the_provider_never_leads_away(site, front, monkeypatch, analyst):
    made = stand_in(monkeypatch, site)
    row = configured()
    client = Client(front)
    sign_in_at(client, row)
    for target in TARGETS:
        led = client.get("/login-reauthenticate.view", go="provider", returnUrl=target)
        assert "evil" not in made.flows[-1].return_url
        assert stays_here(come_back(client, row, led).header("Location") or "")


def test_after_signing_out_only_the_provider_itself_is_led_to(site, front, monkeypatch, analyst):
    stand_in(monkeypatch, site)
    row = configured()
    for target in TARGETS:
        client = Client(front)
        sign_in_at(client, row)
        answer = client.post("/login-logout.view", {"Accept": "text/html"}, form={"returnUrl": target})
        assert stays_here(answer.header("Location"))
        page = client.get("/login-signedOut.view", returnUrl=target)
        assert "evil" not in page.text and "https://idp.example.org/end" in page.text


@pytest.mark.parametrize("action", ["saml-validate", "saml-finish", "saml-logout", "cas-validate", "oidc-validate"])
def test_what_a_provider_sends_along_leads_nowhere(client, action):
    row = configured(kind=action.partition("-")[0])
    for target in TARGETS:
        sent = {
            "RelayState": target,
            "service": target,
            "returnUrl": target,
            "state": "x",
            "handle": "x",
            "ticket": "x",
        }
        for answer in (
            client.get(f"/{action}.view", configuration=row.id, **sent),
            client.post(f"/{action}.view?configuration={row.id}", form=sent, csrf=False),
        ):
            location = answer.header("Location") or ""
            assert stays_here(location) and "evil" not in location.partition("?")[0], (action, target)
