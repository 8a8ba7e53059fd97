"""Who must show a second factor: asked at each sign-in, and of each password over Basic."""

from collections.abc import Callable
from datetime import datetime

from allauth.mfa.models import Authenticator

from keyhouse.accounts.groups import members_below
from keyhouse.accounts.models import Group, User
from keyhouse.authz.models import ROOT_ID
from keyhouse.authz.rights import rights_of, rights_of_group
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.core.permissions import Role
from keyhouse.core.principal import Principal
from keyhouse.signin.factors import bypass
from keyhouse.signin.methods import SECONDARY_KINDS
from keyhouse.signin.models import Configuration
from keyhouse.siteconfig import store

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What is a second factor by itself; recovery codes only stand in for one."""


class FactorPolicy:
    """Says who needs a second factor; built once by the composition root."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def has_factor(self, user_id: int) -> bool:
        """Tell whether a person has set up a second factor."""
        return bool(Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists())

    def has_passkey(self, user_id: int) -> bool:
        """Tell whether a person has a passkey."""
        return bool(Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.WEBAUTHN).exists())

    def can_show_factor(self, user_id: int) -> bool:
        """Tell whether a person can show a second factor: one of their own, or at a service that asks everybody."""
        return self.has_factor(user_id) or _has_prompt()

    def is_required(self, user: User) -> bool:
        """Tell whether this person must have a second factor, whether they have one or not.

        A group that is not there (any more) demands it of everybody: what protected its members must not end silently.
        """
        if user.is_service:
            return False
        settings = store.read()
        match settings.second_factor_for:
            case "everyone":
                return True
            case "role":
                principal = Principal(user.id, user.email, user.display_name)
                return Role.REQUIRE_SECOND_FACTOR in rights_of(principal).roles_in(ROOT_ID)
            case "group":
                return _is_member(user, settings.second_factor_group)
            case _:
                return False

    def is_demanded_of(self, group: Group) -> bool:
        """Tell whether who belongs to this group must have a second factor for that reason."""
        settings = store.read()
        match settings.second_factor_for:
            case "role":
                return Role.REQUIRE_SECOND_FACTOR in rights_of_group(group.id).roles_in(ROOT_ID)
            case "group":
                named = _group(settings.second_factor_group)
                return named is not None and group.id in {named.id, *members_below(named.id)}
            case _:
                return False

    def names(self, name: str) -> bool:
        """Tell whether the group of this name, be there one or not, is whose members must have a second factor."""
        settings = store.read()
        is_alike = " ".join(name.split()).lower() == " ".join(settings.second_factor_group.split()).lower()
        return settings.second_factor_for == "group" and is_alike

    def is_bypassed(self, user_id: int) -> bool:
        """Tell whether the emergency switch of the command line is on for this person."""
        return bypass.is_on_for(user_id, self._clock())

    def needs(self, user: User, how: HowSignedIn) -> bool:
        """Tell whether this sign-in lacks a second factor. A provider that asked for one itself has done enough."""
        if how.assurance >= Assurance.TWO_FACTORS:
            return False
        wants = self.has_factor(user.id) or self.is_required(user)
        return wants and not self.is_bypassed(user.id)


def _is_member(user: User, name: str) -> bool:
    group = _group(name)
    return group is None or user.id in members_below(group.id)


def _group(name: str) -> Group | None:
    return Group.objects.filter(name__iexact=" ".join(name.split()), project=None).first()


def _has_prompt() -> bool:
    return Configuration.objects.filter(is_enabled=True, kind__in=SECONDARY_KINDS).exists()
