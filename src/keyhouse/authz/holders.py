"""Who may do something in a folder: all users at once, where asking for the rights of each would take minutes."""

from collections import defaultdict

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Membership, User
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import holding_in
from keyhouse.core.permissions import Permission, Role, granted_by

EVERYBODY = frozenset({ALL_SITE_USERS_ID, GUESTS_ID})


def holders_of(permissions: frozenset[Permission], folder: Folder) -> set[int]:
    """Return the ids of the users, deactivated ones among them, who may do all of this in a folder."""
    roles: dict[int, set[Role]] = defaultdict(set)
    for each in holding_in(folder):
        roles[each.principal_id].add(each.role)
    around = groups_around()
    return {
        user_id
        for user_id in User.objects.values_list("id", flat=True)
        if permissions <= _granted({user_id, *around.get(user_id, ()), *EVERYBODY}, roles)
    }


def _granted(principals: set[int], roles: dict[int, set[Role]]) -> frozenset[Permission]:
    return granted_by(frozenset(role for principal_id in principals for role in roles.get(principal_id, ())))


def groups_around() -> dict[int, set[int]]:
    """Return for each member all groups that it belongs to, also through groups in groups."""
    direct: dict[int, set[int]] = defaultdict(set)
    for group_id, member_id in Membership.objects.values_list("group_id", "member_id"):
        direct[member_id].add(group_id)
    return {member_id: _closure(member_id, direct) for member_id in list(direct)}


def _closure(member_id: int, direct: dict[int, set[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [member_id]
    while waiting:
        for group_id in direct.get(waiting.pop(), ()):
            if group_id not in found:
                found.add(group_id)
                waiting.append(group_id)
    return found
