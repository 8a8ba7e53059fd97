"""Issue session keys: child rows of one browser session, which the database ends with it."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller
from keyhouse.core.digests import digest
from keyhouse.core.tokens import Entropy, Token, TokenKind, mint
from keyhouse.keys.issue import shortened
from keyhouse.keys.models import SessionKey
from keyhouse.sessions.models import BrowserSession


class SessionKeys:
    """What can be done with session keys; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime], entropy: Entropy) -> None:
        self._recorder = recorder
        self._clock = clock
        self._entropy = entropy

    def issue(self, session_id: str, caller: Caller, description: str = "") -> Token:
        """Issue a key to the browser session with this public id; raises BrowserSession.DoesNotExist where it ended."""
        token = mint(TokenKind.SESSION_KEY, self._entropy)
        with transaction.atomic():
            session = BrowserSession.objects.select_for_update().get(public_id=session_id)
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
