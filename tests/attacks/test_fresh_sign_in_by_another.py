"""Attack: prove to be there with another account, an old sign-in at the provider, or an answer meant for another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.console.pages import words
from tests.providers.made_up import AT, come_back, configured, sign_in_at, stand_in
from tests.signin.staleness import PAGE, STALE, let_it_grow_stale, made_key, prove
from tests.site import OPERATOR, Client, set_site


@pytest.fixture
def made(monkeypatch, site, analyst, admin):
    set_site(site, allowApiKeys=True)
    return stand_in(monkeypatch, site)


@pytest.fixture
def university(made):
    return configured()


@pytest.fixture
def browser(site, client, university):
    """The analyst's browser, signed in through the university an hour ago."""
    sign_in_at(client, university)
    let_it_grow_stale(site)
    assert made_key(client) == STALE
    return client


def asked_anew(client, return_url="/labkey/security-externalToolsView.view"):
    led = client.get(PAGE, go="provider", returnUrl=return_url)
    assert led.header("Location").startswith(AT)
    return led


def last_event():
    from keyhouse.audit.models import AuditEvent

    return AuditEvent.objects.order_by("sequence").last()


def test_the_same_person_at_the_same_provider_proves_it(site, browser, made, university):
    assert "University SSO" in words(browser.get(PAGE))
    led = asked_anew(browser)
    assert "fresh=1" in led.header("Location")
    made.says(signed_in_at=site.clock())
    back = come_back(browser, university, led)
    assert (back.status, back.header("Location")) == (303, "/labkey/security-externalToolsView.view")
    assert (last_event().kind, last_event().outcome) == ("fresh sign-in", "ok")
    assert made_key(browser)[0] == 200


@pytest.mark.parametrize(
    "other",
    [
        {"subject": "subject-2", "email": "admin@example.org"},
        {"subject": "subject-2", "email": "analyst@example.org"},
        {"subject": "nobody-here", "email": "nobody@example.org"},
    ],
)
def test_another_identity_proves_nothing_and_is_told_of_in_the_log(site, browser, made, university, other):
    led = asked_anew(browser)
    made.says(signed_in_at=site.clock(), **other)
    back = come_back(browser, university, led)
    assert back.status == 403
    assert "as somebody else" in words(back)
    assert (last_event().kind, last_event().outcome) == ("fresh sign-in", "refused")
    assert made_key(browser) == STALE
    assert browser.get("/login-whoAmI.api").json["email"] == "analyst@example.org"


def test_another_identity_of_the_same_account_proves_nothing(site, browser, made, university, analyst):
    provider = site.providers.find(university.id)
    second = replace(made.identity, subject="second-account")
    site.identities.link(provider, second, analyst, OPERATOR)
    led = asked_anew(browser)
    made.says(signed_in_at=site.clock(), subject="second-account")
    assert come_back(browser, university, led).status == 403
    assert made_key(browser) == STALE


@pytest.mark.parametrize("age", [timedelta(minutes=10), timedelta(days=1)])
def test_an_old_sign_in_at_the_provider_proves_nothing(site, browser, made, university, age):
    led = asked_anew(browser)
    made.says(signed_in_at=site.clock() - age)
    back = come_back(browser, university, led)
    assert back.status == 403
    assert "did not ask you to prove" in words(back)
    assert last_event().reason == "fresh_sign_in_required"
    assert made_key(browser) == STALE


def test_a_provider_that_does_not_say_when_proves_nothing(browser, made, university):
    made.says(signed_in_at=None)
    assert come_back(browser, university, asked_anew(browser)).status == 403
    assert made_key(browser) == STALE


def test_another_configuration_proves_nothing(site, browser, made, university):
    company = configured("Company SSO")
    led = asked_anew(browser)
    made.says(signed_in_at=site.clock())
    assert come_back(browser, company, led).status == 403
    assert made_key(browser) == STALE


def test_an_ordinary_sign_in_journey_proves_nothing_of_the_old_session(site, front, browser, made, university):
    from keyhouse.sessions.models import BrowserSession

    old = BrowserSession.objects.get().public_id
    made.says(signed_in_at=site.clock())
    sign_in_at(browser, university)
    assert BrowserSession.objects.exclude(user=None).get().public_id != old


def test_an_answer_is_taken_once(site, browser, made, university):
    led = asked_anew(browser)
    made.says(signed_in_at=site.clock())
    come_back(browser, university, led)
    let_it_grow_stale(site)
    assert come_back(browser, university, led).status == 403
    assert made_key(browser) == STALE


def test_an_answer_in_another_browser_proves_nothing(site, front, browser, made, university):
    other = Client(front)
    sign_in_at(other, university)
    let_it_grow_stale(site)
    led = asked_anew(browser)
    made.says(signed_in_at=site.clock())
    assert come_back(other, university, led).status == 403
    assert made_key(other) == made_key(browser) == STALE


def test_who_signed_out_on_the_way_stays_out(site, browser, made, university):
    led = asked_anew(browser)
    browser.post("/login-logoutApi.api", json={})
    made.says(signed_in_at=site.clock())
    assert come_back(browser, university, led).status == 403
    assert browser.get("/login-whoAmI.api").json["email"] == "guest"


def test_a_password_proves_nothing_for_who_came_by_a_provider(site, browser):
    assert prove(browser).status == 200
    assert made_key(browser) == STALE


def test_a_provider_that_is_switched_off_leaves_signing_out(browser, university):
    type(university).objects.update(is_enabled=False)
    assert "is not open any more" in words(browser.get(PAGE))


def test_the_end_of_the_providers_new_session_is_known(site, browser, made, university):
    led = asked_anew(browser)
    made.says(signed_in_at=site.clock(), session_name="sid-of-the-fresh-sign-in")
    come_back(browser, university, led)
    provider = site.providers.find(university.id)
    assert site.provider_endings.end(provider, session_name="sid-of-the-fresh-sign-in").sessions == 1


def test_a_surer_sign_in_at_the_provider_raises_the_level_and_a_weaker_one_never_lowers_it(
    site, browser, made, university
):
    from keyhouse.core.assurance import Assurance
    from keyhouse.sessions.models import BrowserSession

    for level in (Assurance.TWO_FACTORS, Assurance.SINGLE):
        let_it_grow_stale(site)
        led = asked_anew(browser)
        made.says(signed_in_at=site.clock(), assurance=level, methods=("pwd", "otp"))
        come_back(browser, university, led)
        assert BrowserSession.objects.get().assurance == Assurance.TWO_FACTORS
