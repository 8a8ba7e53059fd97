"""What showing a second factor proves."""

from dataclasses import dataclass, replace
from datetime import datetime

from keyhouse.core.assurance import Assurance, HowSignedIn


@dataclass(frozen=True)
class Shown:
    """What was proved, as methods of RFC 8176, and how sure a sign-in with it is; `is_whole` without a password too."""

    methods: tuple[str, ...]
    assurance: Assurance = Assurance.TWO_FACTORS
    is_whole: bool = False

    def after(self, first: HowSignedIn, now: datetime) -> HowSignedIn:
        """Return how somebody signed in who showed this after a first factor.

        The moment stays that of the first one: what its provider said since then, as that the person is gone, counts.
        """
        methods = (*first.methods, *(each for each in self.methods if each not in first.methods))
        return replace(first, methods=methods, assurance=max(first.assurance, self.assurance), proved_at=now)


CODE = Shown(("otp",))
"""A code of an authenticator app, or one that stands in for it."""
