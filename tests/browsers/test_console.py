"""An administrator at work in a real browser."""

from tests.browsers.conftest import sign_in
from tests.browsers.prepare import ADMIN, ANALYST

GRID = "home/Liver%20study/query-executeQuery.view?schemaName=clinical&query.queryName=patients"


def test_site_settings_are_changed_and_kept(open_browser, live):
    page = open_browser()
    sign_in(page, live, ADMIN)
    page.get_by_role("link", name="Admin Console").click()
    page.get_by_role("link", name="Site Settings").click()
    box = page.get_by_label("Let users create session keys")
    was = box.is_checked()
    box.set_checked(not was)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The settings are saved.").wait_for()
    assert box.is_checked() is not was
    box.set_checked(was)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The settings are saved.").wait_for()


def test_a_shorter_maximum_is_asked_about_first(open_browser, live):
    page = open_browser()
    sign_in(page, live, ADMIN)
    page.goto(f"{live.url}/admin-customizeSite.view")
    page.get_by_label("Expire API keys").select_option("7 days (1 week)")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="longer than the new maximum").wait_for()
    page.get_by_role("link", name="Cancel").click()
    page.goto(f"{live.url}/admin-customizeSite.view")
    assert page.get_by_label("Expire API keys").input_value() == "31536000"


def test_a_refused_form_leads_the_reader_to_the_field(open_browser, live):
    page = open_browser()
    sign_in(page, live, ADMIN)
    page.goto(f"{live.url}/admin-customizeSite.view")
    page.get_by_label("Name of this site").fill(" ")
    page.get_by_role("button", name="Save").click()
    summary = page.get_by_role("alert").first
    assert summary.evaluate("element => element === document.activeElement")
    summary.get_by_role("link").click()
    page.wait_for_url("**#siteName")


def test_keys_are_filtered_and_selected_all_at_once(open_browser, live):
    page = open_browser()
    sign_in(page, live, ADMIN)
    page.goto(f"{live.url}/query-executeQuery.view?schemaName=core&query.queryName=APIKeys")
    page.get_by_label("Column", exact=True).select_option("User")
    page.get_by_label("Condition").select_option("contains")
    page.get_by_role("textbox", name="Value").fill("pipeline")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_text("User contains pipeline").wait_for()
    assert page.locator("tbody tr").count() == 2
    page.get_by_role("checkbox", name="Select all keys").check()
    assert page.get_by_role("button", name="Delete (2)").is_enabled()
    page.locator("tbody input[type=checkbox]").first.uncheck()
    assert page.get_by_role("checkbox", name="Select all keys").evaluate("box => box.indeterminate")


def test_a_grid_is_sorted_filtered_and_exported(open_browser, live):
    page = open_browser()
    sign_in(page, live, ANALYST)
    page.goto(f"{live.url}/{GRID}")
    page.get_by_role("link", name="Age", exact=True).click()
    assert page.get_by_role("columnheader", name="Age", exact=True).get_attribute("aria-sort") == "ascending"
    page.get_by_label("Column", exact=True).select_option("Sex")
    page.get_by_role("textbox", name="Value").fill("male")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_text("Rows 1 to 44 of 44").wait_for()
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert len(download.value.path().read_text().splitlines()) == 45
    page.get_by_role("link", name="Remove the filter Sex equals male").click()
    page.get_by_text("Rows 1 to 100 of 418").wait_for()


def test_a_script_is_reached_by_keyboard_and_copied(open_browser, live):
    page = open_browser()
    sign_in(page, live, ANALYST)
    page.goto(f"{live.url}/{GRID}")
    page.locator("#export-menu").press("Enter")
    page.get_by_role("link", name="Python", exact=True).press("Enter")
    page.get_by_role("heading", name="Python script").wait_for()
    page.get_by_role("button", name="Copy the script").click()
    page.locator("#live", has_text="Copied").wait_for(state="attached")
    assert "api.query.select_rows(" in page.locator("#script").inner_text()


def test_the_user_menu_closes_with_escape_and_gives_the_focus_back(open_browser, live):
    page = open_browser()
    sign_in(page, live, ANALYST)
    menu = page.locator("#user-menu")
    menu.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert menu.evaluate("element => element === document.activeElement && !element.parentElement.open")
