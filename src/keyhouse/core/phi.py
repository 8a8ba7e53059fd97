"""Levels of protected health information, from none to the most guarded, and how much of it one may see."""

from __future__ import annotations

from enum import IntEnum, StrEnum

_WIRE_NAMES = ("NotPHI", "Limited", "PHI", "Restricted")
_LABELS = ("Not PHI", "Limited PHI", "Full PHI", "Restricted PHI")


class PhiLevel(IntEnum):
    """How identifying a column is, or how much a person may see; the order is the rule."""

    NOT_PHI = 0
    LIMITED = 1
    FULL = 2
    RESTRICTED = 3

    @property
    def wire_name(self) -> str:
        """The name that the client API uses."""
        return _WIRE_NAMES[self]

    @property
    def label(self) -> str:
        """The name by which people know it."""
        return _LABELS[self]

    @classmethod
    def named(cls, name: str) -> PhiLevel | None:
        """Return the level of a wire name or a label, in any letter case."""
        folded = name.strip().casefold()
        return next((each for each in cls if folded in {each.wire_name.casefold(), each.label.casefold()}), None)


class PhiColumns(StrEnum):
    """What becomes of a column above somebody's level: shown without values, or as if it were not there."""

    BLANK = "blank"
    HIDE = "hide"
