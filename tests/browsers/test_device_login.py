"""A person lets a program in, in a real browser: by mouse, by keyboard alone, without script, on a phone."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.browsers.conftest import sign_in
from tests.browsers.prepare import ANALYST, PASSWORD

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"


def post(url: str, **form: str) -> dict[str, Any]:
    try:
        with urlopen(Request(url, urlencode(form).encode()), timeout=10) as answer:
            return dict(json.loads(answer.read()))
    except HTTPError as error:
        return dict(json.loads(error.read()))


@pytest.fixture
def codes(live):
    return post(f"{live.url}/device-authorize.api", client_id="keyhouse login", hostName="node17.cluster.example.org")


def collected(live, codes):
    return post(f"{live.url}/device-token.api", grant_type=GRANT_TYPE, device_code=codes["device_code"])


def test_link_leads_through_the_sign_in_to_the_question(open_browser, live, codes):
    page = open_browser()
    page.goto(f"{live.url}/device-approve.view?user_code={codes['user_code']}")
    page.get_by_label("E-mail").fill(ANALYST)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text(codes["user_code"]).wait_for()
    page.get_by_text("node17.cluster.example.org", exact=True).wait_for()
    page.get_by_label("Expires").select_option("7 days (1 week)")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("heading", name="The program is let in").wait_for()
    assert collected(live, codes)["expires_in"] == 604_800
    page.get_by_role("main").get_by_role("link", name="External Tool Access").click()
    page.get_by_text("keyhouse login on node17.cluster.example.org").first.wait_for()


def test_code_is_typed_and_denied_with_the_keyboard_alone_and_without_script(open_browser, live, codes):
    page = open_browser(java_script_enabled=False)
    sign_in(page, live, ANALYST)
    page.goto(f"{live.url}/device-approve.view")
    page.get_by_label("The code that the program shows").focus()
    page.keyboard.type(codes["user_code"].lower().replace("-", ""))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Deny").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The program was refused").wait_for()
    assert collected(live, codes)["error"] == "access_denied"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_question_fits_its_window(open_browser, live, codes, width):
    page = open_browser(viewport={"width": width, "height": 900})
    sign_in(page, live, ANALYST)
    page.goto(f"{live.url}/device-approve.view?user_code={codes['user_code']}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
