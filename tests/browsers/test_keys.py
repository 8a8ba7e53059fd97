"""A person makes, copies and deletes a key in a real browser: by mouse, by keyboard alone, without script."""

from urllib.request import Request, urlopen

import pytest

from tests.browsers.conftest import sign_in
from tests.browsers.prepare import ADMIN, ANALYST, PASSWORD

PAGE = "security-externalToolsView.view"


def status_of(live, key):
    from urllib.error import HTTPError

    try:
        with urlopen(Request(f"{live.url}/login-whoAmI.api", headers={"apikey": key}), timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def press_until_focused(page, locator, most=60):
    """Press Tab as a person without a mouse does, until this has the focus."""
    for _ in range(most):
        if locator.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {locator}")


def test_a_key_is_made_copied_and_deleted(open_browser, live):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, live, ANALYST)
    page.get_by_text("Ana Lyst").click()
    page.get_by_role("link", name="External Tool Access").click()
    page.get_by_label("Description").fill("made in a browser")
    page.get_by_label("Expires").select_option("7 days (1 week)")
    page.get_by_role("button", name="Generate API Key").click()
    key = page.get_by_label("API key", exact=True).input_value()
    assert status_of(live, key) == 200
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == key
    page.get_by_role("checkbox", name="made in a browser").check()
    page.get_by_role("button", name="Delete (1)").click()
    page.get_by_role("dialog").get_by_role("button", name="Yes, Delete").click()
    page.get_by_text("The key was deleted.").wait_for()
    assert status_of(live, key) == 401


def test_a_key_is_made_and_deleted_with_the_keyboard_alone(open_browser, live):
    page = open_browser()
    page.goto(f"{live.url}/login-login.view?returnUrl=/labkey/{PAGE}")
    page.keyboard.type(ADMIN)
    press_until_focused(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{PAGE}")
    press_until_focused(page, page.get_by_label("Description"))
    page.keyboard.type("typed")
    page.keyboard.press("Enter")
    key_field = page.get_by_label("API key", exact=True)
    key_field.wait_for()
    key = key_field.input_value()
    press_until_focused(page, page.get_by_role("checkbox", name="typed"))
    page.keyboard.press("Space")
    delete = page.get_by_role("button", name="Delete (1)")
    for _ in range(10):
        page.keyboard.press("Shift+Tab")
        if delete.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    # What cannot be undone is not what Enter does at once.
    assert dialog.get_by_role("button", name="Cancel").evaluate("element => element === document.activeElement")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The key was deleted.").wait_for()
    assert status_of(live, key) == 401


def test_cancelling_the_question_deletes_nothing(open_browser, live):
    page = open_browser()
    sign_in(page, live, ANALYST)
    page.goto(f"{live.url}/{PAGE}")
    rows = page.locator("tbody tr").count()
    page.get_by_role("checkbox", name="Select all keys").check()
    page.get_by_role("button", name=f"Delete ({rows})").click()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.reload()
    assert page.locator("tbody tr").count() == rows


def test_everything_works_without_script(open_browser, live):
    page = open_browser(java_script_enabled=False)
    sign_in(page, live, ANALYST)
    page.get_by_text("Ana Lyst").click()
    page.get_by_role("link", name="External Tool Access").click()
    page.get_by_label("Description").fill("no script")
    page.get_by_role("button", name="Generate API Key").click()
    key = page.get_by_label("API key", exact=True).input_value()
    assert status_of(live, key) == 200
    assert page.get_by_role("button", name="Copy", exact=True).count() == 0
    page.get_by_role("checkbox", name="no script").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Delete 1 API Key").wait_for()
    page.get_by_role("button", name="Yes, Delete").click()
    page.get_by_text("The key was deleted.").wait_for()
    assert status_of(live, key) == 401
    page.get_by_text("Ana Lyst").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()
