"""What may this principal see? One recursive query over memberships, assignments and the tree.

Asked on each request: there is no cache, so that taking a role away holds on the very next request.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import connection

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID
from keyhouse.authz.models import ROOT_ID
from keyhouse.core.permissions import (
    PHI_PERMISSIONS,
    ROLES_OF_THE_ROOT,
    ROLES_THAT_HOLD_EVERYWHERE,
    Permission,
    Role,
    granted_by,
)
from keyhouse.core.principal import Principal

PHI = frozenset(PHI_PERMISSIONS.values())
_ROLES = {role.value: role for role in Role}
_RIGHTS = """
WITH RECURSIVE
belongs(id) AS (
    SELECT id FROM keyhouse_principal WHERE id IN (%s, %s, %s)
    UNION
    SELECT membership.group_id FROM keyhouse_membership membership JOIN belongs ON membership.member_id = belongs.id
),
granted(folder_id, role) AS (
    SELECT assignment.folder_id, assignment.role
    FROM keyhouse_role_assignment assignment JOIN belongs ON assignment.principal_id = belongs.id
    UNION
    SELECT folder.id, granted.role
    FROM keyhouse_folder folder JOIN granted ON folder.parent_id = granted.folder_id
    WHERE folder.inherits OR granted.role IN (%s, %s)
)
SELECT folder_id, role FROM granted
"""


class Rights:
    """The rights of one principal at one moment, by folder id. A folder that is not in it grants nothing."""

    def __init__(self, roles: Mapping[int, frozenset[Role]]) -> None:
        self._roles = roles

    def roles_in(self, folder_id: int) -> frozenset[Role]:
        """Return the roles that hold in this folder."""
        return self._roles.get(folder_id, frozenset())

    def permissions_in(self, folder_id: int) -> frozenset[Permission]:
        """Return all that is permitted in this folder."""
        return granted_by(self.roles_in(folder_id))

    def may(self, permission: Permission, folder_id: int = ROOT_ID) -> bool:
        """Tell whether this is permitted in this folder (in the root, for permissions on the site)."""
        return permission in self.permissions_in(folder_id)

    def grantable_in(self, folder_id: int) -> frozenset[Permission]:
        """Return all that may be given to others in this folder: what is held, and PHI by who administers the site.

        Site Administrators see no PHI by their role, but somebody has to give the first one away.
        """
        held = self.permissions_in(folder_id)
        return held | PHI if self.may(Permission.ADMIN_OPERATIONS) else held

    def covers(self, other: "Rights") -> bool:
        """Tell whether everything that the others may do, in each folder, may be given to others with these rights."""
        return all(other.permissions_in(folder_id) <= self.grantable_in(folder_id) for folder_id in other._roles)

    def covers_phi_of(self, other: "Rights") -> bool:
        """Tell whether all PHI that the others may see, in each folder, may be given to others with these rights."""
        return all(other.permissions_in(each) & PHI <= self.grantable_in(each) for each in other._roles)

    def may_open_phi_of(self, folder_ids: Iterable[int]) -> bool:
        """Tell whether the PHI of all these folders may be let out of the care of roles with these rights."""
        return all(self.grantable_in(each) >= PHI for each in folder_ids)

    def within(self, ceiling: "Rights") -> "Rights":
        """Return these rights without each role that permits more in a folder than the ceiling does there."""
        return Rights(
            {
                folder_id: frozenset(role for role in held if role.permissions <= ceiling.permissions_in(folder_id))
                for folder_id, held in self._roles.items()
            }
        )

    def only_in(self, folder_ids: frozenset[int]) -> "Rights":
        """Return these rights as far as they are in some folders."""
        return Rights({folder_id: held for folder_id, held in self._roles.items() if folder_id in folder_ids})

    def folders_with(self, permission: Permission) -> frozenset[int]:
        """Return the ids of all folders where this is permitted."""
        return frozenset(folder_id for folder_id in self._roles if self.may(permission, folder_id))


def rights_of(principal: Principal) -> Rights:
    """Return what this principal may do, everywhere: as itself, through its groups, and as everybody is."""
    # A guest belongs to Guests alone; who has signed in belongs to All Site Users and to Guests.
    own_id, everybody = (GUESTS_ID, GUESTS_ID) if principal.is_guest else (principal.id, ALL_SITE_USERS_ID)
    return _rights(own_id, everybody, GUESTS_ID)


def rights_of_group(group_id: int) -> Rights:
    """Return what is granted to a group and to the groups that it belongs to, without what everybody may do."""
    return _rights(group_id, group_id, group_id)


def rights_of_member(group_id: int) -> Rights:
    """Return what somebody may do who belongs to this group, and beyond it is what everybody is."""
    return _rights(group_id, ALL_SITE_USERS_ID, GUESTS_ID)


def _rights(*principals: int) -> Rights:
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, [*principals, *sorted(ROLES_THAT_HOLD_EVERYWHERE)])
        return Rights(_gathered(cursor.fetchall()))


def _gathered(rows: Iterable[tuple[int, str]]) -> dict[int, frozenset[Role]]:
    roles: dict[int, set[Role]] = defaultdict(set)
    for folder_id, name in rows:
        role = _ROLES.get(name)
        # A troubleshooter has no rights in folders; a role that only a later version knows grants nothing.
        if role is None or (role in ROLES_OF_THE_ROOT and folder_id != ROOT_ID):
            continue
        roles[folder_id].add(role)
    return {folder_id: frozenset(held) for folder_id, held in roles.items()}
