"""Start and stop impersonating; who may is judged elsewhere (`authz/impersonated.py`), before and on each request.

An impersonation and its lines in the audit log, for both identities, are one transaction (labkey-server.md, 7.3).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.context import NOTHING_DECLARED
from keyhouse.core.impersonation import Guise, Impersonation
from keyhouse.core.permissions import Role
from keyhouse.core.principal import Principal
from keyhouse.core.tokens import Entropy
from keyhouse.sessions.models import BrowserSession, ImpersonationRow

ALREADY = "Can't impersonate; you're already impersonating"
LONGEST_RETURN_URL = 2000
_COOKIE_ID_BYTES = 16


class AlreadyImpersonating(Exception):
    """An impersonation goes on in this session; it must be stopped first."""


class Impersonations:
    """What can be done with impersonations; built once by the composition root.

    `end_keys` ends the session keys of a browser session and returns how many there were.
    """

    def __init__(
        self,
        recorder: Recorder,
        clock: Callable[[], datetime],
        entropy: Entropy,
        end_keys: Callable[[BrowserSession, Caller], int],
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._entropy = entropy
        self._end_keys = end_keys

    def start(self, wanted: Impersonation, caller: Caller, return_url: str = "") -> str | None:
        """Begin, in the browser session of the caller or in one that a credential opened.

        Return the id that the cookie of an opened session must name; None for a browser session. To act as a user ends
        the session keys, which would otherwise be somebody else's. Raises `AlreadyImpersonating`, and
        `BrowserSession.DoesNotExist` where the session ended meanwhile.
        """
        row = ImpersonationRow(
            administrator_id=wanted.administrator.id,
            guise=wanted.guise.value,
            label=wanted.label[:1000],
            target_id=wanted.target_id,
            roles=[role.value for role in wanted.roles],
            project_id=wanted.project_id,
            # Half of an address leads elsewhere.
            return_url=return_url if len(return_url) <= LONGEST_RETURN_URL else "",
            started_at=self._clock(),
        )
        try:
            with transaction.atomic():
                ended = self._place(row, wanted, caller)
                row.save(force_insert=True)
                self._record(_started(wanted, caller, ended))
        except IntegrityError:
            # Another tab was faster.
            raise AlreadyImpersonating(ALREADY) from None
        return row.cookie_id

    def _place(self, row: ImpersonationRow, wanted: Impersonation, caller: Caller) -> int:
        if caller.via.session_id is None:
            row.cookie_id = self._entropy(_COOKIE_ID_BYTES).hex()
            return 0
        row.session = BrowserSession.objects.select_for_update().get(public_id=caller.via.session_id)
        if ImpersonationRow.objects.filter(session=row.session).exists():
            raise AlreadyImpersonating(ALREADY)
        return self._end_keys(row.session, caller) if wanted.guise is Guise.USER else 0

    def adjust(self, now: Impersonation, roles: Sequence[Role], caller: Caller) -> None:
        """Take other roles in an impersonation of roles; raises `AlreadyImpersonating` where it ended meanwhile."""
        then = replace(now, roles=tuple(roles), label=label_of(roles))
        with transaction.atomic():
            changed = ImpersonationRow.objects.filter(id=now.number, guise=Guise.ROLES.value).update(
                roles=[role.value for role in roles], label=then.label[:1000]
            )
            if not changed:
                raise AlreadyImpersonating(ALREADY)
            self._record([*_stopped(now, caller, ""), *_started(then, caller, 0)])

    def stop(self, impersonation: Impersonation, caller: Caller, reason: str = "") -> str | None:
        """End an impersonation; return where the administrator came from, or None where it had ended already."""
        with transaction.atomic():
            row = ImpersonationRow.objects.select_for_update().filter(id=impersonation.number).first()
            if row is None:
                return None
            row.delete()
            self._record(_stopped(impersonation, caller, reason))
        return row.return_url

    def stop_forgotten(self, older_than: timedelta) -> None:
        """End those whose cookie has lapsed: the program that held it has gone, or its key has ended."""
        before = self._clock() - older_than
        forgotten = ImpersonationRow.objects.filter(cookie_id__isnull=False, started_at__lt=before)
        for row in forgotten.select_related("administrator"):
            impersonation = _kept_in(row)
            self.stop(impersonation, Caller(impersonation.administrator))

    def _record(self, events: Iterable[Event]) -> None:
        for event in events:
            self._recorder.record(event)


def stops_with(which: Q, caller: Caller) -> list[Event]:
    """Return the events of impersonations that end because their session or their administrator goes.

    Their rows go with that one; until then they are locked.
    """
    rows = ImpersonationRow.objects.filter(which).order_by("id").select_for_update(of=("self",))
    found = (_stopped(_kept_in(row), caller, "session_ended") for row in rows.select_related("administrator"))
    return [event for events in found for event in events]


def _kept_in(row: ImpersonationRow) -> Impersonation:
    behind = Principal(row.administrator.id, row.administrator.email, row.administrator.display_name)
    return Impersonation(behind, Guise(row.guise), row.label, row.target_id, number=row.pk)


def _started(wanted: Impersonation, caller: Caller, ended_keys: int) -> list[Event]:
    kind, mine, email = Kind.IMPERSONATION_STARTED, _said_by(wanted, caller), wanted.administrator.email
    details = {"guise": wanted.guise.value, "targetId": wanted.target_id, "endedSessionKeys": ended_keys}
    first = Event(kind, mine, f"{email} impersonated {_words(wanted)}", details=details)
    if wanted.guise is not Guise.USER:
        return [first]
    text = f"{wanted.label} was impersonated by {email}"
    return [first, Event(kind, _said_of(wanted, caller), text, details=details)]


def _stopped(ended: Impersonation, caller: Caller, reason: str) -> list[Event]:
    kind, mine, email = Kind.IMPERSONATION_STOPPED, _said_by(ended, caller), ended.administrator.email
    details = {"guise": ended.guise.value, "targetId": ended.target_id}
    last = Event(kind, mine, f"{email} stopped impersonating {_words(ended)}", reason=reason, details=details)
    if ended.guise is not Guise.USER:
        return [last]
    text = f"{ended.label} was no longer impersonated by {email}"
    return [Event(kind, _said_of(ended, caller), text, reason=reason, details=details), last]


def label_of(roles: Sequence[Role]) -> str:
    """Return the names of roles, as people and the log read them."""
    return ", ".join(role.value for role in roles)


def _words(impersonation: Impersonation) -> str:
    if impersonation.guise is Guise.USER:
        return impersonation.label
    if impersonation.guise is Guise.GROUP:
        return f"group: {impersonation.label}."
    return f"role{'s' if ', ' in impersonation.label else ''}: {impersonation.label}."


def _said_by(impersonation: Impersonation, caller: Caller) -> Caller:
    return replace(caller, principal=impersonation.administrator, context=NOTHING_DECLARED)


def _said_of(impersonation: Impersonation, caller: Caller) -> Caller:
    user = Principal(impersonation.target_id or 0, impersonation.label, impersonation.label)
    return replace(caller, principal=user, context=replace(NOTHING_DECLARED, impersonation=impersonation))
