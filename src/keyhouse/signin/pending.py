"""What is between the first factor and the second: kept in the browser's session, which is nobody's yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from keyhouse.accounts.models import User
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.sessions.waiting import still_waits

_IN_SESSION = "_keyhouse_pending"
_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class Proof:
    """What a first factor, or a provider, has proved: who it is, and how. `provider_session` is sealed later."""

    user: User
    how: HowSignedIn
    session_name: str = field(default="", repr=False)
    subject: str = ""
    sign_out_with: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Pending:
    """A sign-in that waits for its second factor, or for one to be set up where `must_enrol`."""

    proof: Proof
    must_enrol: bool
    return_url: str


def keep(request: HttpRequest, pending: Pending) -> None:
    """Remember a sign-in that waits; an earlier one of this browser is forgotten."""
    proof, how = pending.proof, pending.proof.how
    request.session[_IN_SESSION] = {
        "user": proof.user.id,
        "generation": proof.user.session_generation,
        "provider": how.provider,
        "configuration": how.configuration,
        "methods": list(how.methods),
        "assurance": how.assurance.value,
        "at": how.at.isoformat(),
        "session_name": proof.session_name,
        "subject": proof.subject,
        "sign_out_with": dict(proof.sign_out_with),
        "must_enrol": pending.must_enrol,
        "return_url": pending.return_url,
    }


def find(request: HttpRequest, now: datetime) -> Pending | None:
    """Return the sign-in that waits in this browser; None where there is none, or it took too long.

    A new password or a deactivation since then ends it as it ends sessions.
    """
    kept: dict[str, Any] | None = request.session.get(_IN_SESSION)
    if kept is None:
        return None
    at = datetime.fromisoformat(kept["at"])
    user = User.objects.filter(id=kept["user"], is_active=True, session_generation=kept["generation"]).first()
    if user is None or not still_waits(at, now, _LIFE):
        return None
    how = HowSignedIn(kept["provider"], kept["configuration"], tuple(kept["methods"]), Assurance(kept["assurance"]), at)
    proof = Proof(user, how, kept["session_name"], kept["subject"], kept["sign_out_with"])
    return Pending(proof, kept["must_enrol"], kept["return_url"])


def forget(request: HttpRequest) -> None:
    """Forget the sign-in that waits in this browser."""
    request.session.pop(_IN_SESSION, None)
