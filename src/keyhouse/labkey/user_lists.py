"""The controller ``user``: lists of users, as the caller may see them (client-api.md, section 13)."""

from typing import Any

from keyhouse.accounts.groups import members_below
from keyhouse.accounts.models import ALL_SITE_USERS_ID, Group, User
from keyhouse.authz.holders import EVERYBODY, holders_of
from keyhouse.authz.policies import holding_in
from keyhouse.core.permissions import Permission
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.principals import group_named, permission_of, shown_name, stored_name
from keyhouse.labkey.refusals import lacking
from keyhouse.labkey.versions import requested
from keyhouse.schemas.people import may_know_members
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound

actions = ActionTable()
_NEWER = 23.11


@actions.add("user-getUsers", needs_sign_in=True, is_csrf_exempt=True)
def get_users(call: Call) -> dict[str, Any]:
    """List the users of a group, of the folder, or for who manages users all; by name, activity and permissions."""
    _enter(call)
    has_inactive = call.parameters.flag("includeDeactivatedAccounts", default=True) and not call.parameters.flag(
        "active"
    )
    wanted = _permissions(call)
    body: dict[str, Any] = {"container": call.folder.path}
    group = _group(call)
    ids = _of_folder(call) if group is None else _of_group(call, group)
    if wanted:
        ids &= holders_of(wanted, call.folder)
        has_inactive = False
    return body | _group_members(group) | _listed(call, ids, has_inactive)


@actions.add("user-getUsersWithPermissions", needs_sign_in=True, is_csrf_exempt=True)
def get_users_with_permissions(call: Call) -> dict[str, Any]:
    """List the users who have all of some permissions; which flag asks for deactivated ones changed with 23.11."""
    _enter(call)
    if not call.parameters.all("permissions"):
        raise FormError("Permissions are required", "permissions")
    wanted = _permissions(call)
    if not wanted:
        raise FormError("No valid permission classes provided.", "permissions")
    group = _group(call)
    ids = holders_of(wanted, call.folder)
    if group is not None:
        ids &= _of_group(call, group)
    has_inactive = call.parameters.flag("includeInactive") if requested(call) >= _NEWER else False
    return {"container": call.folder.path} | _group_members(group) | _listed(call, ids, has_inactive)


def _enter(call: Call) -> None:
    if call.folder.is_root and not call.rights.may(Permission.MANAGE_USERS):
        raise lacking(call, "Only site/application administrators may see users in the root container!")
    call.require(Permission.READ)


def _permissions(call: Call) -> frozenset[Permission]:
    names = [str(name).strip() for name in call.parameters.all("permissions") if str(name).strip()]
    found = [permission_of(name) for name in names]
    # Who has a permission that does not exist here? Nobody; passing over it would widen the answer.
    if names and None in found and any(found):
        unknown = next(name for name, permission in zip(names, found, strict=True) if permission is None)
        raise BadRequest(f"There is no permission '{unknown[:200]}' on this server.")
    return frozenset(permission for permission in found if permission is not None)


def _group(call: Call) -> Group | None:
    group_id, name = call.parameters.number("groupId"), call.parameters.text("group").strip()
    if group_id is not None:
        group = Group.objects.filter(id=group_id).first()
        if group is None or not _is_in_sight(call, group):
            raise NotFound(f"Cannot find group with id {group_id}")
    elif not name:
        return None
    else:
        group = group_named(name, call.folder)
        if group is None:
            raise BadRequest(f"The group '{name[:100]}' does not exist in the project '{call.folder.path}'")
    if not may_know_members(call, group):
        raise lacking(call, f"You may not see who belongs to the group '{shown_name(group)}': you are not in it.")
    return group


def _is_in_sight(call: Call, group: Group) -> bool:
    return group.project is None or group_named(group.name, call.folder) == group


def _group_members(group: Group | None) -> dict[str, Any]:
    if group is None:
        return {}
    return {"groupId": group.id, "groupName": stored_name(group), "groupCaption": shown_name(group)}


def _of_group(call: Call, group: Group) -> set[int]:
    if group.id in EVERYBODY:
        return _all_ids() if call.parameters.flag("allMembers") and group.id == ALL_SITE_USERS_ID else set()
    if call.parameters.flag("allMembers"):
        return members_below(group.id)
    return set(group.memberships.values_list("member_id", flat=True))


def _of_folder(call: Call) -> set[int]:
    if call.rights.may(Permission.MANAGE_USERS):
        return _all_ids()
    ids: set[int] = set()
    for each in holding_in(call.folder):
        if each.principal_id not in EVERYBODY:
            ids |= {each.principal_id, *members_below(each.principal_id)}
        elif call.parameters.flag("allMembers") and each.principal_id == ALL_SITE_USERS_ID:
            ids |= _all_ids()
    return ids


def _all_ids() -> set[int]:
    return set(User.objects.values_list("id", flat=True))


def _listed(call: Call, ids: set[int], has_inactive: bool) -> dict[str, Any]:
    prefix = call.parameters.text("name").strip().lower()
    shows_addresses = call.rights.may(Permission.MANAGE_USERS) or call.may(Permission.ADMIN)
    users = [user for user in User.objects.order_by("id") if user.id in ids and (has_inactive or user.is_active)]
    shown = [_shown(call, user, shows_addresses) for user in users]
    matching = [each for each in shown if _begins(each, prefix)]
    return {**({"name": prefix} if prefix else {}), "users": matching}


def _begins(shown: dict[str, Any], prefix: str) -> bool:
    # By what the caller sees alone: a prefix must not be a way to guess hidden addresses letter by letter.
    return any(str(shown[name]).lower().startswith(prefix) for name in ("email", "displayName"))


def _shown(call: Call, user: User, shows_address: bool) -> dict[str, Any]:
    is_visible = shows_address or user.id == call.principal.id
    return {
        "userId": user.id,
        "id": user.id,
        "displayName": user.display_name,
        "email": user.email if is_visible else "",
        "firstName": "",
        "lastName": "",
        "active": user.is_active,
    }
