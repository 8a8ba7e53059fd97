"""What time does to keys and sessions, written into the log: the door refuses them with or without this."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.decision import CLOCK_TOLERANCE, Via
from keyhouse.core.principal import GUEST, Principal
from keyhouse.keys.models import ApiKey, DeviceAuthorization, EndedSessionKey
from keyhouse.sessions.ending import Sessions, Why
from keyhouse.sessions.models import BrowserSession
from keyhouse.siteconfig import store

_AT_ONCE = 500
_DEVICE_LOGINS_KEPT = timedelta(hours=1)
"""After their end: a program that was away reads that its login has expired, and not that there was none."""

_ENDED_KEYS_KEPT = timedelta(days=365)


class Upkeep:
    """Records expired keys, ends sessions, forgets device logins that are over; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime], sessions: Sessions) -> None:
        self._recorder = recorder
        self._clock = clock
        self._sessions = sessions

    def run(self) -> None:
        """Do all of it; of several workers that come at once, one writes each event."""
        self.note_expired_keys()
        self.end_dead_sessions()
        self.forget_device_logins()
        self.forget_ended_session_keys()

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
        """End sessions that are idle too long or past their end; one seen in the future is left: no clock ends it."""
        now = self._clock()
        settings = store.read()
        idle_since = now - timedelta(seconds=settings.session_idle_seconds)
        idle = Q(last_seen_at__lte=idle_since)
        if settings.session_keys_may_keep_alive:
            idle &= Q(kept_at=None) | Q(kept_at__lte=idle_since)
        past = Q(ends_at__lte=now)
        ahead = now + CLOCK_TOLERANCE
        known = ~Q(last_seen_at__gt=ahead) & ~Q(created_at__gt=ahead)
        # Journeys to a provider that nobody finished: whoever floods us with them must not hold the others up.
        BrowserSession.objects.filter(known & (idle | past), user=None).delete()
        ended = 0
        for session in BrowserSession.objects.filter(known & (idle | past)).select_related("user")[:_AT_ONCE]:
            # Asked again: the person may have come back since the list was read.
            which, why = (past, Why.LIFE) if session.ends_at <= now else (idle, Why.IDLE)
            ended += self._sessions.end(Q(id=session.id) & known & which, _time(session), why).sessions
        return ended

    def forget_ended_session_keys(self) -> int:
        """Delete what was kept of session keys that ended long ago; from then on they are unknown."""
        return EndedSessionKey.objects.filter(ended_at__lt=self._clock() - _ENDED_KEYS_KEPT).delete()[0]

    def forget_device_logins(self) -> int:
        """Delete device logins that ran out a while ago; what became of each is in the log."""
        over = DeviceAuthorization.objects.filter(expires_at__lte=self._clock() - _DEVICE_LOGINS_KEPT)
        return over.delete()[0]


def _time(session: BrowserSession) -> Caller:
    user = session.user
    owner = Principal(user.id, user.email, user.display_name) if user else GUEST
    return Caller(owner, Via("time", session_id=session.public_id))
