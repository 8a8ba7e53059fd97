"""Where a caller stands in a folder: what is demanded there, what they declared, and what is lacking."""

from dataclasses import dataclass
from datetime import datetime

from keyhouse.authz.models import Folder
from keyhouse.compliance.declaring import Declared, Demand, Item, lacking, phi_ceiling
from keyhouse.core.assurance import Assurance
from keyhouse.core.context import DeclaredContext
from keyhouse.core.decision import Allowed
from keyhouse.core.phi import PhiLevel
from keyhouse.declarations import fetch


@dataclass(frozen=True)
class Standing:
    """What holds for one caller in one folder at one moment; `scope_id` is the folder that declarations belong to."""

    demand: Demand
    scope_id: int
    declared: Declared | None
    lacking: frozenset[Item]

    @property
    def is_complete(self) -> bool:
        """Tell whether everything that is demanded has been declared, and the sign-in is sure enough."""
        return not self.lacking

    def context(self, base: DeclaredContext) -> DeclaredContext:
        """Return the context of an access: what was declared here, on top of who acts for whom."""
        if self.declared is None:
            return base
        return self.declared.context(base)

    def phi_ceiling(self, role_level: PhiLevel) -> PhiLevel:
        """Return the highest level of PHI that the caller sees, whose roles allow `role_level`."""
        return phi_ceiling(role_level, self.demand, self.declared)


def standing_in(folder: Folder, allowed: Allowed, now: datetime) -> Standing:
    """Tell where a caller stands in a folder. Declarations are read where something is demanded, and only there."""
    demanded = fetch.demanded_in(folder)
    if demanded.demand.is_nothing:
        return Standing(demanded.demand, demanded.scope_id, None, frozenset())
    return _judged(demanded, declared_by(allowed, demanded.scope_id), allowed, now)


class Standings:
    """Where a caller stands in any folder, for one who asks of many: what is demanded is read once for all of them.

    What was declared is read once for each folder that declarations belong to.
    """

    def __init__(self, allowed: Allowed, now: datetime) -> None:
        self._allowed = allowed
        self._now = now
        self._demands = fetch.Everywhere()
        self._declared: dict[int, Declared | None] = {}

    def standing_in(self, folder: Folder) -> Standing:
        """Tell where the caller stands in a folder."""
        demanded = self._demands.demanded_in(folder)
        if demanded.demand.is_nothing:
            return Standing(demanded.demand, demanded.scope_id, None, frozenset())
        if demanded.scope_id not in self._declared:
            self._declared[demanded.scope_id] = declared_by(self._allowed, demanded.scope_id)
        return _judged(demanded, self._declared[demanded.scope_id], self._allowed, self._now)


def _judged(demanded: fetch.Demanded, declared: Declared | None, allowed: Allowed, now: datetime) -> Standing:
    lacks = lacking(demanded.demand, declared, assurance_of(allowed), now)
    return Standing(demanded.demand, demanded.scope_id, declared, lacks)


def assurance_of(allowed: Allowed) -> Assurance:
    """Return how surely a caller signed in: a session now, an API key when it was issued; unknown proves nothing."""
    return allowed.via.how.assurance if allowed.via.how is not None else Assurance.UNKNOWN


def declared_by(allowed: Allowed, scope_id: int) -> Declared | None:
    """Return what the caller declared for a scope: in the browser session, or for the API key that it came with.

    A password that is sent along has declared nothing, and nor has a guest.
    """
    via = allowed.via
    if via.session_id is not None:  # a cookie of it, or one of its session keys
        return fetch.declared_in_session(scope_id, via.session_id)
    return fetch.declared_for_key(scope_id, via.key_id) if via.key_id is not None else None
