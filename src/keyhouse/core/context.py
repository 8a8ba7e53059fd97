"""What a person has declared, and on whose behalf they act: what goes with every access into the log."""

from dataclasses import dataclass

from keyhouse.core.impersonation import Impersonation
from keyhouse.core.phi import PhiLevel


@dataclass(frozen=True)
class AcceptedTerms:
    """One version of the terms of use that a person accepted; `place` is the path of the folder that they are of."""

    place: str
    version: int
    digest: str


@dataclass(frozen=True)
class DeclaredContext:
    """The declarations in force, and the impersonation that is going on.

    `declaration` is the number under which the declaration is kept.
    """

    purpose: str | None = None
    irb_number: str | None = None
    phi_level: PhiLevel | None = None
    terms: tuple[AcceptedTerms, ...] = ()
    declaration: int | None = None
    impersonation: Impersonation | None = None

    @property
    def impersonator_id(self) -> int | None:
        """The id of the administrator behind an impersonation."""
        return self.impersonation.administrator.id if self.impersonation else None


NOTHING_DECLARED = DeclaredContext()
