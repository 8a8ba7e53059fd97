"""End browser sessions: the row, all its keys and the event of it in one transaction, whatever the cause."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Q

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.sessions.impersonate import stops_with
from keyhouse.sessions.models import BrowserSession, ImpersonationRow


class Why(StrEnum):
    """What ended a session: the words of the log, kept of its keys as well."""

    SIGN_OUT = "sign-out"
    NEW_SIGN_IN = "a new sign-in in its browser"
    IDLE = "idle time"
    LIFE = "its longest life"
    OWNER = "its owner"
    ADMINISTRATOR = "an administrator"
    PASSWORD = "a new password"  # noqa: S105
    DEACTIVATION = "deactivation"
    DELETION = "deletion of the user"
    PROVIDER = "the identity provider"
    FACTORS = "a change of second factors"
    CONFIGURATION = "a change of the site's sign-in"


@dataclass(frozen=True)
class Ended:
    """How many sessions ended, and how many session keys with them."""

    sessions: int = 0
    keys: int = 0

    def __add__(self, other: "Ended") -> "Ended":
        return Ended(self.sessions + other.sessions, self.keys + other.keys)


class Sessions:
    """What ends sessions; built once by the composition root."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def end(self, which: Q, caller: Caller, why: Why, is_recorded: bool = True) -> Ended:
        """End the sessions that `which` finds at this moment, each with its keys and an event of its own.

        `is_recorded` is False where an event of another kind tells it, as that of a sign-out does.
        """
        with transaction.atomic():
            # In one order, so that two who end the same sessions at once never wait for each other's rows.
            found = BrowserSession.objects.filter(which).order_by("id").select_for_update(of=("self",))
            rows = list(found.select_related("user"))
            keys = _hold(which) if rows else Counter()
            return sum((self._end_one(row, keys[row.pk], caller, why, is_recorded) for row in rows), Ended())

    def end_all_of(self, user: User, caller: Caller, why: Why) -> Ended:
        """End every session of a user; cookies that the user's password opened end too."""
        with transaction.atomic():
            User.objects.filter(id=user.id).update(session_generation=F("session_generation") + 1)
            return self.end(Q(user=user), caller, why)

    def end_with(self, user: User, caller: Caller, why: Why) -> Ended:
        """End every session of a user whose account changes; who changes it sees to what a password opened.

        An impersonation in a session that a key opened goes with a deleted user's row, all others with their session.
        """
        with transaction.atomic():
            opened = Q(administrator=user, cookie_id__isnull=False)
            stops = stops_with(opened, caller) if why is Why.DELETION else []
            ended = self.end(Q(user=user), caller, why)
            for stop in stops:
                self._recorder.record(stop)
        return ended

    def _end_one(self, row: BrowserSession, keys: int, caller: Caller, why: Why, is_recorded: bool) -> Ended:
        BrowserSession.objects.filter(id=row.id).update(ending=why.value)
        for stop in stops_with(Q(session=row), caller):
            self._recorder.record(stop)
        row.delete()
        if row.user is not None and is_recorded:
            comment = f"A browser session of {row.user.email} was ended by {why}, and with it {in_words(keys)}."
            details = {"why": why.value, "sessionId": row.public_id, "subjectId": row.user.id, "keys": keys}
            self._recorder.record(Event(Kind.SESSION_ENDED, caller, comment, details=details))
        return Ended(1, keys)


def _hold(which: Q) -> Counter[int]:
    """Lock what hangs on sessions that are locked; return by the sessions' row numbers how many keys there are.

    All of it before the first event: who waits here holds up nobody who wants to write into the log.
    """
    sessions = BrowserSession.objects.filter(which).values("id")
    # Keys in the order in which last uses are written. What a key is, is known to a layer above this one.
    every_key = BrowserSession._meta.get_field("keys").related_model._default_manager
    keys = every_key.filter(session_id__in=sessions).order_by("key_id").select_for_update()
    held = Counter(keys.values_list("session_id", flat=True))
    list(ImpersonationRow.objects.filter(session_id__in=sessions).order_by("id").select_for_update().values_list("id"))
    return held


def in_words(keys: int) -> str:
    """Count session keys in words."""
    return f"{keys or 'no'} session key{'' if keys == 1 else 's'}"
