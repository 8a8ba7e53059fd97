"""Impersonating in a real browser: from the menu to the banner and back, while a program holds a session key."""

import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.browsers.conftest import sign_in
from tests.browsers.prepare import ADMIN, ANALYST
from tests.browsers.test_look import check

SHOTS = os.environ.get("KEYHOUSE_SHOTS")


def shoot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def who(live, key):
    request = Request(f"{live.url}/login-whoAmI.api", headers={"apikey": key})
    try:
        with urlopen(request) as answer:
            told = json.load(answer)
    except HTTPError as error:
        return json.load(error)["reason"]
    return told["email"], told["impersonated"]


def choose(page, where):
    page.locator("#user-menu").click()
    page.get_by_role("link", name="Impersonate").click()
    page.get_by_role("link", name=where, exact=True).click()


def test_an_administrator_takes_roles_then_a_user_and_is_themselves_again(open_browser, live):
    page = open_browser(viewport={"width": 1280, "height": 900})
    sign_in(page, live, ADMIN)
    page.goto(f"{live.url}/security-externalToolsView.view")
    page.get_by_role("button", name="Generate Session Key").click()
    key = page.get_by_label("Session key", exact=True).input_value()
    assert who(live, key) == (ADMIN, False)

    choose(page, "Roles")
    check(page)
    shoot(page, "roles")
    page.get_by_label("Reader", exact=True).check()
    page.get_by_role("button", name="Impersonate these roles").click()
    banner = page.get_by_role("region", name="Impersonation")
    assert f"You ({ADMIN}) are impersonating the role Reader." in banner.inner_text()
    check(page)
    shoot(page, "acting")
    assert who(live, key) == (ADMIN, True)
    banner.get_by_role("button", name="Stop impersonating").click()
    page.wait_for_url("**/project-begin.view*")

    choose(page, "User")
    shoot(page, "users")
    check(page)
    page.get_by_role("button", name=f"Impersonate {ANALYST}").click()
    page.goto(f"{live.url}/home/project-begin.view")
    page.set_viewport_size({"width": 360, "height": 800})
    check(page)
    shoot(page, "narrow")
    assert who(live, key) == "key_revoked"
    page.locator("#user-menu").click()
    assert page.get_by_role("button", name="Sign out").count() == 0
    shoot(page, "menu")
    page.get_by_role("button", name="Stop Impersonating", exact=True).click()
    page.wait_for_url("**/project-begin.view*")
    assert page.get_by_role("region", name="Impersonation").count() == 0
