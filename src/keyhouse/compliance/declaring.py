"""What a folder demands of people before they see its data, and whether a declaration meets it.

Values only. Demands add up from the root downwards: a folder may ask for more than the folders above it, never for
less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from keyhouse.core.assurance import Assurance
from keyhouse.core.context import AcceptedTerms, DeclaredContext
from keyhouse.core.phi import PhiColumns, PhiLevel


class Item(StrEnum):
    """One thing that a declaration can lack; the value is its name on the wire."""

    TERMS = "terms"
    PURPOSE = "purpose"
    IRB_NUMBER = "irbNumber"
    PHI_LEVEL = "phiLevel"
    SIGNATURE = "signature"
    SIGN_IN_LEVEL = "signInLevel"
    """It is not declared but proved: by how the person signed in, or had signed in when the key was issued."""


@dataclass(frozen=True)
class Demand:
    """What a folder demands, with all that the folders above it do.

    `purposes` limits the purpose to a list, where it is not empty. `terms` are the versions in force, the site's first.
    `lapses_after` is how long a declaration of an API key holds; None is for ever. `assurance` is the level that the
    sign-in behind each access must have.
    """

    wants_purpose: bool = False
    purposes: tuple[str, ...] = ()
    wants_irb_number: bool = False
    wants_phi_level: bool = False
    wants_signature: bool = False
    terms: tuple[AcceptedTerms, ...] = ()
    requires_phi_roles: bool = False
    phi_columns: PhiColumns = PhiColumns.HIDE
    lapses_after: timedelta | None = None
    assurance: Assurance = Assurance.UNKNOWN

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing is demanded of anybody: neither to declare something, nor to sign in in a surer way."""
        return not self.wants_declaration and self.assurance is Assurance.UNKNOWN

    @property
    def wants_declaration(self) -> bool:
        """Tell whether something has to be declared."""
        wants = (self.wants_purpose, self.wants_irb_number, self.wants_phi_level, self.wants_signature)
        return any(wants) or bool(self.terms)


@dataclass(frozen=True)
class Declared:
    """One declaration as it was made; `number` is its place among all declarations."""

    number: int
    at: datetime
    purpose: str | None = None
    irb_number: str | None = None
    phi_level: PhiLevel | None = None
    terms: tuple[AcceptedTerms, ...] = ()
    printed_name: str = ""
    is_of_key: bool = False

    def context(self, base: DeclaredContext) -> DeclaredContext:
        """Return the context of what is done under this declaration, on top of who acts for whom."""
        return replace(
            base,
            purpose=self.purpose,
            irb_number=self.irb_number,
            phi_level=self.phi_level,
            terms=self.terms,
            declaration=self.number,
        )


def lacking(demand: Demand, declared: Declared | None, assurance: Assurance, now: datetime) -> frozenset[Item]:
    """Tell what a declaration, and a sign-in of this level, lack of what is demanded; of nothing, nothing lacks."""
    if declared is None or _has_lapsed(demand, declared, now):
        declared = Declared(0, now)
    found = {
        Item.PURPOSE: demand.wants_purpose and not _is_purpose(demand, declared.purpose),
        Item.IRB_NUMBER: demand.wants_irb_number and not declared.irb_number,
        Item.PHI_LEVEL: demand.wants_phi_level and declared.phi_level is None,
        Item.SIGNATURE: demand.wants_signature and not declared.printed_name,
        Item.TERMS: not set(demand.terms) <= set(declared.terms),
        Item.SIGN_IN_LEVEL: assurance < demand.assurance,
    }
    return frozenset(item for item, lacks in found.items() if lacks)


def phi_ceiling(role_level: PhiLevel, demand: Demand, declared: Declared | None) -> PhiLevel:
    """Return the highest level that one may see: that of the roles, or the declared one where it is lower.

    Where the folder does not require roles for it, the roles do not limit; where it demands no level, none does.
    """
    by_role = role_level if demand.requires_phi_roles else PhiLevel.RESTRICTED
    if not demand.wants_phi_level:
        return by_role
    by_declaration = declared.phi_level if declared and declared.phi_level is not None else PhiLevel.NOT_PHI
    return min(by_role, by_declaration)


def _is_purpose(demand: Demand, purpose: str | None) -> bool:
    return bool(purpose) and (not demand.purposes or purpose in demand.purposes)


def _has_lapsed(demand: Demand, declared: Declared, now: datetime) -> bool:
    # A browser session ends by itself; a key does not, so its declaration must.
    return declared.is_of_key and demand.lapses_after is not None and now >= declared.at + demand.lapses_after
