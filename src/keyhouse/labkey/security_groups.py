"""The controller ``security``: groups and their members (client-api.md, section 13)."""

from typing import Any

from keyhouse.accounts.models import Group
from keyhouse.accounts.models import Principal as Account
from keyhouse.accounts.names import wire_group_name_of
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import project_of
from keyhouse.authz.powers import keeping_an_administrator
from keyhouse.core.impersonation import Guise
from keyhouse.core.permissions import Permission
from keyhouse.labkey.membership import Belonging
from keyhouse.labkey.principals import accounts, group_object, groups_in, ids, stored_name
from keyhouse.labkey.refusals import lacking, require_covered, told_on_the_wire
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()
AT_FOLDER_LEVEL = "You may not create groups at the folder level. Call this API at the project or root level."


def enter(call: Call) -> Folder | None:
    """Return the project whose groups are meant, None for the site's; refuse who may not change them."""
    folder = call.folder
    if not folder.is_root and not folder.is_project:
        raise BadRequest(AT_FOLDER_LEVEL)
    if folder.is_root and not call.rights.may(Permission.MANAGE_USERS):
        raise lacking(call, "You do not have permission to modify site-wide groups.")
    return project_of(folder)


def require_changeable(call: Call, group: Group) -> None:
    """Refuse to change a group of the site without the right to, or one that may do more than the caller."""
    if group.project is None and not call.rights.may(Permission.MANAGE_USERS):
        raise lacking(call, "You do not have permission to modify site-wide groups.")
    require_covered(call, group)


@actions.add("security-createGroup", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def create_group(call: Call) -> dict[str, Any]:
    """Add an empty group to the project of the URL, or to the site at the root."""
    project, name = enter(call), call.parameters.text("name").strip()
    if not name:
        raise BadRequest("You must specify a name parameter!")
    with told_on_the_wire():
        wanted = wire_group_name_of(name)
        group = call.site.groups.add(wanted, call.caller, project.entity_id if project else None)
    return {"id": group.id, "name": group.name}


@actions.add("security-deleteGroup", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def delete_group(call: Call) -> dict[str, Any]:
    """Delete a group of the project of the URL, or of the site at the root."""
    group = _own_group(call, "id")
    require_changeable(call, group)
    with told_on_the_wire():
        call.site.groups.delete(group, call.caller)
    return {"deleted": call.parameters.number("id")}


@actions.add("security-renameGroup", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def rename_group(call: Call) -> dict[str, Any]:
    """Give a group another name."""
    group = _own_group(call, "id")
    require_changeable(call, group)
    old = group.name
    with told_on_the_wire():
        call.site.groups.rename(group, wire_group_name_of(call.parameters.text("newName")), call.caller)
    return {"success": True, "renamed": group.id, "oldName": old, "newName": group.name}


@actions.add("security-addGroupMember", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def add_group_member(call: Call) -> dict[str, Any]:
    """Add users and groups to a group: all of them or none."""
    group, wanted = _members(call)
    with told_on_the_wire(), keeping_an_administrator():
        for member in wanted:
            refuse_in_system_group(group, member)
            call.site.groups.add_member(group, member, call.caller)
    return {"added": [member.id for member in wanted]}


@actions.add("security-removeGroupMember", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def remove_group_member(call: Call) -> dict[str, Any]:
    """Take users and groups out of a group; the last active administrator stays."""
    group, wanted = _members(call)
    with told_on_the_wire(), keeping_an_administrator():
        for member in wanted:
            call.site.groups.remove_member(group, member, call.caller)
    return {"removed": [member.id for member in wanted]}


@actions.add("security-listProjectGroups", is_csrf_exempt=True, needs_sign_in=True)
def list_project_groups(call: Call) -> dict[str, Any]:
    """Name the groups of the project, with those of the site where wanted."""
    if not (call.rights.may(Permission.MANAGE_USERS) or (call.may(Permission.ADMIN) and not call.folder.is_root)):
        raise call.refused()
    listed = groups_in(call.folder, call.parameters.flag("includeSiteGroups"))
    return {
        "groups": [
            {"Name": stored_name(group), "Id": group.id, "Container": str(group.project) if group.project else None}
            for group in listed
        ]
    }


@actions.add("security-getGroupsForCurrentUser", permission=Permission.READ, is_csrf_exempt=True)
def get_groups_for_current_user(call: Call) -> dict[str, Any]:
    """Name the groups of the caller: of the site, and of the project of the URL."""
    now, belonging = call.allowed.context.impersonation, Belonging()
    if now is None or now.guise is Guise.USER:
        found = belonging.of(call.principal, call.folder)
    else:
        # With roles one belongs to no group, as a group to that one and to those around it.
        found = belonging.acting_as(now.target_id, call.folder) if now.guise is Guise.GROUP else []
    return {"groups": [group_object(group) for group in found]}


def refuse_in_system_group(group: Group, member: Account) -> None:
    """Refuse a group as a member of a group of the system, as clients know it."""
    if group.is_system and isinstance(member, Group):
        raise BadRequest("Can't add a group to a system group")


def _own_group(call: Call, name: str) -> Group:
    group_id = call.parameters.number(name)
    if group_id is None:
        raise BadRequest(f"You must specify an {name} parameter!")
    group = Group.objects.filter(id=group_id).first()
    if group is None or not _is_of(group, call.folder):
        where = "this container!" if call.folder.is_root else f"the {call.folder.name} project!"
        raise BadRequest(f"Group id {group_id} does not exist within {where}")
    return group


def _members(call: Call) -> tuple[Group, list[Any]]:
    group_id = call.parameters.number("groupId") or 0
    group = Group.objects.filter(id=group_id).first()
    if group is None:
        raise BadRequest(f"Invalid group id ({group_id})")
    if not _is_of(group, call.folder):
        raise BadRequest(f"Group id {group_id} does not exist within this container!")
    wanted = ids(call, "principalIds")
    if not wanted:
        raise BadRequest("You must specify at least one id in principalIds.")
    require_changeable(call, group)
    return group, list(accounts(wanted))


def _is_of(group: Group, folder: Folder) -> bool:
    return group.project is None if folder.is_root else group.project == folder.entity_id
