"""Permissions of one folder: give roles to users and groups, take them away, inherit or not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.groups import find_principal
from keyhouse.accounts.models import Group, User
from keyhouse.accounts.names import AccountError
from keyhouse.authz.assignments import RoleError, find_role
from keyhouse.authz.folders import FolderError
from keyhouse.authz.models import Folder, RoleAssignment
from keyhouse.authz.policies import inherited_again_by
from keyhouse.authz.rights import PHI
from keyhouse.console.groups import principal_names
from keyhouse.console.guard import PHI_TEXT, TEXT, Refused
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission, Role
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@dataclass(frozen=True)
class RoleLine:
    """One role in one folder, and who has it."""

    role: str
    principal: str
    is_group: bool
    folder: str
    url: str


@actions.add("security-permissions", is_page=True, permission=Permission.ADMIN, needs_fresh_sign_in=True)
def show_permissions(call: Call) -> HttpResponseBase:
    """Show the permissions of the folder, or change them."""
    if not is_post(call):
        return _page(call)
    change = _CHANGES.get(call.parameters.text("do"))
    if change is None:
        return _page(call, [("", "This page does not know that change. Reload it and try again.")])
    try:
        said = change(call)
    except (AccountError, RoleError, FolderError, Refused) as error:
        return _page(call, [("principal", str(error))])
    return lead_to(call, "security-permissions.view", said=said)


def _page(call: Call, problems: Problems = ()) -> HttpResponse:
    folder = call.folder
    parent = folder.parent
    return show(
        call,
        "permissions.html",
        f"Permissions of {folder.path}",
        problems=problems,
        inherits=folder.inherits and parent is not None,
        parent=parent.path if parent else "",
        parent_url=call.url("security-permissions.view", parent.path) if parent else "",
        assignments=_lines(call, [folder]),
        inherited=_lines(call, _inherited_from(folder)),
        roles=[role.value for role in _roles(call)],
        entered={
            "role": call.parameters.text("role", default="Reader"),
            "principal": call.parameters.text("principal"),
        },
        principals=_choices(call),
        permissions_url=call.url("security-permissions.view"),
    )


def _choices(call: Call) -> list[str]:
    # Who administers one folder alone types an address; the list of everybody is for who manages users.
    return principal_names() if call.rights.may(Permission.MANAGE_USERS) else []


def _roles(call: Call) -> Iterable[Role]:
    is_root, may_all = call.folder.is_root, call.rights.may(Permission.ADMIN_OPERATIONS)
    fitting = (role for role in Role if not role.is_site_role or (is_root and may_all))
    return [role for role in fitting if _is_grantable(call, role)]


def _inherited_from(folder: Folder) -> list[Folder]:
    above: list[Folder] = []
    while folder.inherits and folder.parent is not None:
        folder = folder.parent
        above.append(folder)
    return above


def _lines(call: Call, folders: list[Folder]) -> list[RoleLine]:
    assigned = list(RoleAssignment.objects.filter(folder__in=folders).select_related("folder"))
    ids = {each.principal_id for each in assigned}
    users = dict(User.objects.filter(id__in=ids).values_list("id", "email"))
    groups = dict(Group.objects.filter(id__in=ids).values_list("id", "name"))
    lines = [
        RoleLine(
            role=each.role,
            principal=users.get(each.principal_id) or groups.get(each.principal_id, ""),
            is_group=each.principal_id in groups,
            folder=each.folder.path,
            url=call.url("security-permissions.view", each.folder.path),
        )
        for each in assigned
    ]
    # A role that this version does not know comes last; it grants nothing.
    order = {role.value: place for place, role in enumerate(Role)}
    return sorted(lines, key=lambda line: (order.get(line.role, len(order)), not line.is_group, line.principal))


def _assign(call: Call) -> str:
    role, account = find_role(call.parameters.text("role")), find_principal(call.parameters.text("principal"))
    _check_role(call, role)
    call.site.assignments.assign(role, account, str(account), call.folder, call.caller)
    return "role-given"


def _remove(call: Call) -> str:
    role, account = find_role(call.parameters.text("role")), find_principal(call.parameters.text("principal"))
    _check_role(call, role)
    call.site.assignments.remove(role, account, str(account), call.folder, call.caller)
    return "role-removed"


def _check_role(call: Call, role: Role) -> None:
    if role.is_site_role and not call.rights.may(Permission.ADMIN_OPERATIONS):
        raise Refused(TEXT)
    if not _is_grantable(call, role):
        raise Refused(PHI_TEXT)


def _is_grantable(call: Call, role: Role) -> bool:
    return role.permissions & PHI <= call.rights.grantable_in(call.folder.id)


def _inherit(call: Call) -> str:
    if not all(_is_grantable(call, each.role) for each in inherited_again_by(call.folder)):
        raise Refused(PHI_TEXT)
    call.site.folders.set_inheritance(call.folder, True, call.caller)
    return "inheritance-changed"


def _break(call: Call) -> str:
    call.site.folders.set_inheritance(call.folder, False, call.caller)
    return "inheritance-changed"


_CHANGES: dict[str, Callable[[Call], str]] = {
    "assign": _assign,
    "remove": _remove,
    "inherit": _inherit,
    "break": _break,
}
