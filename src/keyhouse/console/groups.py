"""Groups: list and add them; one group's page changes its members."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts import groups as accounts
from keyhouse.accounts.models import ADMINISTRATORS_ID, ALL_SITE_USERS_ID, GUESTS_ID, Group, Principal, User
from keyhouse.accounts.names import AccountError
from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.guard import Refused, check_account
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()

REMARKS = {
    ADMINISTRATORS_ID: "Members may do everything on this site.",
    ALL_SITE_USERS_ID: "Everybody who has signed in.",
    GUESTS_ID: "Everybody, signed in or not.",
}
_OF_THEMSELVES = frozenset({ALL_SITE_USERS_ID, GUESTS_ID})


@dataclass(frozen=True)
class GroupLine:
    """One group in the list; one that has its members by itself has no page."""

    url: str
    name: str
    member_count: str
    remark: str


@dataclass(frozen=True)
class MemberLine:
    """One member of a group."""

    id: int
    url: str
    name: str
    is_group: bool


@actions.add("security-groups", is_page=True, site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True)
def show_groups(call: Call) -> HttpResponseBase:
    """List groups, or add one."""
    if not is_post(call):
        return _list(call)
    try:
        group = call.site.groups.add(call.parameters.text("name"), call.caller)
    except AccountError as error:
        return _list(call, [("name", str(error))])
    return lead_to(call, "security-group.view", "/", id=group.id, said="group-added")


def _list(call: Call, problems: Problems = ()) -> HttpResponse:
    groups = (
        Group.objects.filter(project__isnull=True).annotate(count=Count("memberships")).order_by("-is_system", "name")
    )
    return show(
        call,
        "groups.html",
        "Groups",
        is_admin_page=True,
        problems=problems,
        groups=[_line(call, group, group.count) for group in groups],
        groups_url=call.url("security-groups.view", "/"),
        entered={"name": call.parameters.text("name")} if problems else {},
        may_change=True,
    )


def _line(call: Call, group: Group, count: int) -> GroupLine:
    if group.id in _OF_THEMSELVES:
        return GroupLine("", group.name, "", REMARKS[group.id])
    url = call.url("security-group.view", "/", id=group.id)
    return GroupLine(url, group.name, str(count), REMARKS.get(group.id, ""))


@actions.add("security-group", is_page=True, site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True)
def show_group(call: Call) -> HttpResponseBase:
    """Show one group, or change it."""
    group = Group.objects.filter(id=call.parameters.number("id") or 0).first()
    if group is None or group.id in _OF_THEMSELVES:
        raise NotFound("There is no such group, or it has its members by itself.")
    if not is_post(call):
        return _page(call, group)
    change = _CHANGES.get(call.parameters.text("do"))
    if change is None:
        return _page(call, group, [("", "This page does not know that change. Reload it and try again.")])
    try:
        check_account(call, group)
        return change(call, group)
    except (AccountError, Refused) as error:
        return _page(call, group, [("member", str(error))])


def _page(call: Call, group: Group, problems: Problems = ()) -> HttpResponse:
    return show(
        call,
        "group.html",
        group.name,
        is_admin_page=True,
        trail=[Crumb("Groups", call.url("security-groups.view", "/"))],
        problems=problems,
        group=group,
        remark=REMARKS.get(group.id, ""),
        members=_members(call, group),
        principals=principal_names(),
        entered={"member": call.parameters.text("member")} if problems else {},
        group_url=call.url("security-group.view", "/", id=group.id),
        may_change=True,
    )


def principal_names() -> list[str]:
    """Return what an administrator may choose from: group names and addresses."""
    names = (
        Group.objects.filter(project__isnull=True)
        .exclude(id__in=_OF_THEMSELVES)
        .order_by("name")
        .values_list("name", flat=True)
    )
    return [*names, *User.objects.order_by("email").values_list("email", flat=True)[:2000]]


def _members(call: Call, group: Group) -> list[MemberLine]:
    ids = list(group.memberships.values_list("member_id", flat=True))
    groups = [
        MemberLine(each.id, call.url("security-group.view", "/", id=each.id), each.name, True)
        for each in Group.objects.filter(id__in=ids).order_by("name")
    ]
    users = [
        MemberLine(each.id, call.url("user-details.view", "/", userId=each.id), each.email, False)
        for each in User.objects.filter(id__in=ids).order_by("email")
    ]
    return groups + users


def _add(call: Call, group: Group) -> HttpResponseBase:
    call.site.groups.add_member(group, accounts.find_principal(call.parameters.text("member")), call.caller)
    return _back(call, group)


def _remove(call: Call, group: Group) -> HttpResponseBase:
    member = Principal.objects.filter(id=call.parameters.number("member") or 0).first()
    if member is None:
        raise AccountError("This member was deleted meanwhile.")
    if group.id == ADMINISTRATORS_ID and member.id in {call.principal.id, call.allowed.signed_in.id}:
        raise AccountError("You cannot take yourself out of Administrators; ask another administrator.")
    call.site.groups.remove_member(group, member, call.caller)
    return _back(call, group)


def _delete(call: Call, group: Group) -> HttpResponseBase:
    url = call.url("security-group.view", "/", id=group.id)
    if not is_confirmed(call):
        question = f"Delete the group {group.name}? Its members lose the roles they have through it."
        return confirm(call, "Delete the group", question, url, [("do", "delete")], "Yes, delete", url)
    call.site.groups.delete(group, call.caller)
    return lead_to(call, "security-groups.view", "/", said="group-deleted")


def _back(call: Call, group: Group) -> HttpResponseBase:
    return lead_to(call, "security-group.view", "/", id=group.id, said="group-changed")


_CHANGES: dict[str, Callable[[Call, Group], HttpResponseBase]] = {"add": _add, "remove": _remove, "delete": _delete}
