"""Every page in light and dark, narrow and wide: readable, labelled, nothing running out of the window."""

from itertools import pairwise

import pytest

from tests.browsers.conftest import sign_in
from tests.browsers.prepare import ADMIN

PAGES = (
    "home/project-begin.view",
    "home/Liver%20study/project-begin.view",
    "home/Liver%20study/query-executeQuery.view?schemaName=clinical&query.queryName=patients&query.age~gt=50&query.maxRows=20",
    "home/Liver%20study/query-executeQuery.view?schemaName=clinical&query.queryName=nothing",
    "home/Liver%20study/query-saveView.view?schemaName=clinical&query.queryName=patients&query.age~gt=50",
    "home/Liver%20study/query-newQuery.view?schemaName=clinical",
    "Shared/Unblinded/project-begin.view",
    "security-externalToolsView.view",
    "user-mySessions.view",
    "login-changePassword.view",
    "login-secondFactors.view",
    "login-setUpTotp.view",
    "login-mySignIn.view",
    "login-configure.view",
    "login-configuration.view?kind=oidc",
    "login-configuration.view?kind=saml",
    "login-configuration.view?kind=ldap",
    "login-setUpPasskey.view",
    "admin-showAdmin.view",
    "admin-customizeSite.view",
    "user-showUsers.view",
    "user-details.view?userId=1001",
    "user-showSessions.view?q=admin",
    "security-groups.view",
    "security-group.view?id=-1",
    "admin-manageFolders.view",
    "home/Liver%20study/security-permissions.view",
    "query-executeQuery.view?schemaName=core&query.queryName=APIKeys",
    "logger-manage.view",
    "audit-showAuditLog.view",
)
FOR_GUESTS = ("login-login.view", "login-resetPassword.view", "login-setPassword.view?uid=x&key=y", "nothing-here.view")

# Everything that would have to be scrolled sideways, but for what scrolls in a container of its own.
WIDE = """[...document.querySelectorAll('body *')].filter(element => {
  const box = element.getBoundingClientRect();
  const isOut = box.width && element.checkVisibility() && box.right > innerWidth + 1;
  return isOut && !element.closest('.table-scroll, pre, .visually-hidden, .skip');
}).map(element => element.outerHTML.slice(0, 120))"""

UNLABELLED = """[...document.querySelectorAll('input, select, textarea')].filter(control =>
  control.type !== 'hidden' && !control.hidden && !control.labels.length && !control.ariaLabel
).map(control => control.outerHTML)"""

# Contrast of every text with what is painted behind it (WCAG 2.2, 1.4.3), computed as the specification says.
FAINT = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest('.visually-hidden, .skip, :disabled')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24;
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 90)}`);
  }
  return faint;
})()"""

LOOKS = [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]


def check(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.evaluate(WIDE)
    assert page.evaluate(WIDE) == []
    for menu in page.locator("main details.menu").all():
        menu.evaluate("menu => { menu.open = true }")
        assert page.evaluate(WIDE) == []
        menu.evaluate("menu => { menu.open = false }")
    assert page.evaluate(UNLABELLED) == []
    assert page.evaluate(FAINT) == []
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1


def heading_levels(page):
    return page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(each => Number(each.tagName[1]))")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_page_fits_is_labelled_and_has_contrast(open_browser, live, scheme, width):
    page = open_browser(color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in FOR_GUESTS:
        page.goto(f"{live.url}/{path}")
        check(page)
    sign_in(page, live, ADMIN)
    for path in PAGES:
        page.goto(f"{live.url}/{path}")
        check(page)


def test_no_page_skips_a_level_of_headings(open_browser, live):
    page = open_browser()
    sign_in(page, live, ADMIN)
    for path in PAGES:
        page.goto(f"{live.url}/{path}")
        levels = heading_levels(page)
        assert levels[0] == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)


def test_a_new_key_is_readable_on_a_narrow_screen(open_browser, live):
    page = open_browser(viewport={"width": 360, "height": 800})
    sign_in(page, live, ADMIN)
    page.goto(f"{live.url}/security-externalToolsView.view")
    page.get_by_role("button", name="Generate API Key").click()
    page.get_by_label("API key", exact=True).wait_for()
    check(page)
    page.locator("summary", has_text="Python").click()
    check(page)


def test_the_first_tab_offers_to_skip_to_the_content(open_browser, live):
    page = open_browser()
    sign_in(page, live, ADMIN)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_one_tab_leads_from_the_name_to_the_password(open_browser, live):
    page = open_browser()
    page.goto(f"{live.url}/login-login.view")
    page.get_by_label("E-mail").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "password"


def test_forced_colours_keep_every_border_of_a_control(open_browser, live):
    page = open_browser(forced_colors="active")
    page.goto(f"{live.url}/login-login.view")
    widths = page.eval_on_selector_all(
        ".button, .input", "all => all.map(each => getComputedStyle(each).borderTopWidth)"
    )
    assert set(widths) == {"1px"}
