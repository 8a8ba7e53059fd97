"""The journey of somebody who signs in with a password and the code of an authenticator app."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browsers.journey import PASSWORD, Journey, JourneySite
from tests.second_factors import App

PERSON = "ida.totp@example.org"


@pytest.fixture(scope="module")
def person(journey_site: JourneySite) -> str:
    journey_site.add_user(PERSON, PASSWORD, "Ida Topp")
    return PERSON


def give_password(page: Page, email: str = PERSON) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def give_code(page: Page, app: App, ahead: int) -> None:
    page.get_by_label("Code of your authenticator app").fill(app.code(datetime.now(UTC), ahead))
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_up(page: Page, ahead: int) -> App:
    """Set an app up on the page that shows its QR code."""
    expect(page.get_by_role("img", name="QR code for an authenticator app")).to_be_visible()
    app = App(page.get_by_label("Key for the app").input_value().replace(" ", ""))
    page.get_by_label("Enter the code that the app shows").fill(app.code(datetime.now(UTC), ahead))
    page.get_by_role("button", name="Set up", exact=True).click()
    return app


def test_the_journey_with_totp(journey: Journey, person: str) -> None:
    other, page = journey.another_browser(), journey.page
    other.sign_in(give_password, "Signing in with the password alone, in another browser")
    old_key = other.make_session_key()
    journey.sign_in(give_password, "Signing in with the password alone")
    with journey.step("Setting up an authenticator app"):
        page.locator("#user-menu").click()
        page.get_by_role("link", name="Second Factors").click()
        page.get_by_role("link", name="Set up an app").click()
        app = set_up(page, 0)
        page.wait_for_url("**/login-recoveryCodes.view*")
        codes = page.locator("#codes").inner_text().split()
        assert len(codes) == 10
        page.get_by_role("link", name="I have kept them").click()
    journey.expect_session_ended(old_key)
    journey.sign_out()

    def with_code(page: Page) -> None:
        give_password(page)
        page.wait_for_url("**/login-secondFactor.view*")
        assert journey.signed_in_as() == "guest"
        give_code(page, app, 1)

    journey.sign_in(with_code, "Signing in with the password and a code")
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(api_key) == person
    journey.select_rows(session_key)
    journey.sign_out()
    journey.expect_session_ended(session_key)
    journey.expect_works(api_key)

    def with_recovery_code(page: Page) -> None:
        give_password(page)
        page.get_by_role("link", name="Recovery code").click()
        page.get_by_label("Recovery code").fill(codes[0])
        page.get_by_role("button", name="Sign in", exact=True).click()

    journey.sign_in(with_recovery_code, "Signing in with a recovery code, as if the phone were gone")


def test_the_journey_of_who_must_have_a_second_factor(journey: Journey, journey_site: JourneySite) -> None:
    journey_site.add_user("new.totp@example.org", PASSWORD, "Nia New")
    journey_site.set_site(secondFactorFor="everyone")

    def with_set_up(page: Page) -> None:
        give_password(page, "new.totp@example.org")
        page.get_by_role("link", name="Authenticator app").click()
        assert journey.signed_in_as() == "guest"
        set_up(page, 0)
        page.get_by_role("link", name="I have kept them").click()

    try:
        journey.sign_in(with_set_up, "Setting a second factor up, because there must be one, and being signed in then")
        journey.expect_works(journey.make_api_key())
    finally:
        journey_site.set_site(secondFactorFor="optional")
