"""Whom an administrator may change. Else who manages users could make anyone a site administrator."""

from keyhouse.accounts.models import Group, User
from keyhouse.accounts.models import Principal as Account
from keyhouse.authz.powers import rights_of_account
from keyhouse.core.permissions import Permission
from keyhouse.web.call import Call

TEXT = "Only a site administrator may change an account, group or role that gives the rights of one."

PHI_TEXT = "Only who may see the same PHI, or administers the site, may change an account, group or role that shows it."


class Refused(Exception):
    """The change would give or take away more than the caller holds; the text says so."""


def is_powerful(account: Account) -> bool:
    """Tell whether a user or group has the rights of a site administrator, by itself or through its groups."""
    return rights_of_account(account).may(Permission.ADMIN_OPERATIONS)


def check_account(call: Call, account: User | Group) -> None:
    """Raise `Refused` where the caller must not change this account."""
    if is_powerful(account) and not call.rights.may(Permission.ADMIN_OPERATIONS):
        raise Refused(TEXT)
    if not call.rights.covers_phi_of(rights_of_account(account)):
        raise Refused(PHI_TEXT)


def check_not_oneself(call: Call, user: User, what: str) -> None:
    """Raise `Refused` for a change that would lock the caller out."""
    if user.id in {call.principal.id, call.allowed.signed_in.id}:
        raise Refused(f"You cannot {what} your own account; ask another administrator.")
