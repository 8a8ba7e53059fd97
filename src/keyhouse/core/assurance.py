"""How somebody signed in: at which provider, by which methods, how surely, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Assurance(IntEnum):
    """How much a sign-in proves, after the levels of NIST SP 800-63B-4; one that nobody recorded proves nothing."""

    UNKNOWN = 0
    SINGLE = 1
    """One factor: a password, or a provider that does not say more."""
    TWO_FACTORS = 2
    PHISHING_RESISTANT = 3
    """Two factors of which one is bound to this site, as a passkey is: no look-alike page gets at it."""

    @property
    def label(self) -> str:
        """The level in words."""
        return _LABELS[self]

    @property
    def wire_name(self) -> str:
        """The level as forms, commands and answers name it."""
        return _NAMES[self]

    @classmethod
    def named(cls, name: str) -> "Assurance | None":
        """Return the level of this name, in any letter case."""
        return next((each for each in cls if each.wire_name.lower() == name.strip().lower()), None)


_LABELS = {
    Assurance.UNKNOWN: "not recorded",
    Assurance.SINGLE: "one factor",
    Assurance.TWO_FACTORS: "two factors",
    Assurance.PHISHING_RESISTANT: "two factors, phishing-resistant",
}

_NAMES = {
    Assurance.UNKNOWN: "unknown",
    Assurance.SINGLE: "oneFactor",
    Assurance.TWO_FACTORS: "twoFactors",
    Assurance.PHISHING_RESISTANT: "phishingResistant",
}


@dataclass(frozen=True)
class HowSignedIn:
    """How a browser session, or the session in which a key was issued, began.

    `provider` is the description of the configuration at that time, and `configuration` its number; None is the
    password of this site. `methods` are those of RFC 8176 (``pwd``, ``otp``, ``hwk`` …). `proved_at` is when the person
    last proved to be there: at the sign-in, or afterwards.
    """

    provider: str
    configuration: int | None
    methods: tuple[str, ...]
    assurance: Assurance
    at: datetime
    proved_at: datetime | None = None
