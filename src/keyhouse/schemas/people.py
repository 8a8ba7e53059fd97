"""Who asks, and who is in a group: what the filters `~me~` and `memberof` have to know (client-api.md, section 9)."""

from collections.abc import Collection
from functools import cache

from django.db import connection

from keyhouse.accounts.models import ALL_SITE_USERS_ID, User
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
        members = _members(group_id)
        # Who is in a group is for those who manage users, and for the members themselves.
        if call.principal.is_guest or not (call.principal.id in members or call.rights.may(Permission.MANAGE_USERS)):
            raise BadValue(f"You may not see who belongs to group {group_id}: you are not in it")
        return members

    return People(call.principal.id or 0, call.principal.display_name, members_of)


def _members(group_id: int) -> frozenset[int]:
    if group_id == ALL_SITE_USERS_ID:
        return frozenset(User.objects.values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [group_id])
        return frozenset(row[0] for row in cursor.fetchall())
