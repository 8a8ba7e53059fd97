"""Attack: end other people's sessions by saying, as a provider, that somebody is gone."""

import pytest

from tests.providers.made_up import configured, sign_in_at, stand_in
from tests.session_keys import Browser
from tests.site import Client, set_site

WHO = "/login-whoAmI.api"
ANALYST = "analyst@example.org"


@pytest.fixture
def made(monkeypatch, site, analyst, admin):
    set_site(site, allowSessionKeys=True)
    return stand_in(monkeypatch, site)


@pytest.fixture
def university(made):
    return configured()


@pytest.fixture
def company(university):
    return configured("Company SSO", links_accounts=False)


@pytest.fixture
def browser(client, university):
    sign_in_at(client, university)
    return Browser(client)


def ends(site, configuration, **named):
    return site.provider_endings.end(site.providers.find(configuration.id), **named).sessions


@pytest.mark.parametrize(
    "named",
    [
        {"session_name": "sid-1"},
        {"subject": "subject-1"},
        {"session_name": "sid-1", "subject": "subject-1"},
    ],
)
def test_another_configuration_ends_nothing(site, browser, company, named):
    key = browser.key()
    assert ends(site, company, **named) == 0
    assert browser.program(key).json["email"] == browser.email == ANALYST


@pytest.mark.parametrize(
    "named",
    [
        {"session_name": "sid-2"},
        {"session_name": "SID-1"},
        {"subject": "subject-2"},
        {"subject": ANALYST},
        {"session_name": "sid-1", "subject": "subject-2"},
        {"session_name": "sid-2", "subject": "subject-1"},
        {"session_name": "subject-1"},
        {"subject": "sid-1"},
        {"session_name": "%"},
    ],
)
def test_an_unknown_session_or_a_wrong_person_ends_nothing(site, browser, university, named):
    assert ends(site, university, **named) == 0
    assert browser.email == ANALYST


@pytest.mark.parametrize("named", [{}, {"session_name": ""}, {"subject": ""}, {"session_name": None, "subject": ""}])
def test_naming_nobody_does_not_mean_everybody(site, browser, university, named):
    with pytest.raises(ValueError, match="names"):
        ends(site, university, **named)
    assert browser.email == ANALYST


def test_an_ending_does_not_reach_the_sessions_of_somebody_else(site, front, browser, made, university):
    made.says(subject="subject-9", email="admin@example.org", session_name="sid-9")
    other = Client(front)
    sign_in_at(other, university)
    assert ends(site, university, subject="subject-1") == 1
    assert (browser.email, other.get(WHO).json["email"]) == ("guest", "admin@example.org")


def test_an_ending_of_yesterday_does_not_keep_the_person_out(site, browser, university):
    ends(site, university, session_name="sid-1", subject="subject-1")
    sign_in_at(browser.client, university)
    assert browser.email == ANALYST


def test_an_ending_of_another_configuration_does_not_keep_a_sign_in_from_beginning(site, client, university, company):
    ends(site, company, session_name="sid-1", subject="subject-1")
    sign_in_at(client, university)
    assert client.get(WHO).json["email"] == ANALYST


def test_what_no_provider_said_ends_no_session_by_an_address_of_ours(site, browser, university):
    for name in ("oidc-backchannelLogout", "cas-validate", "saml-logout"):
        for form in ({}, {"logout_token": "x"}, {"logoutRequest": "<x/>"}, {"SAMLRequest": "x"}):
            browser.client.post(f"/{name}.view?configuration={university.id}", form=form, csrf=False)
    assert browser.email == ANALYST
