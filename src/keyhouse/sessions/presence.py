"""Presence: what keeps a browser session from going idle, and what ends it."""

from datetime import datetime, timedelta

from django.db import transaction

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.sessions.models import BrowserSession

_WRITTEN_EVERY = timedelta(seconds=30)


def touch(public_id: str, now: datetime) -> None:
    """Note that the person is there; written at most every half minute."""
    stale = BrowserSession.objects.filter(public_id=public_id, last_seen_at__lt=now - _WRITTEN_EVERY)
    if stale.exists():
        stale.update(last_seen_at=now)


def end_all(user: User, caller: Caller, recorder: Recorder) -> int:
    """End every browser session of a user, and with each its session keys; return how many there were."""
    with transaction.atomic():
        ended = BrowserSession.objects.filter(user=user).count()
        BrowserSession.objects.filter(user=user).delete()
        User.objects.filter(id=user.id).update(session_generation=user.session_generation + 1)
        if ended:
            comment = f"{ended} browser session(s) of {user.email} ended."
            recorder.record(Event(Kind.SESSION_ENDED, caller, comment, details={"subjectId": user.id}))
    return ended
