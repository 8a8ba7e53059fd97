"""Levels of protected health information, from none to the most guarded."""

from enum import IntEnum


class PhiLevel(IntEnum):
    """How identifying a column is, or how much a person may see; the order is the rule."""

    NOT_PHI = 0
    LIMITED = 1
    FULL = 2
    RESTRICTED = 3

    @property
    def wire_name(self) -> str:
        """The name that the client API uses."""
        return ("NotPHI", "Limited", "PHI", "Restricted")[self]
