"""Who must show a second factor: asked at each sign-in, and of each password over Basic."""

from collections.abc import Callable
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Q

from keyhouse.accounts.models import User
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.signin.models import FactorBypass
from keyhouse.siteconfig import store

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What is a second factor by itself; recovery codes only stand in for one."""


class FactorPolicy:
    """Says who needs a second factor; built once by the composition root."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def has_factor(self, user_id: int) -> bool:
        """Tell whether a person has a second factor."""
        return bool(Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists())

    def is_required(self, user: User) -> bool:
        """Tell whether this person must have a second factor, whether they have one or not."""
        return store.read().second_factor_for == "everyone"

    def is_bypassed(self, user_id: int) -> bool:
        """Tell whether the emergency switch of the command line is on for this person."""
        now = self._clock()
        whom = Q(user_id=user_id) | Q(user=None)
        return FactorBypass.objects.filter(whom, until__gt=now).exists()

    def needs(self, user: User, how: HowSignedIn) -> bool:
        """Tell whether this sign-in lacks a second factor. A provider that asked for one itself has done enough."""
        if how.assurance >= Assurance.TWO_FACTORS:
            return False
        wants = self.has_factor(user.id) or self.is_required(user)
        return wants and not self.is_bypassed(user.id)
