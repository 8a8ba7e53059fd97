"""Whom the end of a configuration concerns: said before it is switched off or removed."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from keyhouse.accounts.models import ADMINISTRATORS_ID, Membership, User
from keyhouse.sessions.models import BrowserSession
from keyhouse.signin.models import Configuration, ExternalIdentity

_NO_PASSWORD = "!"  # noqa: S105


@dataclass(frozen=True)
class Consequences:
    """How many sessions end, how many identities are linked, and how many people have no other way in.

    `administrators` are the site administrators who still get in without it.
    """

    sessions: int
    identities: int
    locked_out: int
    administrators: int

    @property
    def sentences(self) -> list[str]:
        """The same in words."""
        many = "browser sessions that came by it end, with their"
        ending = _count(self.sessions, "browser session that came by it ends, with its", many)
        told = [f"{ending} session keys." if self.sessions else "No browser session came by it."]
        if self.identities:
            told.append(f"{_count(self.identities, 'linked identity', 'linked identities')} can no longer be used.")
        if self.locked_out:
            told.append(f"{_count(self.locked_out, 'person has', 'people have')} no other way to sign in.")
        if not self.administrators:
            told.append(
                "No site administrator can sign in any more, by a password or otherwise. Give one a password first "
                "(keyhouse user set-password), or only the command line of the server gets you back in."
            )
        return told


def consequences_of(row: Configuration) -> Consequences:
    """Count whom the end of a configuration concerns at this moment."""
    linked = ExternalIdentity.objects.filter(configuration=row)
    here = User.objects.filter(id__in=linked.values("user_id"), is_active=True)
    return Consequences(
        sessions=BrowserSession.objects.filter(configuration_id=row.id, user__isnull=False).count(),
        identities=linked.count(),
        locked_out=here.exclude(_other_way(row)).count() if row.is_enabled else 0,
        administrators=_administrators().filter(_other_way(row)).count(),
    )


def has_other_way(user: User, without: ExternalIdentity) -> bool:
    """Tell whether a person can still sign in when an identity is taken away."""
    if user.has_usable_password():
        return True
    others = ExternalIdentity.objects.filter(user=user, configuration__is_enabled=True).exclude(id=without.id)
    return others.exists()


def _other_way(row: Configuration) -> Q:
    elsewhere = ExternalIdentity.objects.filter(configuration__is_enabled=True).exclude(configuration=row)
    return ~Q(password__startswith=_NO_PASSWORD) | Q(id__in=elsewhere.values("user_id"))


def _administrators() -> "QuerySet[User]":
    members = Membership.objects.filter(group_id=ADMINISTRATORS_ID).values("member_id")
    return User.objects.filter(id__in=members, is_active=True)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number or 'No'} {one if number == 1 else many or one + 's'}"
