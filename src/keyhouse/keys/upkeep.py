"""What time does to keys and sessions, written into the log: the door refuses them with or without this."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.decision import Via
from keyhouse.core.principal import Principal
from keyhouse.keys.models import ApiKey, DeviceAuthorization
from keyhouse.sessions.models import BrowserSession
from keyhouse.siteconfig import store

_AT_ONCE = 500
_DEVICE_LOGINS_KEPT = timedelta(hours=1)
"""After their end: a program that was away reads that its login has expired, and not that there was none."""


class Upkeep:
    """Records expired keys, ends sessions, forgets device logins that are over; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def run(self) -> None:
        """Do all of it; of several workers that come at once, one writes each event."""
        self.note_expired_keys()
        self.end_dead_sessions()
        self.forget_device_logins()

    def note_expired_keys(self) -> int:
        """Record each key that has expired since the last time; return how many."""
        expired = ApiKey.objects.filter(expires_at__lte=self._clock(), is_expiry_noted=False, revoked_at__isnull=True)
        noted = 0
        for key in expired.select_related("owner")[:_AT_ONCE]:
            with transaction.atomic():
                if ApiKey.objects.filter(id=key.id, is_expiry_noted=False).update(is_expiry_noted=True):
                    owner = Principal(key.owner.id, key.owner.email, "") if key.owner else Principal(0, "(deleted)", "")
                    caller = Caller(owner, Via("time", key_id=key.key_id))
                    self._recorder.record(Event(Kind.KEY_EXPIRED, caller, f"API key {key.key_id} expired."))
                    noted += 1
        return noted

    def end_dead_sessions(self) -> int:
        """Delete sessions that are idle too long or past their end; record those in which somebody was signed in."""
        now = self._clock()
        idle_since = now - timedelta(seconds=store.read().session_idle_seconds)
        over = BrowserSession.objects.filter(Q(last_seen_at__lte=idle_since) | Q(ends_at__lte=now))
        ended = 0
        for session in over.select_related("user")[:_AT_ONCE]:
            with transaction.atomic():
                # Asked again: the person may have come back since the list was read.
                deleted, _ = over.filter(id=session.id).delete()
                if deleted and session.user is not None:
                    caller = Caller(
                        Principal(session.user.id, session.user.email, session.user.display_name),
                        Via("time", session_id=session.public_id),
                    )
                    why = "its longest life" if session.ends_at <= now else "idle time"
                    comment = f"A browser session of {session.user.email} ended by {why}."
                    self._recorder.record(Event(Kind.SESSION_ENDED, caller, comment))
                ended += bool(deleted)
        return ended

    def forget_device_logins(self) -> int:
        """Delete device logins that ran out a while ago; what became of each is in the log."""
        over = DeviceAuthorization.objects.filter(expires_at__lte=self._clock() - _DEVICE_LOGINS_KEPT)
        return over.delete()[0]
