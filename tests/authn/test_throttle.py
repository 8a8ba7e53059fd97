"""Throttling: failures of one source slow that source alone, and never a valid key (keys.md, section 6)."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.site import OPERATOR, PASSWORD, Client, issue

from keyhouse.core.tokens import TokenKind, mint
from keyhouse.system import entropy

NOW = datetime(2026, 7, 1, tzinfo=UTC)
WHO = "/login-whoAmI.api"


@pytest.fixture
def flooded(front):
    """A client whose address has just failed so often that forty of its failures were not heard any more."""
    client = Client(front, keeps_cookies=False, address="192.0.2.66")
    statuses: list[int] = []
    # Time empties the bucket: a slow machine needs more failures to fill it.
    while statuses.count(429) < 40 and len(statuses) < 500:
        statuses.append(client.get(WHO, {"apikey": mint(TokenKind.API_KEY, entropy).text}).status)
    assert statuses[0] == 401 and statuses[-1] == 429
    return client


def test_too_many_failures_are_answered_429_with_a_time_to_wait(flooded):
    answer = flooded.get(WHO, {"apikey": "wrong"})
    assert answer.status == 429
    assert 1 <= int(answer.header("Retry-After")) <= 5


def test_a_valid_key_from_the_flooding_address_is_never_locked_out(site, flooded, analyst):
    assert flooded.get(WHO, {"apikey": issue(site, analyst)}).status == 200


def test_other_addresses_are_not_affected(site, flooded, front):
    assert Client(front, address="192.0.2.67").get(WHO, {"apikey": "wrong"}).status == 401


def test_a_password_from_the_flooding_address_is_not_even_heard(site, flooded, analyst):
    basic = "Basic " + base64.b64encode(f"analyst@example.org:{PASSWORD}".encode()).decode()
    assert flooded.get(WHO, {"Authorization": basic}).status == 429


def test_guests_from_the_flooding_address_are_served(flooded):
    assert flooded.get(WHO).json["email"] == "guest"


def test_a_flood_writes_no_audit_row_per_request(flooded):
    from keyhouse.audit.models import AuditEvent

    assert AuditEvent.objects.filter(kind="throttled").count() == 1
    before = AuditEvent.objects.count()
    for _ in range(50):
        flooded.get(WHO, {"apikey": "wrong"})
    assert AuditEvent.objects.count() <= before + 4


def test_one_revoked_key_from_many_addresses_is_throttled_by_its_id(site, front, analyst):
    from keyhouse.keys.models import ApiKey

    key, good = issue(site, analyst), issue(site, analyst)
    site.api_keys.revoke(ApiKey.objects.filter(key_id=key[4:16]), OPERATOR)
    statuses = [
        Client(front, address=f"10.0.{n}.1", keeps_cookies=False).get(WHO, {"apikey": key}).status for n in range(70)
    ]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert Client(front, address="10.0.1.1").get(WHO, {"apikey": good}).status == 200


def test_bucket_fills_after_sixty_and_empties_one_a_second():
    from keyhouse.authn.throttle import Throttle

    throttle = Throttle()
    assert [throttle.count_failure("a", NOW) for _ in range(60)] == [False] * 59 + [True]
    wait = throttle.retry_after("a", NOW)
    assert wait is not None
    assert throttle.retry_after("a", NOW + timedelta(seconds=wait)) is None
    assert throttle.retry_after("b", NOW) is None


@given(st.lists(st.floats(-5, 5), max_size=200))
def test_bucket_is_never_stuck_whatever_the_clock_does(steps):
    from keyhouse.authn.throttle import Throttle

    throttle, now = Throttle(), NOW
    for step in steps:
        now += timedelta(seconds=step)
        throttle.count_failure("a", now)
    wait = throttle.retry_after("a", now)
    assert wait is None or throttle.retry_after("a", now + timedelta(seconds=wait)) is None


def test_many_addresses_do_not_fill_the_memory(monkeypatch):
    from keyhouse.authn import throttle as module

    monkeypatch.setattr(module, "_REMEMBERED", 100)
    throttle = module.Throttle()
    for number in range(1000):
        throttle.count_failure(str(number), NOW)
    assert len(throttle._levels) == 100


def test_all_addresses_of_one_ipv6_network_count_as_one():
    from keyhouse.authn.throttle import source_of

    assert source_of("2001:db8:1:2::1") == source_of("2001:db8:1:2:ffff:ffff:ffff:ffff")
    assert source_of("2001:db8:1:3::1") != source_of("2001:db8:1:2::1")
    assert source_of("::ffff:192.0.2.1") == "192.0.2.1" != source_of("192.0.2.2")
    assert source_of("") == ""
