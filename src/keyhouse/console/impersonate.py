"""Choose whom or what to impersonate, and see what may be done meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import Group, User
from keyhouse.authz.impersonated import Administrator
from keyhouse.authz.models import Folder
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.impersonation import Guise
from keyhouse.core.permissions import Permission, Role
from keyhouse.web import impersonating
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.impersonating import Refused, administrator_of
from keyhouse.web.urls import build, is_local

actions = ActionTable()
T = TypeVar("T", User, Group)
_MOST = 200
_TABS = {"User": "user-actAsUser.view", "Group": "user-actAsGroup.view", "Roles": "user-actWithRoles.view"}
_NOT_THERE = "This is not there any more. Choose again."
_NO_ROLE = "Choose at least one role."


@dataclass(frozen=True)
class Choice:
    """One user or group in a list."""

    id: int
    name: str
    remark: str
    is_possible: bool = True


@dataclass(frozen=True)
class RoleChoice:
    """One role that can be ticked."""

    class_name: str
    name: str
    remark: str
    is_chosen: bool


@dataclass(frozen=True)
class Tab:
    """One of the three pages."""

    label: str
    url: str
    is_here: bool


@dataclass(frozen=True)
class FolderLine:
    """What may be done in one folder."""

    path: str
    url: str
    roles: str


@actions.add("user-actAsUser", is_page=True, needs_sign_in=True)
def act_as_user(call: Call) -> HttpResponseBase:
    """Choose a user, or become one."""
    return _act_as(
        call, "User", User, impersonating.as_user, lambda administrator: [_user(each) for each in administrator.users()]
    )


@actions.add("user-actAsGroup", is_page=True, needs_sign_in=True)
def act_as_group(call: Call) -> HttpResponseBase:
    """Choose a group, or take its rights."""
    return _act_as(
        call,
        "Group",
        Group,
        impersonating.as_group,
        lambda administrator: [Choice(each.id, each.name, _group_remark(each)) for each in administrator.groups()],
    )


def _act_as(
    call: Call,
    tab: str,
    model: type[T],
    begin: Callable[[Call, T, str], object],
    choices: Callable[[Administrator], Sequence[Choice]],
) -> HttpResponseBase:
    administrator = _administrator(call)
    problems: Problems = ()
    if call.is_impersonating:
        return _after(call)
    if is_post(call):
        found = model.objects.filter(id=call.parameters.number("id") or 0).first()
        try:
            if found is not None:
                begin(call, found, _came_from(call))
                return _after(call)
            problems = [("", _NOT_THERE)]
        except Refused as error:
            problems = [("", str(error))]
    return _list(call, administrator, tab, choices(administrator), problems)


@actions.add("user-actWithRoles", is_page=True, needs_sign_in=True)
def act_with_roles(call: Call) -> HttpResponseBase:
    """Choose roles, or take exactly these; while one impersonates roles, others."""
    administrator = _administrator(call)
    problems: Problems = ()
    now = call.allowed.context.impersonation
    if now is not None and now.guise is not Guise.ROLES:
        return _after(call)
    if is_post(call):
        chosen = _chosen(call)
        try:
            if chosen:
                impersonating.with_roles(call, chosen, _came_from(call))
                return _after(call)
            problems = [("role-1", _NO_ROLE)]
        except Refused as error:
            problems = [("", str(error))]
    return _show(
        call, administrator, "Roles", problems, "act_with_roles.html", roles=_role_choices(call, administrator)
    )


@actions.add("user-acting", is_page=True, needs_sign_in=True, tolerates_missing_folder=True, ignores_declarations=True)
def acting(call: Call) -> HttpResponseBase:
    """Tell what may be done while impersonating."""
    rights = call.rights
    folders = [folder for folder in Folder.objects.order_by("lower_path") if rights.roles_in(folder.id)]
    return show(
        call,
        "acting.html",
        "Impersonation",
        is_folder_page=True,
        lines=[_folder_line(call, folder) for folder in folders[:_MOST]] if call.is_impersonating else [],
        more=max(len(folders) - _MOST, 0),
    )


def _administrator(call: Call) -> Administrator:
    administrator = administrator_of(call)
    if not administrator.may_impersonate:
        raise call.refused()
    return administrator


def _list(
    call: Call, administrator: Administrator, kind: str, choices: Sequence[Choice], problems: Problems
) -> HttpResponse:
    query = call.request.GET.get("q", "").strip()
    found = [each for each in choices if query.lower() in f"{each.name} {each.remark}".lower()]
    return _show(
        call,
        administrator,
        kind,
        problems,
        "act_as.html",
        query=query,
        hint="E-mail or name" if kind == "User" else "Name",
        head=kind,
        lines=found[:_MOST],
        more=max(len(found) - _MOST, 0),
    )


def _show(
    call: Call, administrator: Administrator, kind: str, problems: Problems, template: str, **context: Any
) -> HttpResponse:
    return show(
        call,
        template,
        "Impersonate roles" if kind == "Roles" else f"Impersonate a {kind.lower()}",
        problems=problems,
        lead=_LEADS[kind],
        tabs=[Tab(label, call.url(name), label == kind) for label, name in _TABS.items()],
        here_url=call.url(_TABS[kind]),
        return_url=_came_from(call),
        consequences=_consequences(call, administrator, kind),
        **context,
    )


_LEADS = {
    "User": "You become this user, with their rights, until you stop.",
    "Group": "You stay who you are, with the rights of this group and of everybody who has signed in.",
    "Roles": "You stay who you are, with exactly these roles and nothing else.",
}


def _consequences(call: Call, administrator: Administrator, kind: str) -> list[str]:
    """Say what will happen, before it does."""
    told = ["The log names both you and whom you impersonate. Meanwhile you can make no keys and change no password."]
    if kind == "User":
        told.append("The session keys of this browser session end when you begin.")
    else:
        told.append("The session keys of this browser session have these rights too, until you stop.")
    if administrator.project is not None:
        told.append(f"You administer {administrator.project.path} alone: everything outside it is refused meanwhile.")
    if not administrator.may_give_any_role:
        told.append("You never have more rights than your own: what you may not do yourself is left out.")
    return told


def _user(user: User) -> Choice:
    remarks = [user.display_name, *(["service account"] if user.is_service else [])]
    if not user.is_active:
        remarks.append("deactivated")
    return Choice(user.id, user.email, ", ".join(remarks), user.is_active)


def _group_remark(group: Group) -> str:
    return "of this project" if group.project is not None else "of the site"


def _chosen(call: Call) -> list[Role]:
    wanted = {str(name) for name in call.parameters.all("roleNames")}
    return [role for role in Role if role.class_name in wanted]


def _role_choices(call: Call, administrator: Administrator) -> list[RoleChoice]:
    now = call.allowed.context.impersonation
    chosen = _chosen(call) if is_post(call) else list(now.roles) if now is not None else []
    return [RoleChoice(role.class_name, role.value, _remark(role), role in chosen) for role in administrator.roles()]


def _remark(role: Role) -> str:
    can_read = Permission.READ in role.permissions
    return role.description if can_read else f"{role.description} Alone it lets one read no data."


def _folder_line(call: Call, folder: Folder) -> FolderLine:
    held = sorted(call.rights.roles_in(folder.id), key=list(Role).index)
    can_open = call.may(Permission.READ, folder) and not folder.is_root
    url = call.url("project-begin.view", folder.path) if can_open else ""
    return FolderLine(folder.path, url, ", ".join(role.value for role in held))


def _came_from(call: Call) -> str:
    wanted = call.parameters.text("returnUrl")
    home = "/home" if call.folder.is_root else call.folder.path
    return wanted if is_local(wanted, call.context_path) else build(call.context_path, home, "project-begin.view")


def _after(call: Call) -> HttpResponseBase:
    # A page that every guise may see: the folder may not be one of them.
    return lead_to(call, "user-acting.view", "/")
