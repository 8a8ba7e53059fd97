"""The journey of somebody whose password is a directory's: a real slapd, a real browser, the official client."""

import pytest
from playwright.sync_api import Page

from tests.browsers.journey import Journey, JourneySite
from tests.providers.slapd import GROUPS, PASSWORD, READER_PASSWORD, Directory

DESCRIPTION = "Campus directory"


@pytest.fixture(scope="module")
def campus(journey_site: JourneySite, directory: Directory) -> int:
    """The site knows the directory, which makes accounts."""
    groups = {"group_kind": "groupOfNames", "group_base": GROUPS, "nested_groups": True}
    settings = directory.settings(required_group=f"cn=staff,{GROUPS}", **groups)
    secrets = {"bind_password": READER_PASSWORD}
    return journey_site.configure("ldap", DESCRIPTION, settings, secrets, creates_accounts=True)


def with_the_directorys_password(page: Page, login: str = "erika") -> None:
    page.get_by_label("E-mail or name").fill(login)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_the_journey_with_a_directory(journey: Journey, journey_site: JourneySite, campus: int) -> None:
    journey.sign_in(with_the_directorys_password, "Signing in with the name and password of the directory")
    assert journey.signed_in_as() == "erika@example.org"
    (signed_in,) = journey_site.events("sign-in")
    assert signed_in["details"]["signIn"]["provider"] == DESCRIPTION
    api_key, session_key = journey.make_api_key(), journey.make_session_key()
    assert journey.who_am_i(api_key) == "erika@example.org"
    assert journey.who_am_i(session_key) == "erika@example.org"
    journey.select_rows(session_key)
    journey.sign_out()
    journey.expect_session_ended(session_key)
    journey.expect_works(api_key)
    journey.select_rows(api_key)


def test_who_is_not_in_the_group_reads_what_to_do(journey: Journey, campus: int) -> None:
    page = journey.open_sign_in_page()
    with_the_directorys_password(page, "max")
    page.get_by_text("is not in the group that may sign in here").wait_for()
    assert journey.signed_in_as() == "guest"


def test_the_page_says_which_directory_is_down(journey: Journey, campus: int, directory: Directory) -> None:
    page = journey.open_sign_in_page()
    directory.stop()
    try:
        with_the_directorys_password(page)
        page.get_by_text(f"{DESCRIPTION} cannot be reached at present").wait_for()
    finally:
        directory.start()
