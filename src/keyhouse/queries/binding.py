"""To which session a thing belongs that is not to stay: the browser's, or the one that a key or password opened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from keyhouse.core.caller import Caller
from keyhouse.sessions.models import BrowserSession

_LIFETIME = timedelta(hours=12)
"""As long as a session that a key opened can be renewed."""


@dataclass(frozen=True)
class Binding:
    """The name of a session; the same for every request in it, and for nobody else's."""

    name: str
    session_id: str = ""

    def columns(self, now: datetime) -> dict[str, object]:
        """Return what a row that belongs to this session stores; raises BrowserSession.DoesNotExist where it ended."""
        if self.session_id:
            session = BrowserSession.objects.get(public_id=self.session_id)
            return {"bound_to": self.name, "session": session, "expires_at": None}
        return {"bound_to": self.name, "session": None, "expires_at": now + _LIFETIME}


def binding_of(caller: Caller) -> Binding | None:
    """Return the session of a caller, or None for a guest, whom nothing distinguishes from another guest."""
    if caller.principal.is_guest:
        return None
    if caller.via.session_id:
        return Binding(f"s:{caller.via.session_id}", caller.via.session_id)
    if caller.via.key_id:
        return Binding(f"k:{caller.via.key_id}")
    return Binding(f"p:{caller.principal.id}")
