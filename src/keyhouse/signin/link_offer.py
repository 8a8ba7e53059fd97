"""An identity that waits to be linked: its person proved it at the provider, and must still be somebody here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from keyhouse.core.principal import Principal
from keyhouse.sessions.waiting import still_waits
from keyhouse.signin.entering import LINK
from keyhouse.signin.method import Identity, Provider

_LIFE = timedelta(minutes=15)


@dataclass(frozen=True)
class LinkOffer:
    """What waits in the session of a browser. `user_id` is who asked for it; 0 where nobody had signed in yet."""

    configuration_id: int
    identity: Identity
    user_id: int

    def is_for(self, principal: Principal) -> bool:
        """Tell whether this person may link it.

        Who did not ask for it must have its address: else somebody could leave an identity of their own in a browser
        and hope that its next user links it without looking.
        """
        if self.user_id:
            return self.user_id == principal.id
        return self.identity.email.strip().lower() == principal.email.lower()


def keep(request: HttpRequest, provider: Provider, identity: Identity, user_id: int, now: datetime) -> None:
    """Let an identity wait in this browser's session; one that waited before is forgotten."""
    request.session[LINK] = {
        "configuration": provider.id,
        "subject": identity.subject,
        "email": identity.email,
        "name": identity.display_name,
        "user": user_id,
        "at": now.isoformat(),
    }


def find(request: HttpRequest, now: datetime) -> LinkOffer | None:
    """Return what waits in this browser; None where nothing does, or it has waited too long."""
    kept: dict[str, Any] | None = request.session.get(LINK)
    if kept is None or not still_waits(datetime.fromisoformat(kept["at"]), now, _LIFE):
        return None
    identity = Identity(kept["subject"], kept["email"], is_email_verified=True, display_name=kept["name"])
    return LinkOffer(kept["configuration"], identity, kept["user"])


def forget(request: HttpRequest) -> None:
    """Let nothing wait any more."""
    request.session.pop(LINK, None)
