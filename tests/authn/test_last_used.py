"""When a key was last used: right, never backwards, and without a write per request."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.site import OPERATOR, issue

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def key(site, analyst):
    from keyhouse.keys.models import ApiKey

    issue(site, analyst)
    return ApiKey.objects.get()


def test_last_use_has_time_address_and_agent(site, client, analyst, key):
    from keyhouse.system import now

    client.get("/login-whoAmI.api", {"apikey": issue(site, analyst), "User-Agent": "R/4.5"})
    site.last_used.flush()
    used = type(key).objects.exclude(id=key.id).get()
    assert (used.last_used_address, used.last_used_agent) == ("127.0.0.1", "R/4.5")
    assert abs(now() - used.last_used_at) < timedelta(minutes=1)
    key.refresh_from_db()
    assert key.last_used_at is None


def test_last_use_never_goes_backwards_whichever_worker_writes_last(site, key):
    from keyhouse.authn.last_used import LastUsed

    slow, fast = LastUsed(), LastUsed()
    slow.note(key.key_id, NOW, "192.0.2.1", "slow")
    fast.note(key.key_id, NOW + timedelta(seconds=3), "192.0.2.2", "fast")
    fast.flush()
    slow.flush()
    key.refresh_from_db()
    assert (key.last_used_at, key.last_used_address) == (NOW + timedelta(seconds=3), "192.0.2.2")


def test_a_thousand_uses_are_one_write(site, key):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for second in range(1000):
        site.last_used.note(key.key_id, NOW + timedelta(seconds=second), "", "")
    with CaptureQueriesContext(connection) as queries:
        site.last_used.flush()
    assert sum("UPDATE" in query["sql"] and "api_key" in query["sql"] for query in queries) == 1
    key.refresh_from_db()
    assert key.last_used_at == NOW + timedelta(seconds=999)


def test_a_failed_write_is_kept_for_the_next_time(site, key, monkeypatch):
    from django.db import OperationalError

    from keyhouse.authn import last_used

    def fail(*_: object) -> None:
        raise OperationalError

    site.last_used.note(key.key_id, NOW, "192.0.2.1", "x")
    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(last_used, "_write", fail)
        site.last_used.flush()
    site.last_used.flush()
    key.refresh_from_db()
    assert key.last_used_at == NOW


def test_refused_uses_do_not_count(site, client, analyst, key):
    site.users.deactivate(analyst, OPERATOR)
    text = issue(site, analyst)
    assert client.get("/login-whoAmI.api", {"apikey": text}).status == 401
    site.last_used.flush()
    assert not type(key).objects.filter(last_used_at__isnull=False).exists()


def test_an_agent_of_any_length_and_bytes_is_stored(site, key):
    site.last_used.note(key.key_id, NOW, "x" * 500, "a\0b" * 1000)
    site.last_used.flush()
    key.refresh_from_db()
    assert len(key.last_used_agent) == 512 and "\0" not in key.last_used_agent
