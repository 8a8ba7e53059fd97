"""Issue session keys and end them: child rows of one browser session, which the database ends with it."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.digests import digest
from keyhouse.core.tokens import Entropy, Token, TokenKind, mint
from keyhouse.keys.issue import shortened
from keyhouse.keys.models import KeyEnding, SessionKey
from keyhouse.sessions.models import BrowserSession, ImpersonationRow


class SessionKeys:
    """What can be done with session keys; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime], entropy: Entropy) -> None:
        self._recorder = recorder
        self._clock = clock
        self._entropy = entropy

    def issue(self, session_id: str, caller: Caller, description: str = "") -> Token:
        """Issue a key to the browser session with this public id.

        Raises BrowserSession.DoesNotExist where it ended, or where an impersonation began in it, since the caller was
        let in. The session's row is locked: what ends it waits, and ends this key as well.
        """
        token = mint(TokenKind.SESSION_KEY, self._entropy)
        with transaction.atomic():
            sessions = BrowserSession.objects.filter(user_id=caller.principal.id, ends_at__gt=self._clock())
            session = sessions.select_for_update().get(public_id=session_id)
            if ImpersonationRow.objects.filter(session_id=session.id).exists():
                raise BrowserSession.DoesNotExist("An impersonation began in this session.")
            SessionKey.objects.create(
                session=session,
                key_id=token.key_id,
                digest=digest(token.text),
                description=shortened(description),
                created_at=self._clock(),
            )
            comment = f"Session key {token.key_id} was issued to {caller.principal.email}."
            self._recorder.record(Event(Kind.KEY_ISSUED, caller, comment, details={"keyId": token.key_id}))
        return token

    def end(self, which: Q, caller: Caller, why: KeyEnding = KeyEnding.REVOKED) -> int:
        """End the keys that `which` finds, from the next request on, while their sessions live on; return how many."""
        with transaction.atomic():
            keys = _held(which)
            for key in keys:
                SessionKey.objects.filter(id=key.id).update(ending=why.value)
                key.delete()
                self._record(Kind.KEY_REVOKED, key, caller, f"ended: {why.value}")
            _forget_keeping(keys)
        return len(keys)

    def let_keep_alive(self, which: Q, may: bool, caller: Caller) -> int:
        """Let keys keep their session from going idle, or no more; return how many changed.

        It counts only while the site setting permits it.
        """
        with transaction.atomic():
            changed = _held(which & Q(keeps_alive=not may))
            SessionKey.objects.filter(id__in=[key.id for key in changed]).update(keeps_alive=may)
            for key in changed:
                may_it = "may keep its session alive" if may else "may no longer keep its session alive"
                self._record(Kind.KEY_CHANGED, key, caller, may_it)
            _forget_keeping(changed)
        return len(changed)

    def _record(self, kind: Kind, key: SessionKey, caller: Caller, what: str) -> None:
        owner = key.session.user
        comment = f"Session key {key.key_id} of {owner.email if owner else 'nobody'} {what}."
        details = {"keyId": key.key_id, "sessionId": key.session.public_id, "subjectId": owner.id if owner else None}
        self._recorder.record(Event(kind, caller, comment, details=details))


def _held(which: Q) -> list[SessionKey]:
    """Lock keys, and before them their sessions, as whoever ends a session does; return the keys."""
    sessions = BrowserSession.objects.filter(id__in=SessionKey.objects.filter(which).values("session_id"))
    list(sessions.order_by("id").select_for_update().values_list("id"))
    # In the order in which last uses are written.
    keys = SessionKey.objects.filter(which).select_related("session__user").order_by("key_id")
    return list(keys.select_for_update(of=("self",)))


def _forget_keeping(changed: list[SessionKey]) -> None:
    """Let no use count that was made by a key that may keep its session alive no more."""
    keeping = SessionKey.objects.filter(keeps_alive=True).values("session_id")
    over = BrowserSession.objects.filter(id__in={key.session_id for key in changed}).exclude(id__in=keeping)
    over.update(kept_at=None)
