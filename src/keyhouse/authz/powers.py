"""Nobody grants what they do not hold, and somebody always administers the site."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from keyhouse.accounts.groups import members_below
from keyhouse.accounts.models import Group, Principal, User
from keyhouse.authz.models import ROOT_ID, RoleAssignment
from keyhouse.authz.rights import Rights, rights_of, rights_of_group
from keyhouse.core import principal
from keyhouse.core.permissions import Role

LAST_ADMINISTRATOR = "This site would have no active administrator left. Make somebody else one first."


class LastAdministrator(Exception):
    """The change would leave nobody who administers the site."""


def rights_of_account(account: Principal) -> Rights:
    """Return what an account may do: a user everywhere, a group by what is granted to it and to groups around it."""
    if isinstance(account, Group) or (not isinstance(account, User) and Group.objects.filter(id=account.id).exists()):
        return rights_of_group(account.id)
    return rights_of(principal.Principal(account.id, "", ""))


def covers(mine: Rights, account: Principal) -> bool:
    """Tell whether these rights are at least those of an account: only then may it be changed with them."""
    return mine.covers(rights_of_account(account))


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Undo what happens inside, with `LastAdministrator`, where it leaves no active Site Administrator."""
    with transaction.atomic():
        had_one = bool(site_administrators())
        yield
        # Judged after the change was recorded: the recorder's lock lets no second change judge at the same time.
        if had_one and not site_administrators():
            raise LastAdministrator(LAST_ADMINISTRATOR)


def site_administrators() -> set[int]:
    """Return the ids of the active users who are Site Administrator, by themselves or through groups."""
    assigned = RoleAssignment.objects.filter(folder_id=ROOT_ID, role=Role.SITE_ADMINISTRATOR.value)
    holders: set[int] = set()
    for principal_id in assigned.values_list("principal_id", flat=True):
        holders |= {principal_id, *members_below(principal_id)}
    return set(User.objects.filter(id__in=holders, is_active=True).values_list("id", flat=True))
