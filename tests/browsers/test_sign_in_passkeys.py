"""The journey of somebody who signs in with a passkey: Chromium's own authenticator holds it, in software."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browsers.journey import PASSWORD, Journey, JourneySite
from tests.browsers.test_sign_in_totp import give_password

PERSON = "pia.passkey@example.org"
_KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Authenticator:
    """The authenticator of one page."""

    def __init__(self, page: Page) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        self.id = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": _KEY})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """Return the passkeys that it holds."""
        asked = self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(asked["credentials"])

    def refuse(self) -> None:
        """Let its person not unlock it."""
        self._devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


@pytest.fixture(scope="module")
def person(journey_site: JourneySite) -> str:
    journey_site.add_user(PERSON, PASSWORD, "Pia Pass")
    return PERSON


@pytest.fixture
def authenticator(journey: Journey) -> Iterator[Authenticator]:
    yield Authenticator(journey.page)


def add(page: Page, name: str) -> None:
    page.locator("#user-menu").click()
    page.get_by_role("link", name="Second Factors").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/login-recoveryCodes.view*")
    page.get_by_role("link", name="I have kept them").click()


def test_the_journey_with_passkeys(journey: Journey, person: str, authenticator: Authenticator) -> None:
    page = journey.page
    journey.sign_in(lambda page: give_password(page, PERSON), "Signing in with the password alone")
    with journey.step("Adding a passkey"):
        add(page, "Laptop")
        expect(page.get_by_role("button", name="Remove the passkey Laptop")).to_be_visible()
        [made] = authenticator.credentials()
        assert made["rpId"] == "localhost"
    journey.sign_out()

    def after_password(page: Page) -> None:
        give_password(page, PERSON)
        page.wait_for_url("**/login-secondFactor.view*")
        assert journey.signed_in_as() == "guest"
        page.get_by_role("button", name="Use a passkey").click()

    journey.sign_in(after_password, "Signing in with the password and the passkey")
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(session_key) == person
    journey.sign_out()
    journey.expect_session_ended(session_key)
    journey.sign_in(
        lambda page: page.get_by_role("button", name="Sign in with a passkey").click(),
        "Signing in with the passkey alone: no name, no password",
    )
    assert journey.signed_in_as() == person
    journey.select_rows(journey.make_session_key())
    journey.sign_out()
    journey.expect_works(api_key)


def test_a_passkey_that_is_not_unlocked_says_so_and_lets_nobody_in(
    journey: Journey, journey_site: JourneySite, authenticator: Authenticator
) -> None:
    journey_site.add_user("una.passkey@example.org", PASSWORD, "Una Lock")
    page = journey.page
    journey.sign_in(lambda page: give_password(page, "una.passkey@example.org"))
    add(page, "Phone")
    journey.sign_out()
    authenticator.refuse()
    journey.open_sign_in_page()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("No passkey was used")).to_be_visible()
    assert journey.signed_in_as() == "guest"
