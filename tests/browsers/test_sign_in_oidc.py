"""The journey of somebody who signs in by OpenID Connect, at a real provider: npm's oidc-provider."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browsers.journey import Journey, JourneySite
from tests.providers.oidc import PASSWORD, OidcProvider, client_of, running

PERSON = "ana@example.org"
CONFIGURATION = "Campus directory"


@pytest.fixture(scope="module")
def provider(journey_site: JourneySite) -> Iterator[OidcProvider]:
    """The provider, at which the site is registered, and the site, which makes accounts of its people."""
    registered = client_of(
        journey_site.callback("oidc-validate.view"),
        f"{journey_site.url}/login-signedOut.view",
        journey_site.callback("oidc-backchannelLogout.view"),
    )
    with running(registered) as started:
        journey_site.configure("oidc", CONFIGURATION, started.settings, started.secrets, creates_accounts=True)
        yield started


def at_the_provider(page: Page) -> None:
    page.get_by_role("link", name=f"Sign in with {CONFIGURATION}").click()
    as_ana(page)


def as_ana(page: Page) -> None:
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_the_journey_with_oidc(journey: Journey, provider: OidcProvider) -> None:
    journey.sign_in(at_the_provider, "Signing in at the provider")
    assert journey.signed_in_as() == PERSON
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(api_key) == PERSON
    assert journey.who_am_i(session_key) == PERSON
    journey.select_rows(session_key)
    with journey.step("Signing out at the provider, which tells the site (back-channel logout)"):
        journey.page.goto(f"{provider.issuer}/session/end")
        journey.page.get_by_role("button", name="Yes, sign me out").click()
        expect(journey.page.get_by_text("You have signed out of the Campus directory")).to_be_visible()
    journey.expect_session_ended(session_key)
    journey.expect_works(api_key)
    journey.select_rows(api_key)
    assert journey.signed_in_as() == "guest"


def test_journey_of_one_whom_the_directory_signs_out_everywhere(journey: Journey, provider: OidcProvider) -> None:
    elsewhere = journey.another_browser()
    journey.sign_in(at_the_provider, "Signing in at the provider")
    elsewhere.sign_in(at_the_provider, "Signing in at the provider, in another browser")
    keys = [journey.make_session_key(), elsewhere.make_session_key()]
    with journey.step("The directory signs her out everywhere, without a browser"):
        assert provider.sign_out("ana") == ["told"]
    for key in keys:
        journey.expect_session_ended(key)
    ended = journey.site.events("session ended")[-2:]
    assert [each["details"]["why"] for each in ended] == ["the identity provider"] * 2


def test_journey_of_signing_out_here_ends_the_session_there_too(journey: Journey, provider: OidcProvider) -> None:
    journey.sign_in(at_the_provider, "Signing in at the provider")
    session_key = journey.make_session_key()
    journey.sign_out()
    with journey.step("The site leads on to the provider, which asks, ends its session and leads back"):
        journey.page.wait_for_url(f"{provider.issuer}/session/end*")
        journey.page.get_by_role("button", name="Yes, sign me out").click()
        expect(journey.page.get_by_text("Your API keys go on working")).to_be_visible()
    journey.expect_session_ended(session_key)
    with journey.step("The provider asks for the password again"):
        journey.open_sign_in_page().get_by_role("link", name=f"Sign in with {CONFIGURATION}").click()
        expect(journey.page.get_by_label("Password")).to_be_visible()


def test_journey_of_proving_again_that_it_is_her(journey: Journey, provider: OidcProvider) -> None:
    journey.sign_in(at_the_provider, "Signing in at the provider")
    with journey.step("The site asks for a fresh sign-in, and the provider asks for the password again"):
        back = "/labkey/security-externalToolsView.view"
        journey.page.goto(f"{journey.site.url}/login-reauthenticate.view?stepUp=1&returnUrl={back}")
        journey.page.get_by_role("link", name=f"Go to {CONFIGURATION}").click()
        as_ana(journey.page)
        journey.page.wait_for_url(f"**{back}")
    (fresh,) = journey.site.events("fresh sign-in")
    assert (fresh["user"], "proved again to be there" in fresh["comment"]) == (PERSON, True)
