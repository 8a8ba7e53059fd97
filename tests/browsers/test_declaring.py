"""Terms, demands and declarations in a real browser: written, met, changed, in every look, and without a script."""

from itertools import pairwise

import pytest

from tests.browsers.conftest import sign_in
from tests.browsers.prepare import ADMIN, ANALYST
from tests.browsers.test_look import check, heading_levels

STUDY = "Cohort"
TERMS = "# Cohort\n\nUse the data **for research**.\n\n| What | How long |\n|---|---:|\n| Log | six years |\n"
MEANING = "I use this data for the purpose that I declared and for nothing else."


@pytest.fixture(scope="module")
def study(browser, live):
    """A project that demands everything, made through its pages."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, live, ADMIN)
    page.goto(f"{live.url}/admin-manageFolders.view")
    page.get_by_label("In", exact=True).select_option("/")
    page.get_by_label("Name").fill(STUDY)
    page.get_by_role("button", name="Add folder").click()
    page.goto(f"{live.url}/{STUDY}/security-permissions.view")
    page.get_by_label("Role", exact=True).select_option("Reader")
    page.get_by_label("User or group").fill(ANALYST)
    page.get_by_role("button", name="Give role").click()
    _write_terms(page, live, TERMS)
    _demand_everything(page, live)
    context.close()
    return f"{live.url}/{STUDY}"


def _write_terms(page, live, text):
    page.goto(f"{live.url}/{STUDY}/project-begin.view")
    page.goto(f"{live.url}/{STUDY}/admin-termsOfUse.view")
    page.get_by_label("Text of").fill(text)
    page.get_by_role("button", name="Preview").click()
    assert page.locator(".terms-text h3").inner_text() == "Cohort"
    page.get_by_role("button", name="Save as version").click()
    assert page.get_by_role("status").filter(has_text="in force from now on").is_visible()


def _demand_everything(page, live):
    page.goto(f"{live.url}/{STUDY}/admin-folderDemands.view")
    page.get_by_role("button", name="Add the GA4GH DUO codes").click()
    page.get_by_label("Ask for an IRB number").check()
    page.get_by_label("Pattern", exact=True).fill(r"\d{4}-\d{3}")
    page.get_by_label("The pattern in words").fill("year and three digits, as 2026-017")
    page.get_by_label("Try a number").fill("2026-017")
    page.get_by_role("button", name="Try").click()
    assert page.get_by_text("2026-017 is accepted.").is_visible()
    page.get_by_label("Ask for a PHI level").check()
    page.get_by_label("Ask for a signature").check()
    page.get_by_label("What the signature means").fill(MEANING)
    page.get_by_label("What the signature means").press("Tab")
    page.get_by_label("Days after which").fill("90")
    page.get_by_label("Days after which").press("Enter")
    assert page.get_by_text("Nothing is changed yet").is_visible()
    page.get_by_role("button", name="Yes, change it").click()
    assert page.get_by_text("The change is saved and holds from now on.").is_visible()


def _fill(page, irb="2026-017"):
    page.get_by_label("I have read these terms and accept them").check()
    page.get_by_label("Purpose").select_option("method development (DUO:0000031)")
    page.get_by_label("IRB number").fill(irb)
    page.get_by_label("Limited PHI").check()
    page.get_by_label("Your name").fill("Ana Lyst")


def test_a_person_declares_by_keyboard_is_told_what_is_wrong_and_comes_to_the_data(open_browser, live, study):
    page = open_browser()
    sign_in(page, live, ANALYST)
    page.goto(f"{study}/project-begin.view")
    assert "login-declare.view" in page.url
    assert page.get_by_text(MEANING).is_visible()
    page.get_by_label("IRB number").fill("17")
    page.get_by_label("IRB number").press("Tab")
    assert page.locator("[data-pattern-hint]").is_visible()
    page.get_by_label("IRB number").press("Enter")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") != ""
    assert page.get_by_label("IRB number").input_value() == "17"
    _fill(page)
    page.get_by_role("button", name="Declare").press("Enter")
    page.wait_for_url("**/project-begin.view")
    strip = page.get_by_role("note", name="Declared for this folder")
    said = "Purpose method development (DUO:0000031) IRB 2026-017 PHI Limited PHI Change"
    assert " ".join(strip.inner_text().split()) == said


def test_a_click_that_leaves_a_doubtful_irb_number_hits_what_was_clicked(open_browser, live, study):
    page = open_browser()
    sign_in(page, live, ANALYST)
    page.goto(f"{study}/project-begin.view")
    page.get_by_label("IRB number").fill("17")
    page.get_by_label("Not PHI").check()
    assert page.locator("[data-pattern-hint]").is_visible()


def test_a_suspended_key_is_shown_and_declared_for(open_browser, live, study):
    page = open_browser()
    sign_in(page, live, ANALYST)
    page.goto(f"{live.url}/security-externalToolsView.view")
    row = page.get_by_role("row").filter(has_text="R notebook on the cluster")
    row.get_by_role("link", name=f"/{STUDY}").click()
    assert page.get_by_label("R notebook on the cluster").is_checked()
    _fill(page)
    page.get_by_role("button", name="Declare").click()
    page.goto(f"{live.url}/security-externalToolsView.view")
    assert page.get_by_text("suspended").count() == 0


def test_all_of_it_works_without_a_script(open_browser, live, study):
    page = open_browser(java_script_enabled=False, viewport={"width": 360, "height": 800})
    sign_in(page, live, ANALYST)
    page.goto(f"{study}/project-begin.view")
    page.get_by_role("button", name="Declare").click()
    assert page.get_by_role("alert").is_visible()
    _fill(page)
    page.get_by_role("button", name="Declare").click()
    page.wait_for_url("**/project-begin.view")
    page.locator("#user-menu").click()
    page.get_by_role("link", name="Change my declaration").first.click()
    assert page.get_by_label("IRB number").input_value() == "2026-017"
    assert page.get_by_label("Your name").input_value() == ""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_every_page_of_declarations_fits_is_labelled_and_has_contrast(open_browser, live, study, scheme, width):
    page = open_browser(color_scheme=scheme, viewport={"width": width, "height": 800})
    sign_in(page, live, ADMIN)
    for path in ("admin-termsOfUse.view", "admin-termsVersion.view?version=1", "admin-folderDemands.view"):
        page.goto(f"{study}/{path}")
        check(page)
    page.goto(f"{study}/admin-compareTerms.view?from=1&to=1")
    check(page)
    page.goto(f"{study}/login-declare.view")
    check(page)
    page.get_by_role("button", name="Declare").click()
    check(page)
    levels = heading_levels(page)
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    _fill(page)
    page.get_by_role("button", name="Declare").click()
    check(page)
    page.goto(f"{live.url}/login-declarations.view")
    check(page)
