"""A running site and a real Chromium; pages are watched for errors and broken policies while tests use them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browsers.journey import Journey, JourneySite
from tests.browsers.live import CHROMIUM, CHROMIUM_ARGUMENTS, Live, running
from tests.browsers.prepare import PASSWORD


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. It ends with this package: while its event loop runs, Django refuses to read its database."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Debian's package chromium is not installed")
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="package")
def live(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One site for all tests of browsers."""
    with running(tmp_path_factory.mktemp("live")) as site:
        yield site


@pytest.fixture
def open_browser(browser: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own; when the test ends, no page has complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(**how: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda sent: _check_host(sent.url, live.url, complaints))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def journey_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneySite]:
    """A site of this file's own, at an address of localhost, for journeys through it."""
    with JourneySite(tmp_path_factory.mktemp("journey") / "data") as site:
        yield site


@pytest.fixture
def journey(
    request: pytest.FixtureRequest, journey_site: JourneySite, browser: Browser, tmp_path: Path
) -> Iterator[Journey]:
    """A person in a browser of their own, in front of the file's site."""
    print(f"\n# {request.node.name.removeprefix('test_').replace('_', ' ').capitalize()}")
    walked = Journey(journey_site, browser, tmp_path)
    yield walked
    walked.close()


def _is_complaint(said: Any) -> bool:
    # The browser itself notes each answer of 4xx; some tests ask for one.
    return said.type in {"error", "warning"} and "Failed to load resource" not in said.text


def _check_host(url: str, home: str, complaints: list[str]) -> None:
    if not url.startswith((home, "data:", "about:")):
        complaints.append(f"a page asked another host: {url}")


def sign_in(page: Page, live: Live, email: str, password: str = PASSWORD) -> None:
    """Sign in through the page."""
    page.goto(f"{live.url}/login-login.view")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/project-begin.view*")
