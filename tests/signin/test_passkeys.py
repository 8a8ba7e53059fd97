"""Passkeys: a second factor, or the only step; bound to this site, counted, named by their owner."""

import pytest
from tests.authenticator import (
    HOST,
    PRESENT,
    SecurityKey,
    add_passkey,
    at_localhost,
    options_for,
    owned,
    show_passkey,
    sign_in_with,
)
from tests.second_factors import begin, codes_in, who
from tests.site import Client, set_site, sign_in

from keyhouse.core.assurance import Assurance


@pytest.fixture
def key(site, front, analyst):
    """The analyst's passkey."""
    return owned(site, front, analyst)


@pytest.fixture
def guest(front):
    """A browser in which nobody is signed in."""
    client = Client(front)
    client.get("/login-login.view", {"Host": HOST})
    return client


def newest(user):
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects.filter(user=user).latest("id")


def test_a_passkey_is_a_second_factor(front, analyst, key):
    client = begin(front, analyst)
    options = options_for(client, "second-factor").json
    assert [each["id"] for each in options["publicKey"]["allowCredentials"]]
    assert show_passkey(client, key.sign(options)).status == 303
    assert who(client) == analyst.email
    assert (newest(analyst).methods, newest(analyst).assurance) == ("pwd hwk user", Assurance.PHISHING_RESISTANT)


def test_a_key_that_only_was_touched_is_one_after_the_password(front, analyst, key):
    client = begin(front, analyst)
    assert show_passkey(client, key.sign(options_for(client, "second-factor").json, flags=PRESENT)).status == 303
    assert newest(analyst).methods == "pwd hwk"


def test_a_passkey_alone_signs_in(guest, analyst, key):
    options = options_for(guest, "sign-in").json
    assert "allowCredentials" not in options["publicKey"]
    assert options["publicKey"]["userVerification"] == "required"
    assert sign_in_with(guest, key.sign(options)).status == 303
    assert who(guest) == analyst.email
    row = newest(analyst)
    assert (row.provider, row.methods, row.assurance) == ("a passkey", "hwk user", Assurance.PHISHING_RESISTANT)


def test_recovery_codes_stand_in_for_a_passkey(site, front, analyst, key):
    client = begin(front, analyst)
    page = client.get("/login-secondFactor.view?way=recovery", {"Host": HOST})
    assert "Recovery code" in page.text and "Passkey" in page.text


def test_passkeys_are_named_renamed_and_removed(site, front, analyst, key):
    at_localhost(site)
    client = Client(front)
    sign_in_with(client, key.sign(options_for_guest(client)))
    page = client.get("/login-secondFactors.view", {"Host": HOST}).text
    assert "Blue key" in page
    number = str(site.second_factors.of(analyst.id)[0].id)
    client.post("/login-secondFactors.view", form={"do": "rename", "factor": number, "name": "Red <b>key</b>"})
    assert "Red &lt;b&gt;key&lt;/b&gt;" in client.get("/login-secondFactors.view", {"Host": HOST}).text
    assert client.post("/login-secondFactors.view", form={"do": "remove", "factor": number}).status == 200
    removed = client.post("/login-secondFactors.view", form={"do": "remove", "factor": number, "confirmed": "1"})
    assert removed.status == 303 and not site.factors.has_factor(analyst.id)


def options_for_guest(client):
    client.get("/login-login.view", {"Host": HOST})
    return options_for(client, "sign-in").json


def test_the_first_passkey_brings_recovery_codes(site, front, analyst):
    at_localhost(site)
    client = Client(front)
    sign_in(client, analyst.email)
    assert "login-recoveryCodes.view" in add_passkey(client, SecurityKey()).header("Location")
    assert len(codes_in(client)) == 10
    assert "login-secondFactors.view" in add_passkey(client, SecurityKey()).header("Location")


def test_who_must_have_a_factor_may_set_up_a_passkey(site, front, analyst):
    at_localhost(site)
    set_site(site, secondFactorFor="everyone")
    client, made = begin(front, analyst), SecurityKey()
    assert "Passkey or security key" in client.get("/login-secondFactor.view", {"Host": HOST}).text
    assert add_passkey(client, made).status == 303
    assert who(client) == analyst.email
    assert newest(analyst).assurance == Assurance.PHISHING_RESISTANT


@pytest.mark.parametrize(
    "base, host",
    [
        ("https://lab.example.org", "lab.example.org"),
        ("https://lab.example.org:443/labkey", "LAB.example.org"),
        ("https://lab.example.org", "lab.example.org:443"),
        ("https://lab.example.org", "127.0.0.1:8080"),
        ("http://localhost:8080", "localhost:8080"),
    ],
)
def test_passkeys_are_offered_at_the_address_of_the_site_also_behind_a_proxy(site, base, host):
    from keyhouse.signin.factors.passkeys import Passkeys

    assert Passkeys(base, site.clock).why_not(host) == ""


@pytest.mark.parametrize(
    "base, host, words",
    [
        ("http://127.0.0.1:8080/labkey", "127.0.0.1:8080", "IP address"),
        ("https://[::1]:8080", "[::1]:8080", "IP address"),
        ("http://lab.example.org", "lab.example.org", "need https"),
        ("https://lab.example.org", "other.example.org", "Open this site there"),
        ("http://localhost:8080", "127.0.0.1:8080", "Open this site there"),
        ("https://lab.example.org", "a b<script>", "Open this site there"),
    ],
)
def test_the_page_says_why_there_are_no_passkeys(site, front, analyst, base, host, words):
    from keyhouse.signin.factors.passkeys import Passkeys

    site.second_factors.passkeys = Passkeys(base, site.clock)
    client = Client(front)
    sign_in(client, analyst.email)
    assert words in client.get("/login-secondFactors.view", {"Host": host}).text
    assert "Sign in with a passkey" not in Client(front).get("/login-login.view", {"Host": host}).text


def test_the_sign_in_page_offers_passkeys_where_browsers_have_them(site, front):
    at_localhost(site)
    assert "Sign in with a passkey" in Client(front).get("/login-login.view", {"Host": HOST}).text


def test_a_deactivated_user_gets_nowhere_with_a_passkey(site, guest, analyst, key):
    from tests.site import OPERATOR

    options = options_for(guest, "sign-in").json
    site.users.deactivate(analyst, OPERATOR)
    assert sign_in_with(guest, key.sign(options)).status == 403
    assert who(guest) == "guest"
