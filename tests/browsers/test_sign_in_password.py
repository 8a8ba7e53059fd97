"""The journey of somebody who has nothing but a password."""

import pytest
from playwright.sync_api import Page

from tests.browsers.journey import PASSWORD, Journey, JourneySite

PERSON = "ana.lyst@example.org"


@pytest.fixture(scope="module")
def person(journey_site: JourneySite) -> str:
    journey_site.add_user(PERSON, PASSWORD, "Ana Lyst")
    return PERSON


def with_password(page: Page) -> None:
    page.get_by_label("E-mail").fill(PERSON)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_the_journey_with_a_password(journey: Journey, person: str) -> None:
    journey.sign_in(with_password, "Signing in with e-mail and password")
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(api_key) == person
    assert journey.who_am_i(session_key) == person
    journey.select_rows(session_key)
    journey.sign_out()
    journey.expect_session_ended(session_key)
    journey.expect_works(api_key)
    journey.select_rows(api_key)


def test_the_session_key_ends_with_its_own_browser_and_no_other(journey: Journey, person: str) -> None:
    other = journey.another_browser()
    journey.sign_in(with_password)
    other.sign_in(with_password)
    here, there = journey.make_session_key(), other.make_session_key()
    other.sign_out()
    journey.expect_session_ended(there)
    journey.expect_works(here)
