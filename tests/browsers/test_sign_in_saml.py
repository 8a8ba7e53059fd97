"""The journey of somebody who signs in at the SAML identity provider of their institution: pysaml2's, a real one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from keyhouse.signin.saml.keys import make_pair
from tests.browsers.journey import Journey, JourneySite
from tests.providers.saml_idp import PASSWORD, IdentityProvider, running

PERSON = "ana@example.org"
CONFIGURATION = "Campus login"


@pytest.fixture(scope="module")
def provider(journey_site: JourneySite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """The provider, at which the site is registered with its own metadata, and the site, which knows the person."""
    journey_site.add_user(PERSON, name="Ana Lyst")
    key, certificate = make_pair("journey", datetime.now(UTC))
    with running(tmp_path_factory.mktemp("provider")) as started:
        settings = {"metadata": started.metadata, "sp_certificate": certificate}
        number = journey_site.configure("saml", CONFIGURATION, settings, {"sp_key": key}, links_accounts=True)
        with urlopen(f"{journey_site.url}/saml-metadata.view?configuration={number}") as answer:
            started.register(answer.read().decode())
        yield started


@pytest.fixture(autouse=True)
def nobody_is_signed_in(provider: IdentityProvider) -> None:
    provider.sessions.clear()


def at_the_provider(page: Page) -> None:
    page.get_by_role("link", name=f"Sign in with {CONFIGURATION}").click()
    as_ana(page)


def as_ana(page: Page) -> None:
    page.get_by_label("User").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in at the campus").click()


def test_the_journey_with_saml(journey: Journey, provider: IdentityProvider) -> None:
    journey.sign_in(at_the_provider, "Signing in at the identity provider, which posts a signed answer")
    assert journey.signed_in_as() == PERSON
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(api_key) == PERSON
    assert journey.who_am_i(session_key) == PERSON
    journey.select_rows(session_key)
    with journey.step("Signing out at the identity provider, which tells the site (single logout)"):
        journey.page.goto(f"{provider.url}/sign-out")
        expect(journey.page.get_by_role("heading", name="You are signed out everywhere")).to_be_visible()
    journey.expect_session_ended(session_key)
    journey.expect_works(api_key)
    journey.select_rows(api_key)
    assert journey.signed_in_as() == "guest"
    ended = [each for each in journey.site.events("session ended") if each["details"]["why"] == "the identity provider"]
    assert len(ended) == 1


def test_journey_of_signing_out_here_ends_the_session_there_too(journey: Journey, provider: IdentityProvider) -> None:
    journey.sign_in(at_the_provider, "Signing in at the identity provider")
    session_key = journey.make_session_key()
    with journey.page.expect_request(re.compile(re.escape(provider.url) + "/slo")):
        journey.sign_out()
    with journey.step("The site leads on to the provider, which ends its session and leads back"):
        expect(journey.page.get_by_text("Your API keys go on working")).to_be_visible()
        assert provider.sessions == {}
    journey.expect_session_ended(session_key)
    assert journey.site.events("access refused") == []


def test_journey_of_proving_again_that_it_is_her(journey: Journey, provider: IdentityProvider) -> None:
    journey.sign_in(at_the_provider, "Signing in at the identity provider")
    with journey.step("The site asks for a fresh sign-in, and the provider asks for the password again (ForceAuthn)"):
        back = "/labkey/security-externalToolsView.view"
        journey.page.goto(f"{journey.site.url}/login-reauthenticate.view?stepUp=1&returnUrl={back}")
        journey.page.get_by_role("link", name=f"Go to {CONFIGURATION}").click()
        as_ana(journey.page)
        journey.page.wait_for_url(f"**{back}")
    (fresh,) = journey.site.events("fresh sign-in")
    assert (fresh["user"], "proved again to be there" in fresh["comment"]) == (PERSON, True)


def test_who_is_signed_in_at_the_provider_comes_in_at_once(journey: Journey, provider: IdentityProvider) -> None:
    journey.sign_in(at_the_provider)
    journey.page.context.clear_cookies(name="JSESSIONID")
    assert journey.signed_in_as() == "guest"
    journey.sign_in(lambda page: page.get_by_role("link", name=f"Sign in with {CONFIGURATION}").click())
    assert journey.signed_in_as() == PERSON
