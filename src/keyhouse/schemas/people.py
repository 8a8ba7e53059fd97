"""Who asks, and who is in a group: what the filters `~me~` and `memberof` have to know (client-api.md, section 9).

Who belongs to a group is personal. One rule says who may know it, for filters and for lists of users.
"""

from collections.abc import Collection
from functools import cache

from django.db import connection

from keyhouse.accounts.models import ALL_SITE_USERS_ID, Group, User
from keyhouse.authz.policies import project_of
from keyhouse.core.impersonation import Guise
from keyhouse.core.permissions import Permission
from keyhouse.data import BadValue, People
from keyhouse.web.call import Call

_MEMBERS = """
WITH RECURSIVE inside(id) AS (
    SELECT member_id FROM keyhouse_membership WHERE group_id = %s
    UNION
    SELECT membership.member_id FROM keyhouse_membership membership JOIN inside ON membership.group_id = inside.id
)
SELECT inside.id FROM inside JOIN keyhouse_user ON keyhouse_user.principal_ptr_id = inside.id
"""


def people_of(call: Call) -> People:
    """Return what a filter may know of people when this caller asks."""

    @cache
    def members_of(group_id: int) -> Collection[int]:
        group = Group.objects.filter(id=group_id).first()
        if not (call.rights.may(Permission.MANAGE_USERS) if group is None else may_know_members(call, group)):
            raise BadValue(f"You may not see who belongs to group {group_id}: you are not in it")
        return _members(group_id)

    return People(call.principal.id or 0, call.principal.display_name, members_of)


def may_know_members(call: Call, group: Group) -> bool:
    """Tell whether a caller may know who is in a group.

    That is for those who manage users, for its members, and for who administers the folder of the call, where they may
    have given the group a role: a group of the site, or one of the folder's project.
    """
    if call.rights.may(Permission.MANAGE_USERS):
        return True
    project = project_of(call.folder)
    is_of_folder = group.project is None or (project is not None and group.project == project.entity_id)
    if is_of_folder and call.may(Permission.ADMIN):
        return True
    now = call.allowed.context.impersonation
    if now is not None and now.guise is not Guise.USER:
        # Whoever acts with roles or as a group belongs to nothing besides.
        return now.guise is Guise.GROUP and now.target_id == group.id
    return not call.principal.is_guest and call.principal.id in _members(group.id)


def _members(group_id: int) -> frozenset[int]:
    if group_id == ALL_SITE_USERS_ID:
        return frozenset(User.objects.values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [group_id])
        return frozenset(row[0] for row in cursor.fetchall())
