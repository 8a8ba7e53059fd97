"""The controller ``security``: who may do what, which roles there are (client-api.md, section 13)."""

from collections.abc import Callable
from typing import Any

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Group, User
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import inherits_policy
from keyhouse.authz.rights import Rights, rights_of, rights_of_group
from keyhouse.core.permissions import Permission, Role
from keyhouse.core.principal import Principal
from keyhouse.labkey.membership import Belonging
from keyhouse.labkey.principals import group_object, groups_in, shown_name
from keyhouse.labkey.refusals import lacking
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()
_MODULE = "Core"
_CONTAINER_CLASS = "org.labkey.api.data.Container"
_ADMINISTRATIVE = frozenset({Role.PROJECT_ADMINISTRATOR, Role.FOLDER_ADMINISTRATOR}) | {
    role for role in Role if role.is_site_role
}
_DEEPEST = 60


@actions.add("security-getRoles", permission=Permission.READ, is_csrf_exempt=True)
def get_roles(_call: Call) -> dict[str, Any]:
    """Describe all roles, and the permissions that they bundle."""
    return {
        "roles": [_role(role) for role in Role],
        "permissions": [
            {
                "uniqueName": permission.class_name,
                "name": permission.label,
                "description": permission.description,
                "sourceModule": _MODULE,
            }
            for permission in Permission
        ],
    }


def _role(role: Role) -> dict[str, Any]:
    return {
        "uniqueName": role.class_name,
        "name": role.value,
        "displayName": role.value,
        "description": role.description,
        "sourceModule": _MODULE,
        "permissions": _names(role.permissions),
        "excludedPrincipals": excluded_from(role),
        "privileged": role is Role.SITE_ADMINISTRATOR,
    }


def excluded_from(role: Role) -> list[int]:
    """Return the groups that never get a role: everybody administers nothing."""
    return [ALL_SITE_USERS_ID, GUESTS_ID] if role in _ADMINISTRATIVE else []


@actions.add("security-getGroupPerms", permission=Permission.ADMIN, is_csrf_exempt=True)
def get_group_perms(call: Call) -> dict[str, Any]:
    """Tell what each group may do in the folder, and below it where asked for."""
    rights: dict[int, Rights] = {}
    belonging = Belonging()

    def described(folder: Folder) -> dict[str, Any]:
        return {
            "path": folder.path,
            "id": str(folder.entity_id),
            "name": folder.name,
            "isInheritingPerms": inherits_policy(folder),
            "groups": [
                _group_perms(group, folder, rights, belonging) for group in groups_in(folder, has_site_groups=True)
            ],
        }

    return {"container": _with_children(call, call.folder, described, Permission.ADMIN)}


def _group_perms(group: Group, folder: Folder, rights: dict[int, Rights], belonging: Belonging) -> dict[str, Any]:
    if group.id not in rights:
        rights[group.id] = rights_of_group(group.id)
    return {
        **group_object(group),
        "type": "g",
        **_held(rights[group.id], folder),
        "groups": [group_object(outer) for outer in belonging.of_group(group, folder)],
    }


@actions.add("security-getUserPerms", permission=Permission.READ, is_csrf_exempt=True)
def get_user_perms(call: Call) -> dict[str, Any]:
    """Tell what a user may do in the folder: oneself, or for an administrator of the folder anybody."""
    principal = _asked(call)
    # One's own are those that hold now, under an impersonation too.
    rights = call.rights if principal.id == call.principal.id else rights_of(principal)
    of_group: dict[int, Rights] = {}
    belonging = Belonging()

    def described(folder: Folder) -> dict[str, Any]:
        groups = belonging.of(principal, folder)
        for group in groups:
            if group.id not in of_group:
                of_group[group.id] = rights_of_group(group.id)
        return {
            "path": folder.path,
            "id": str(folder.entity_id),
            "name": folder.name,
            **_held(rights, folder),
            "groups": [
                {"id": group.id, "name": shown_name(group), **_held(of_group[group.id], folder)} for group in groups
            ],
        }

    return {
        "user": {"userId": principal.id, "displayName": principal.display_name},
        # What others may do is for the administrator of each folder, not of the one above it alone.
        "container": _with_children(
            call, call.folder, described, Permission.READ if principal.id == call.principal.id else Permission.ADMIN
        ),
    }


def _asked(call: Call) -> Principal:
    user_id, email = call.parameters.number("userId"), call.parameters.text("userEmail").strip().lower()
    if user_id is None and not email:
        return call.principal
    is_own = user_id == call.principal.id or (user_id is None and email == call.principal.email)
    if not is_own and not call.may(Permission.ADMIN):
        text = "You may not look at the permissions of users other than the current user."
        raise lacking(call, text)
    found = User.objects.filter(id=user_id) if user_id is not None else User.objects.filter(email=email)
    user = found.first()
    if user is None:
        raise BadRequest("No user found that matches specified userId or email address.")
    return Principal(user.id, user.email, user.display_name)


@actions.add("security-getSecurableResources", permission=Permission.READ, is_csrf_exempt=True)
def get_securable_resources(call: Call) -> dict[str, Any]:
    """Describe the folder as something that has a policy, and those below it where asked for."""
    has_permissions = call.parameters.flag("includeEffectivePermissions")

    def described(folder: Folder) -> dict[str, Any]:
        body: dict[str, Any] = {
            "resourceClass": _CONTAINER_CLASS,
            "id": str(folder.entity_id),
            "name": folder.name,
            "description": f"The folder {folder.path}",
            "sourceModule": _MODULE,
            "children": [],
        }
        if folder.parent is not None:
            body |= {"parentId": str(folder.parent.entity_id), "parentContainerPath": folder.parent.path}
        if has_permissions:
            body["effectivePermissions"] = _names(call.rights.permissions_in(folder.id))
        return body

    return {"resources": _with_children(call, call.folder, described)}


def _with_children(
    call: Call, folder: Folder, describe: Callable[[Folder], dict[str, Any]], needed: Permission = Permission.READ
) -> dict[str, Any]:
    """Describe a folder and, where asked for, those below it in which the caller has the permission `needed`."""
    if not call.parameters.flag("includeSubfolders"):
        return describe(folder)

    def branch(top: Folder, depth: int) -> dict[str, Any]:
        body = describe(top)
        if depth < _DEEPEST:
            children = top.children.order_by("lower_path")
            body["children"] = [branch(child, depth + 1) for child in children if call.may(needed, child)]
        return body

    return branch(folder, 0)


def _held(rights: Rights, folder: Folder) -> dict[str, list[str]]:
    return {
        "roles": sorted(role.class_name for role in rights.roles_in(folder.id)),
        "effectivePermissions": _names(rights.permissions_in(folder.id)),
    }


def _names(permissions: frozenset[Permission]) -> list[str]:
    return sorted(permission.class_name for permission in permissions)
