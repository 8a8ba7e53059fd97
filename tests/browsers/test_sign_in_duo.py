"""The journey of somebody with a password whom Duo asks besides: Duo's client, and an endpoint that speaks with it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsers.journey import PASSWORD, Journey, JourneySite
from tests.providers.duo_endpoint import CLIENT_SECRET, DuoEndpoint

PERSON = "ana.lyst@example.org"


@pytest.fixture
def person(journey_site: JourneySite, duo: DuoEndpoint) -> str:
    """A person, and a site that asks everybody for a second factor, at Duo."""
    if not journey_site.events("user added")[1:]:
        journey_site.add_user(PERSON, PASSWORD, "Ana Lyst")
        journey_site.set_site(secondFactorFor="everyone")
    journey_site.configure("duo", "Duo", duo.settings(), {"client_secret": CLIENT_SECRET})
    return PERSON


def with_password(page: Page) -> None:
    page.get_by_label("E-mail").fill(PERSON)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Go on with Duo").click()
    expect(page.get_by_role("heading", name="Duo")).to_be_visible()
    expect(page.get_by_text(f"Is it you, {PERSON}?")).to_be_visible()


def approving(page: Page) -> None:
    with_password(page)
    page.get_by_role("link", name="approve").click()


def test_the_journey_with_duo(journey: Journey, person: str) -> None:
    with journey.step("The password is right, and Duo's prompt is denied on the telephone"):
        with_password(journey.open_sign_in_page())
        journey.page.get_by_role("link", name="deny").click()
        expect(journey.page.get_by_text("Duo did not let you pass")).to_be_visible()
        assert journey.signed_in_as() == "guest"
    journey.sign_in(approving, "Signing in with a password, and approving Duo's prompt")
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(api_key) == person
    assert journey.who_am_i(session_key) == person
    journey.select_rows(session_key)
    journey.sign_out()
    journey.expect_session_ended(session_key)
    journey.expect_works(api_key)
    journey.select_rows(api_key)
    with journey.step("The audit log says that she signed in with a password and by Duo"):
        (how,) = {str(each["details"]["signIn"]["methods"]) for each in journey.site.events("sign-in")}
        assert how == "['pwd', 'mfa', 'swk']"


def test_duo_that_is_down_is_named_and_lets_nobody_in(journey: Journey, person: str, duo: DuoEndpoint) -> None:
    duo.is_down = True
    page = journey.open_sign_in_page()
    page.get_by_label("E-mail").fill(PERSON)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Go on with Duo").click()
    expect(page.get_by_text("Duo cannot be reached at present")).to_be_visible()
    assert journey.signed_in_as() == "guest"
