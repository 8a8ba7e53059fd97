"""The emergency switch: for a while no second factor is asked for. Only the command line turns it; the log tells."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from keyhouse.accounts.models import User
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.signin.models import FactorBypass

LONGEST = timedelta(days=7)


class BypassError(Exception):
    """The switch cannot be turned as asked; the text says why."""


class Bypasses:
    """Turns the emergency switch on and off; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def start(self, user: User | None, life: timedelta, why: str, caller: Caller) -> datetime:
        """Ask one person, or nobody at all, for a second factor until the moment that is returned."""
        if not timedelta(0) < life <= LONGEST:
            raise BypassError(f"The switch is on for at most {LONGEST.days * 24} hours at a time.")
        if not why.strip():
            raise BypassError("Say why: the sentence stays in the audit log.")
        until = self._clock() + life
        with transaction.atomic():
            FactorBypass.objects.filter(user=user).delete()
            FactorBypass.objects.create(user=user, until=until, why=why.strip()[:200], created_at=self._clock())
            text = (
                f"Second factors are not asked of {_whom(user)} until {until:%Y-%m-%d %H:%M} UTC: {why.strip()[:200]}"
            )
            self._record(text, user, caller, until=until.isoformat(), why=why.strip()[:200])
        return until

    def stop(self, user: User | None, caller: Caller, is_all: bool = False) -> int:
        """Ask for second factors again; return how many switches were turned off."""
        with transaction.atomic():
            rows = FactorBypass.objects.all() if is_all else FactorBypass.objects.filter(user=user)
            found = list(rows.select_related("user"))
            for row in found:
                self._record(f"Second factors are asked of {_whom(row.user)} again.", row.user, caller)
                row.delete()
        return len(found)

    def _record(self, comment: str, user: User | None, caller: Caller, **details: str) -> None:
        about = {"bypass": "everyone"} if user is None else {"bypass": "user", "subjectId": user.id}
        self._recorder.record(Event(Kind.FACTOR_CHANGED, caller, comment, details={**about, **details}))


def is_on_for(user_id: int, now: datetime) -> bool:
    """Tell whether the switch is on for this person."""
    return FactorBypass.objects.filter(Q(user_id=user_id) | Q(user=None), until__gt=now).exists()


def active(now: datetime) -> list[FactorBypass]:
    """Return the switches that are on."""
    return list(FactorBypass.objects.filter(until__gt=now).select_related("user").order_by("until"))


def _whom(user: User | None) -> str:
    return user.email if user else "anybody"
