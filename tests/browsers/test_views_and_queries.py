"""Views and saved queries in a real browser: by keyboard, and without a script."""

from tests.browsers.conftest import sign_in
from tests.browsers.prepare import ADMIN, ANALYST

FOLDER = "home/Liver%20study"
GRID = f"{FOLDER}/query-executeQuery.view?schemaName=clinical&query.queryName=patients"
NEW = f"{FOLDER}/query-newQuery.view?schemaName=clinical"


def test_a_view_is_saved_chosen_and_deleted_by_keyboard(open_browser, live):
    page = open_browser()
    sign_in(page, live, ANALYST)
    page.goto(f"{live.url}/{GRID}&query.age~gt=70")
    page.locator("#view-menu").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Save as a view…").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("By keyboard")
    page.get_by_label("Treatment").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("The view is saved.").wait_for()
    assert page.get_by_text("The view says: Age is greater than 70.").is_visible()
    assert page.get_by_role("columnheader", name="Treatment").count() == 0
    page.locator("#view-menu").press("Enter")
    page.get_by_role("link", name="Delete this view…").press("Enter")
    page.get_by_role("button", name="Yes, delete").press("Enter")
    page.get_by_text("The view was deleted.").wait_for()
    assert page.get_by_role("columnheader", name="Treatment").count() == 1


def test_a_query_is_mended_saved_read_and_deleted_without_a_script(open_browser, live):
    page = open_browser(java_script_enabled=False)
    sign_in(page, live, ADMIN)
    page.goto(f"{live.url}/{NEW}")
    page.get_by_label("Name", exact=True).fill("Without a script")
    page.get_by_label("Statement", exact=True).fill("SELECT age\nFROM nowhere")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("link", name="Line 2: Query or table not found: nowhere").click()
    page.get_by_label("Statement", exact=True).fill(
        "PARAMETERS (Least INTEGER)\nSELECT age FROM patients WHERE age > Least"
    )
    page.get_by_role("button", name="Save the query").click()
    page.get_by_label("Least").fill("75")
    page.get_by_role("button", name="Show the rows").click()
    assert page.get_by_role("columnheader", name="Age").count() == 1
    page.get_by_role("link", name="Edit the query").click()
    page.get_by_role("button", name="Delete query").click()
    page.get_by_role("button", name="Yes, delete").click()
    assert page.get_by_text("The query was deleted.").count() == 1
