"""Session keys: the database ends them with their session and keeps what their holder and the log are told."""

import logging
from datetime import timedelta

import pytest
from tests.session_keys import ENDED, WHO, row, run_upkeep, signed_in
from tests.site import OPERATOR, Client, set_site

from keyhouse.system import now


def kept():
    from keyhouse.keys.models import EndedSessionKey

    return list(EndedSessionKey.objects.values_list("user_id", "session_id", "why"))


def test_what_was_kept_of_a_key_names_its_user_its_session_and_the_cause(browser, analyst):
    from keyhouse.core.digests import digest
    from keyhouse.keys.models import EndedSessionKey

    key, session = browser.key(), row().public_id
    browser.client.post("/login-logoutApi.api", json={})
    assert kept() == [(analyst.id, session, "sign-out")]
    ended = EndedSessionKey.objects.get()
    assert (ended.key_id, ended.digest) == (key[4:16], digest(key))
    assert abs(now() - ended.ended_at) < timedelta(minutes=1)


@pytest.mark.parametrize("statement", ["keyhouse_session_key", "keyhouse_browser_session"])
def test_a_key_is_kept_whatever_deletes_its_row(browser, analyst, statement):
    from django.db import connection

    key, session = browser.key(), row().public_id
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {statement}")
        cursor.execute("SELECT count(*) FROM keyhouse_session_key")
        assert cursor.fetchone() == (0,)
    assert kept() == [(analyst.id, session, "")]
    assert browser.reason(key) == ENDED


def test_the_database_has_no_key_without_a_session(browser):
    from django.db import IntegrityError, connection, transaction

    from keyhouse.keys.models import SessionKey

    browser.key()
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionKey.objects.update(session_id=999_999)
        connection.check_constraints()


def test_an_ended_key_is_revoked_and_one_whose_session_ended_says_so(site, browser, analyst):
    from django.db.models import Q

    one, other = browser.key(), browser.key()
    assert site.session_keys.end(Q(key_id=one[4:16]), OPERATOR) == 1
    assert (browser.reason(one), browser.reason(other)[0]) == ((401, "key_revoked"), 200)
    browser.client.post("/login-logoutApi.api", json={})
    assert (browser.reason(one), browser.reason(other)) == ((401, "key_revoked"), ENDED)


def test_a_key_that_never_was_learns_nothing(browser):
    from keyhouse import system
    from keyhouse.core.tokens import TokenKind, mint

    assert browser.reason(mint(TokenKind.SESSION_KEY, system.entropy).text) == (401, None)


def test_the_log_says_why_a_session_ended(browser, events):
    key = browser.key()
    browser.client.post("/login-logoutApi.api", json={})
    browser.reason(key)
    refused = events("key refused")[-1]
    assert refused.comment == "the browser session of this session key has ended: sign-out"
    assert (refused.reason, refused.user, refused.key_id) == ("session_ended", "analyst@example.org", key[4:16])


def test_what_was_kept_of_a_key_is_forgotten_after_a_year(site, browser):
    key = browser.key()
    browser.client.post("/login-logoutApi.api", json={})
    run_upkeep(site, lambda: now() + timedelta(days=364))
    assert browser.reason(key) == ENDED
    run_upkeep(site, lambda: now() + timedelta(days=366))
    assert (kept(), browser.reason(key)) == ([], (401, None))


def test_each_ended_session_is_in_the_log_with_its_cause_and_its_keys(site, browser, events):
    browser.key(), browser.key()
    row(last_seen_at=now() - timedelta(minutes=31))
    run_upkeep(site)
    event = events("session ended")[0]
    assert (event.details["why"], event.details["keys"], event.via) == ("idle time", 2, "time")
    assert "2 session keys" in event.comment


def test_a_person_who_came_back_is_not_cleared_away(site, browser):
    """The idle limit is asked again while the row is locked, and use that counts is presence."""
    set_site(site, sessionKeysMayKeepAlive=True)
    row(last_seen_at=now() - timedelta(minutes=31), kept_at=now())
    run_upkeep(site)
    assert row()
    set_site(site, sessionKeysMayKeepAlive=False)
    run_upkeep(site)
    from keyhouse.sessions.models import BrowserSession

    assert not BrowserSession.objects.exists()


def test_no_program_moves_the_idle_time(browser):
    key = browser.key()
    seen = row(last_seen_at=now() - timedelta(minutes=20)).last_seen_at
    assert browser.program(key).status == 200
    with_both = {"apikey": key, "cookie": f"JSESSIONID={browser.client.cookies['JSESSIONID']}"}
    assert Client(browser.front, keeps_cookies=False).get(WHO, with_both).status == 200
    assert row().last_seen_at == seen


def test_a_refused_request_is_nobodys_presence(site, browser, admin):
    from tests.site import issue

    seen = row(last_seen_at=now() - timedelta(minutes=20)).last_seen_at
    assert browser.client.get(WHO, {"apikey": issue(site, admin)}).status == 400
    assert row().last_seen_at == seen


def test_whoami_and_two_headers_tell_the_seconds_left(browser):
    key = browser.key()
    row(last_seen_at=now() - timedelta(minutes=10), ends_at=now() + timedelta(hours=2))
    answer = browser.program(key)
    left = answer.json["session"]
    assert 1190 < left["idleSecondsLeft"] <= 1200 and 7190 < left["absoluteSecondsLeft"] <= 7200
    assert list(answer.json)[-3:] == ["success", "session", "signedIn"]
    assert 1190 < int(answer.header("X-Keyhouse-Session-Idle-Seconds")) <= 1200
    assert 7190 < int(answer.header("X-Keyhouse-Session-Seconds")) <= 7200
    row(ends_at=now() + timedelta(minutes=5))
    assert browser.program(key).json["session"]["idleSecondsLeft"] <= 300


def test_a_browser_reads_the_time_that_its_own_request_gave_it(browser):
    row(last_seen_at=now() - timedelta(minutes=10))
    answer = browser.client.get(WHO)
    assert 1790 < answer.json["session"]["idleSecondsLeft"] <= 1800
    assert 1790 < int(answer.header("X-Keyhouse-Session-Idle-Seconds")) <= 1800


def test_nothing_is_said_of_a_session_where_there_is_none(site, front, browser, analyst):
    from tests.site import issue

    by_key = browser.program(issue(site, analyst))
    guest = Client(front).get(WHO)
    over = browser.client.post("/login-logoutApi.api", json={})
    for answer in (by_key, guest, over):
        assert answer.header("X-Keyhouse-Session-Seconds") is None and "session" not in answer.json


def test_last_use_has_time_address_and_program_and_costs_no_write_a_request(site, browser):
    from keyhouse.keys.models import SessionKey

    key = browser.key()
    Client(browser.front, keeps_cookies=False, address="192.0.2.7").get(WHO, {"apikey": key, "user-agent": "R/4"})
    assert SessionKey.objects.get().last_used_at is None
    site.last_used.flush()
    used = SessionKey.objects.get()
    assert (used.last_used_address, used.last_used_agent) == ("192.0.2.7", "R/4")
    assert now() - used.last_used_at < timedelta(seconds=60)


@pytest.fixture
def keeping(site, browser):
    """A key that its owner lets keep the session alive, on a site that permits it."""
    from django.db.models import Q

    set_site(site, sessionKeysMayKeepAlive=True)
    key = browser.key("long run")
    assert site.session_keys.let_keep_alive(Q(key_id=key[4:16]), True, OPERATOR) == 1
    return key


def test_a_key_that_may_keep_the_session_alive_does_so_up_to_its_longest_life(browser, keeping):
    row(last_seen_at=now() - timedelta(minutes=29))
    assert 1790 < browser.program(keeping).json["session"]["idleSecondsLeft"] <= 1800
    row(last_seen_at=now() - timedelta(hours=3))
    assert browser.program(keeping).status == 200
    row(ends_at=now())
    assert browser.reason(keeping) == ENDED


def test_the_site_setting_switched_off_holds_at_once(site, browser, keeping):
    browser.program(keeping)
    row(last_seen_at=now() - timedelta(hours=3))
    set_site(site, sessionKeysMayKeepAlive=False)
    assert browser.reason(keeping) == ENDED


@pytest.mark.parametrize("how", ["taken back", "ended"])
def test_use_of_a_key_that_may_no_longer_counts_for_nothing(site, browser, keeping, how):
    from django.db.models import Q

    other = browser.key()
    browser.program(keeping)
    row(last_seen_at=now() - timedelta(hours=3))
    which = Q(key_id=keeping[4:16])
    if how == "ended":
        site.session_keys.end(which, OPERATOR)
    else:
        site.session_keys.let_keep_alive(which, False, OPERATOR)
    assert browser.reason(other) == ENDED


def test_a_dead_session_is_not_kept_alive(browser, keeping):
    row(last_seen_at=now() - timedelta(minutes=31), kept_at=None)
    assert browser.reason(keeping) == ENDED
    assert row().kept_at is None


@pytest.mark.parametrize("ahead", [{"last_seen_at": 6}, {"created_at": 6, "last_seen_at": 0}])
def test_a_clock_that_stepped_back_lets_nobody_in_and_says_so(site, browser, caplog, ahead):
    key = browser.key()
    row(**{name: now() + timedelta(minutes=minutes) for name, minutes in ahead.items()})
    before = row()
    with caplog.at_level(logging.WARNING, "keyhouse.authn"):
        assert browser.reason(key) == (401, None)
        assert browser.client.get(WHO).json["email"] == "guest"
    assert caplog.text.count("The clock stepped back") == 2
    run_upkeep(site)
    assert (row().last_seen_at, row().ends_at) == (before.last_seen_at, before.ends_at)
    row(created_at=now(), last_seen_at=now())
    assert browser.program(key).status == 200


def test_upkeep_deletes_nothing_that_only_a_wrong_clock_calls_over(site, browser):
    row(last_seen_at=now() + timedelta(days=2), ends_at=now() - timedelta(hours=1))
    run_upkeep(site)
    assert row()


def test_a_clock_a_little_behind_another_nodes_is_no_step_back(browser):
    key = browser.key()
    row(last_seen_at=now() + timedelta(minutes=4))
    assert browser.program(key).status == 200


def test_a_deactivated_owner_reads_so_and_after_reactivation_that_the_session_ended(site, browser, analyst):
    key = browser.key()
    site.users.deactivate(analyst, OPERATOR)
    assert browser.reason(key) == (401, "account_deactivated")
    site.users.reactivate(analyst, OPERATOR)
    assert browser.reason(key) == ENDED


def test_the_key_of_a_deleted_user_reads_that_its_session_ended(site, browser, analyst):
    key = browser.key()
    site.users.delete(analyst, OPERATOR)
    assert browser.reason(key) == ENDED


def test_a_new_sign_in_of_another_browser_leaves_the_keys_alone(front, browser, analyst):
    key = browser.key()
    signed_in(front, analyst.email)
    assert browser.program(key).status == 200
