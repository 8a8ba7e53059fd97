"""Attack: who holds a key of somebody, and no more than their password, makes it a browser session or a way in."""

import base64

import pytest

from tests.console.pages import ANALYST
from tests.providers.made_up import come_back, configured, stand_in
from tests.second_factors import with_app
from tests.session_keys import Browser
from tests.site import PASSWORD, Client, issue, set_site, sign_in

NEW = "seven green herons waiting"


def basic():
    return {"Authorization": "Basic " + base64.b64encode(f"{ANALYST}:{PASSWORD}".encode()).decode()}


@pytest.fixture
def credentials(site, front, analyst):
    """An API key and a session key of somebody who has a second factor."""
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    browser = with_app(site, front, analyst)[1]
    return {"API key": {"apikey": issue(site, analyst)}, "session key": {"apikey": Browser(browser).key()}}


@pytest.mark.parametrize("kind", ["API key", "session key"])
def test_a_key_and_the_password_open_no_browser_session(front, credentials, kind):
    from keyhouse.sessions.models import BrowserSession

    before = set(BrowserSession.objects.values_list("public_id", flat=True))
    thief = Client(front)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    answer = thief.post("/login-changePassword.view", credentials[kind], form=form)
    assert answer.status == 403, answer.text
    assert set(BrowserSession.objects.values_list("public_id", flat=True)) == before


def test_a_password_sent_along_changes_no_password(front, analyst):
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert Client(front).post("/login-changePassword.view", basic(), form=form).status == 403


@pytest.mark.parametrize("kind", ["API key", "session key"])
def test_with_a_key_nobody_links_an_identity_of_their_own(monkeypatch, site, front, credentials, kind):
    from keyhouse.signin.models import ExternalIdentity

    made, configuration = stand_in(monkeypatch, site), configured(links_accounts=False)
    made.says(subject="thief", email="thief@example.org")
    thief, key = Client(front), credentials[kind]
    led = thief.get("/login-startLinking.view", key, configuration=configuration.id)
    assert led.status == 403, led.header("Location")
    # Begun as a guest's sign-in, and come back from with the key.
    led = thief.get("/login-ssoRedirect.view", configuration=configuration.id)
    come_back(thief, configuration, led)
    assert thief.post("/login-linkIdentity.view", key, form={"do": "link"}).status == 403
    assert not ExternalIdentity.objects.exists()


def test_with_a_key_nobody_unlinks_an_identity(monkeypatch, site, front, analyst):
    assert Client(front).post("/login-mySignIn.view", {"apikey": issue(site, analyst)}, form={}).status == 403


def test_what_a_directory_takes_becomes_no_password_of_this_site(monkeypatch, site, front, analyst):
    from keyhouse.accounts.models import User

    browser = Client(front)
    sign_in(browser, ANALYST)
    User.objects.update(password="!")
    monkeypatch.setattr(site.passwords, "verify", lambda *_: None)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    answer = browser.post("/login-changePassword.view", form=form)
    assert "login-mySignIn.view" in answer.header("Location")
    assert not User.objects.get().has_usable_password()
