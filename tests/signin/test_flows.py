"""Journeys to a provider: each taken once, by the browser that began it, from the provider it went to, in time."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def browser(site):
    """A browser's request, with the data of its session."""
    return SimpleNamespace(session={})


def provider(number=1):
    from keyhouse.signin.method import Provider

    return Provider(number, "oidc", "University SSO", {}, "https://data.example.org")


def begun(browser, at=NOW):
    from keyhouse.signin import flows
    from keyhouse.signin.method import Purpose

    return flows.start(browser, provider(), Purpose.SIGN_IN, "/home", at)


def is_refused(browser, state, at=NOW, number=1) -> bool:
    from keyhouse.signin import flows
    from keyhouse.signin.method import SignInFailed

    try:
        flows.take(browser, state, provider(number), at)
    except SignInFailed:
        return True
    return False


def test_journey_is_taken_once_and_as_it_was_begun(browser):
    from keyhouse.signin import flows

    flow = begun(browser)
    changed = flows.add_to(browser, flow, {"request": "id-1"}, NOW)
    assert flows.take(browser, flow.state, provider(), NOW) == changed
    assert is_refused(browser, flow.state)


def test_journey_of_another_browser_or_another_provider_is_refused(browser):
    flow = begun(browser)
    assert is_refused(SimpleNamespace(session={}), flow.state)
    assert is_refused(browser, flow.state, number=2)
    assert is_refused(browser, flow.state), "what another provider answered is used up"


@pytest.mark.parametrize(
    ("later", "refused"),
    [(timedelta(minutes=14), False), (timedelta(minutes=15), True), (timedelta(minutes=-6), True)],
)
def test_journey_takes_a_quarter_of_an_hour_at_most(browser, later, refused):
    assert is_refused(browser, begun(browser).state, NOW + later) is refused


def test_the_ninth_tab_forgets_the_first(browser):
    states = [begun(browser).state for _ in range(9)]
    assert [is_refused(browser, state) for state in states] == [True] + [False] * 8
