"""Presence: what keeps a browser session from going idle. Never before its time, never past its absolute end."""

from datetime import datetime, timedelta

from keyhouse.sessions.models import BrowserSession

_WRITTEN_EVERY = timedelta(seconds=30)


def touch(public_id: str, now: datetime) -> None:
    """Note that the person is there; written at most every half minute."""
    stale = BrowserSession.objects.filter(public_id=public_id, last_seen_at__lt=now - _WRITTEN_EVERY)
    if stale.exists():
        stale.update(last_seen_at=now)


def keep(public_id: str, now: datetime) -> None:
    """Note that a program is there which may keep the session alive; written at most every half minute.

    It is kept apart from the person's presence, so that it counts for nothing once the site permits it no more.
    """
    session = BrowserSession.objects.filter(public_id=public_id)
    stale = session.filter(kept_at=None) | session.filter(kept_at__lt=now - _WRITTEN_EVERY)
    if stale.exists():
        stale.update(kept_at=now)
