"""The signed cookie for clients that keep cookies: how long it is good, and that nobody else can make one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def opened(site, analyst):
    from keyhouse.authn.opened import OpenedSessions

    return OpenedSessions("a secret of this site, long enough")


@pytest.fixture
def cookie(site, opened, analyst):
    from tests.site import OPERATOR

    from keyhouse.core.decision import API_KEY, Allowed, Via
    from keyhouse.core.principal import Principal

    key = site.api_keys.issue(analyst, OPERATOR, -1).key
    allowed = Allowed(Principal(analyst.id, analyst.email, ""), Via(API_KEY, key_id=key.key_id))
    return opened.cookie_for(allowed, 0, NOW)


def test_it_is_good_for_half_an_hour(opened, cookie):
    assert opened.enter(cookie, NOW + timedelta(minutes=29))
    assert opened.enter(cookie, NOW + timedelta(minutes=30)) is None


def test_a_node_whose_clock_is_a_little_behind_takes_it(opened, cookie):
    assert opened.enter(cookie, NOW - timedelta(seconds=30))
    assert opened.enter(cookie, NOW - timedelta(minutes=2)) is None


def test_it_is_renewed_while_in_use_but_not_for_ever(opened, cookie):
    now = NOW
    while opened.enter(cookie, now):
        if opened.is_due_for_renewal(cookie, now):
            cookie = opened.renewed(cookie, now)
        now += timedelta(minutes=10)
    assert timedelta(hours=12) < now - NOW < timedelta(hours=13)


def test_a_cookie_of_a_password_is_not_renewed(opened, site, analyst):
    from keyhouse.core.decision import PASSWORD, Allowed, Via
    from keyhouse.core.principal import Principal

    allowed = Allowed(Principal(analyst.id, analyst.email, ""), Via(PASSWORD))
    cookie = opened.cookie_for(allowed, 0, NOW)
    assert opened.enter(cookie, NOW)
    assert not opened.is_due_for_renewal(cookie, NOW + timedelta(minutes=20))


def test_session_keys_and_guests_get_no_cookie(opened):
    from keyhouse.core.decision import SESSION_KEY, Allowed, Via
    from keyhouse.core.principal import GUEST, Principal

    assert opened.cookie_for(Allowed(GUEST), 0, NOW) is None
    assert opened.cookie_for(Allowed(Principal(1, "a", "a"), Via(SESSION_KEY, key_id="k")), 0, NOW) is None


@given(st.text(max_size=80) | st.text(max_size=60).map(lambda text: "o.k." + text))
def test_no_made_up_text_is_ever_read(text):
    from keyhouse.authn.opened import OpenedSessions

    assert OpenedSessions("a secret of this site, long enough")._read(text) is None


@given(st.data())
def test_no_changed_character_survives(data):
    from keyhouse.authn.opened import OpenedSessions, _Named

    opened = OpenedSessions("a secret of this site, long enough")
    cookie = opened._signed(_Named("p", "1001-0", "ab12", NOW, NOW))
    position = data.draw(st.integers(0, len(cookie) - 1))
    character = data.draw(st.characters(max_codepoint=255))
    changed = cookie[:position] + character + cookie[position + 1 :]
    assert changed == cookie or opened._read(changed) is None
