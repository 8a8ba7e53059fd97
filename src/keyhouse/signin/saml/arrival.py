"""An answer between the address it is posted to and the page that the browser comes back to: one sealed value."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from keyhouse.core.assurance import Assurance
from keyhouse.signin.method import Identity, Provider
from keyhouse.signin.saml.identity import identity_of
from keyhouse.signin.saml.refusal import Refused
from keyhouse.signin.saml.response import Asserted, verified
from keyhouse.signin.spent import spend

_LONGEST_STATE = 2000


@dataclass(frozen=True)
class Arrival:
    """Somebody whom a provider vouches for. `in_response_to` is empty where no journey led there."""

    identity: Identity
    in_response_to: str
    state: str

    @property
    def payload(self) -> dict[str, Any]:
        """Write it as JSON can hold it."""
        identity = asdict(replace(self.identity, groups=frozenset()))
        at = self.identity.signed_in_at
        identity |= {"groups": sorted(self.identity.groups), "signed_in_at": at.isoformat() if at else ""}
        return {"identity": identity, "in_response_to": self.in_response_to, "state": self.state}


def arrive(provider: Provider, encoded: str, state: str, now: datetime) -> Arrival:
    """Verify an answer that was posted, and use it up. Raises `Refused`."""
    asserted = verified(provider, encoded, now)
    if not asserted.in_response_to and not provider.flag("allows_idp_initiated"):
        raise Refused("the answer is to no request, and this configuration does not accept people who are sent unasked")
    identity = identity_of(provider, asserted)
    if not _spend(provider, asserted):
        raise Refused(f"the assertion {asserted.id} was used before")
    return Arrival(identity, asserted.in_response_to, state[:_LONGEST_STATE])


def arrival_of(payload: dict[str, Any]) -> Arrival:
    """Read what `payload` has written."""
    identity = dict(payload["identity"])
    at = identity["signed_in_at"]
    read = {
        "assurance": Assurance(identity["assurance"]),
        "signed_in_at": datetime.fromisoformat(at) if at else None,
        "methods": tuple(identity["methods"]),
        "groups": frozenset(identity["groups"]),
    }
    return Arrival(Identity(**{**identity, **read}), payload["in_response_to"], payload["state"])


def _spend(provider: Provider, asserted: Asserted) -> bool:
    return spend(provider.id, f"assertion {asserted.id}", asserted.until)
