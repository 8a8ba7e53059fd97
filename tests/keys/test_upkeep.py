"""What time has ended is written into the log, once."""

from datetime import timedelta

from tests.site import issue, sign_in

from keyhouse import system


def later(**how: int):
    return lambda: system.now() + timedelta(**how)


def upkeep(site, clock):
    from keyhouse.keys.upkeep import Upkeep

    return Upkeep(site.recorder, clock, site.sessions)


def events(kind: str) -> list[str]:
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).values_list("user", flat=True))


def test_expired_key_is_recorded_exactly_once(site, analyst):
    issue(site, analyst, maximum_seconds=60)
    issue(site, analyst)
    assert upkeep(site, later(seconds=30)).note_expired_keys() == 0
    assert upkeep(site, later(seconds=61)).note_expired_keys() == 1
    assert upkeep(site, later(seconds=62)).note_expired_keys() == 0
    assert events("key expired") == ["analyst@example.org"]


def test_idle_session_is_ended_and_recorded(site, client, analyst):
    from keyhouse.sessions.models import BrowserSession

    sign_in(client, "analyst@example.org")
    upkeep(site, later(minutes=29)).run()
    assert BrowserSession.objects.count() == 1
    upkeep(site, later(minutes=31)).run()
    assert BrowserSession.objects.count() == 0
    assert events("session ended") == ["analyst@example.org"]


def test_what_strangers_began_goes_at_once_however_many_and_holds_nobody_up(site, client, analyst):
    from keyhouse.sessions.models import BrowserSession

    now = system.now()
    BrowserSession.objects.bulk_create(
        BrowserSession(public_id=f"{each}", digest=f"{each}", created_at=now, last_seen_at=now, ends_at=now)
        for each in range(600)
    )
    sign_in(client, "analyst@example.org")
    upkeep(site, later(minutes=31)).run()
    assert not BrowserSession.objects.exists()
    assert events("session ended") == ["analyst@example.org"]


def test_last_uses_are_kept_while_the_database_is_away(site, analyst, monkeypatch):
    import pytest
    from django.db import DatabaseError

    from keyhouse.authn import last_used
    from keyhouse.keys.models import ApiKey

    issue(site, analyst)
    key_id = ApiKey.objects.get().key_id
    uses = last_used.LastUsed()
    uses.note(key_id, system.now(), "10.0.0.1", "R")
    with monkeypatch.context() as patch:
        patch.setattr(last_used, "_write", lambda *_: (_ for _ in ()).throw(DatabaseError))
        with pytest.raises(DatabaseError):
            uses.flush()
    uses.flush()
    assert ApiKey.objects.get().last_used_address == "10.0.0.1"
