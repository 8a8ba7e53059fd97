"""The journey of somebody who signs in at the CAS server of their institution: django-cas-server, a real one."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers.journey import Journey, JourneySite
from tests.providers.cas_server import PASSWORD, CasServer

PERSON = "analyst@example.org"
CONFIGURATION = "Campus CAS"


@pytest.fixture(scope="module")
def cas(journey_site: JourneySite, cas_server: CasServer) -> CasServer:
    """The CAS server, at which the site is registered, and the site, which knows the person."""
    journey_site.add_user(PERSON, name="Ana Lyst")
    cas_server.register("^" + re.escape(journey_site.url) + r"/cas-validate\.view\?.*")
    settings = {
        "server_url": cas_server.url,
        "version": "3",
        "email_attribute": "mail",
        "name_attribute": "displayName",
    }
    journey_site.configure("cas", CONFIGURATION, settings, links_accounts=True)
    return cas_server


def at_the_server(page: Page) -> None:
    page.get_by_role("link", name=f"Sign in with {CONFIGURATION}").click()
    page.wait_for_url("**/cas/login*")
    page.locator("input[name=username]").fill("ana")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()


def known_at_the_server(page: Page) -> None:
    page.get_by_role("link", name=f"Sign in with {CONFIGURATION}").click()


def test_the_journey_with_cas(journey: Journey, cas: CasServer) -> None:
    journey.sign_in(at_the_server, "Signing in at the CAS server")
    assert journey.signed_in_as() == PERSON
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(api_key) == PERSON
    assert journey.who_am_i(session_key) == PERSON
    journey.select_rows(session_key)
    with journey.step("Signing out at the CAS server, which tells the site (single logout)"):
        journey.page.goto(f"{cas.url}/logout")
    journey.expect_session_ended(session_key)
    journey.expect_works(api_key)
    journey.select_rows(api_key)
    assert journey.signed_in_as() == "guest"
    (ended,) = [
        each for each in journey.site.events("session ended") if each["details"]["why"] == "the identity provider"
    ]
    assert CONFIGURATION in str(ended["user"]) or PERSON in ended["comment"]


def test_journey_of_signing_out_here_ends_the_session_there_too(journey: Journey, cas: CasServer) -> None:
    journey.sign_in(at_the_server, "Signing in at the CAS server")
    session_key = journey.make_session_key()
    with journey.page.expect_request(re.compile(re.escape(cas.url) + "/logout")):
        journey.sign_out()
    with journey.step("The site leads on to the CAS server, which ends its session and leads back"):
        expect(journey.page.get_by_text("Your API keys go on working")).to_be_visible()
    journey.expect_session_ended(session_key)
    with journey.step("The CAS server asks for the password again"):
        journey.open_sign_in_page()
        known_at_the_server(journey.page)
        expect(journey.page.locator("input[name=password]")).to_be_visible()


def test_who_is_signed_in_at_the_server_already_comes_in_at_once(journey: Journey, cas: CasServer) -> None:
    journey.sign_in(at_the_server)
    journey.page.context.clear_cookies(name="JSESSIONID")
    assert journey.signed_in_as() == "guest"
    journey.sign_in(known_at_the_server)
    assert journey.signed_in_as() == PERSON
