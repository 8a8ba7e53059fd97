"""One user: groups, roles, and the changes an administrator can make."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Group, Membership, User
from keyhouse.accounts.names import AccountError
from keyhouse.audit import Kind
from keyhouse.authz.models import RoleAssignment
from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.guard import Refused, check_account, check_not_oneself
from keyhouse.console.linking import linked_lines, linked_of, unlink
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.signin.consequences import has_other_way
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()


@dataclass(frozen=True)
class Change:
    """A button on the page."""

    do: str
    title: str
    explanation: str
    is_danger: bool = False


@dataclass(frozen=True)
class RoleLine:
    """One role of the user, and through whom."""

    url: str
    folder: str
    role: str
    through: str


RESET = Change(
    "reset", "Make a reset link", "A link with which the user sets a password. The old one, if any, works until then."
)
RESET_FACTORS = Change(
    "reset-factors",
    "Reset second factors",
    "For who lost phone or key: all are removed and all sessions end. API keys stay. Be sure who asks you.",
    True,
)
DEACTIVATE = Change(
    "deactivate", "Deactivate", "Refuses this user, keys and sessions, from now on. Can be undone.", True
)
REACTIVATE = Change("reactivate", "Reactivate", "Lets this user in again. Keys that were deleted stay deleted.")
DELETE = Change(
    "delete", "Delete", "Removes the user for good, with memberships and roles. All keys are refused.", True
)


@actions.add("user-details", is_page=True, site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True)
def show_user(call: Call) -> HttpResponseBase:
    """Show one user, or change it."""
    user = User.objects.filter(id=call.parameters.number("userId") or 0).first()
    if user is None:
        raise NotFound("There is no such user. It may have been deleted.")
    if not is_post(call):
        return _page(call, user)
    change = _CHANGES.get(call.parameters.text("do"))
    if change is None:
        return _page(call, user, [("", "This page does not know that change. Reload it and try again.")])
    try:
        check_account(call, user)
        return change(call, user)
    except (AccountError, Refused) as error:
        return _page(call, user, [("", str(error))])


def _page(call: Call, user: User, problems: Problems = (), reset_link: str = "") -> HttpResponse:
    memberships = Membership.objects.filter(member_id=user.id).values_list("group_id", flat=True)
    factor_count = len(call.site.second_factors.of(user.id))
    groups = Group.objects.order_by("name").exclude(id__in=(ALL_SITE_USERS_ID, GUESTS_ID))
    return show(
        call,
        "user.html",
        user.display_name,
        is_admin_page=True,
        trail=[Crumb("Users", call.url("user-showUsers.view", "/"))],
        problems=problems,
        user=user,
        reset_link=reset_link,
        groups=[
            (group, call.url("security-group.view", "/", id=group.id)) for group in groups.filter(id__in=memberships)
        ],
        other_groups=groups.filter(project__isnull=True).exclude(id__in=memberships),
        roles=_roles(call, user),
        identities=linked_lines(user),
        facts=_facts(user, factor_count),
        keys_url=_keys_url(call, user),
        sessions_url=call.url("user-showSessions.view", "/", q=user.email),
        declarations_url=_declarations_url(call, user),
        actions=_actions(user, factor_count > 0),
        user_url=call.url("user-details.view", "/", userId=user.id),
        may_change=True,
    )


def _actions(user: User, has_factors: bool) -> list[Change]:
    reset = [] if user.is_service or not user.is_active else [RESET]
    factors = [RESET_FACTORS] if has_factors else []
    return [*reset, *factors, DEACTIVATE if user.is_active else REACTIVATE, DELETE]


def _facts(user: User, factor_count: int) -> list[tuple[str, str]]:
    last = user.last_login.strftime("%Y-%m-%d %H:%M") if user.last_login else "never"
    made = user.created_at.strftime("%Y-%m-%d %H:%M")
    factors = str(factor_count) if factor_count else "none"
    return [("User id", str(user.id)), ("Made", made), ("Last sign-in", last), ("Second factors", factors)]


def _keys_url(call: Call, user: User) -> str:
    parameters = {"schemaName": "core", "query.queryName": "APIKeys", "query.CreatedBy/Email~eq": user.email}
    return call.url("query-executeQuery.view", "/", **parameters)


def _declarations_url(call: Call, user: User) -> str:
    may_see = call.rights.may(Permission.READ_AUDIT)
    return call.url("user-declarations.view", "/", userId=user.id) if may_see else ""


def _roles(call: Call, user: User) -> list[RoleLine]:
    through = {user.id: "itself"} | {
        membership.group_id: membership.group.name
        for membership in Membership.objects.filter(member_id=user.id).select_related("group")
    }
    assigned = RoleAssignment.objects.filter(principal_id__in=through).select_related("folder")
    return [
        RoleLine(
            call.url("security-permissions.view", each.folder.path),
            each.folder.path,
            each.role,
            through[each.principal_id],
        )
        for each in assigned.order_by("folder__path", "role")
    ]


def _reset(call: Call, user: User) -> HttpResponseBase:
    if user.is_service or not user.is_active:
        raise AccountError("A service account or a deactivated user cannot set a password.")
    page_url = f"{call.site.boot.url}/login-setPassword.view"
    call.record(Kind.PASSWORD_RESET_ASKED, f"A reset link for {user.email} was made for an administrator to hand on.")
    return _page(call, user, reset_link=call.site.resets.link_for(user, page_url))


def _reset_factors(call: Call, user: User) -> HttpResponseBase:
    if not is_confirmed(call):
        url = call.url("user-details.view", "/", userId=user.id)
        question = f"Reset the second factors of {user.email}? The password alone is enough until there is a new one."
        return confirm(call, "Reset second factors", question, url, [("do", "reset-factors")], "Yes, reset them", url)
    call.site.second_factors.reset(user, call.caller)
    return _back(call, user, "factors-reset")


def _deactivate(call: Call, user: User) -> HttpResponseBase:
    check_not_oneself(call, user, "deactivate")
    call.site.users.deactivate(user, call.caller)
    return _back(call, user, "user-deactivated")


def _reactivate(call: Call, user: User) -> HttpResponseBase:
    call.site.users.reactivate(user, call.caller)
    return _back(call, user, "user-reactivated")


def _delete(call: Call, user: User) -> HttpResponseBase:
    check_not_oneself(call, user, "delete")
    url = call.url("user-details.view", "/", userId=user.id)
    if not is_confirmed(call):
        question = f"Delete {user.email} for good? Memberships and roles go too, and all keys of this user are refused."
        return confirm(call, "Delete the user", question, url, [("do", "delete")], "Yes, delete", url)
    call.site.users.delete(user, call.caller)
    return lead_to(call, "user-showUsers.view", "/", said="user-deleted")


def _join(call: Call, user: User) -> HttpResponseBase:
    group = _group(call)
    check_account(call, group)
    call.site.groups.add_member(group, user, call.caller)
    return _back(call, user, "user-changed")


def _leave(call: Call, user: User) -> HttpResponseBase:
    group = _group(call)
    check_account(call, group)
    call.site.groups.remove_member(group, user, call.caller)
    return _back(call, user, "user-changed")


def _unlink(call: Call, user: User) -> HttpResponseBase:
    known = linked_of(user).filter(id=call.parameters.number("identity") or 0).first()
    if known is None:
        raise AccountError("There is no such link. It may have been removed.")
    url = call.url("user-details.view", "/", userId=user.id)
    if not is_confirmed(call):
        last = "" if has_other_way(user, without=known) else f" {user.display_name} has no other way to sign in."
        question = f"Unlink {known.email} at {known.configuration.description}?{last} Sessions that came by it end."
        fields = [("do", "unlink"), ("identity", str(known.id))]
        return confirm(call, "Unlink the identity", question, url, fields, "Yes, unlink", url)
    unlink(call, known)
    return _back(call, user, "user-changed")


def _group(call: Call) -> Group:
    group = Group.objects.filter(id=call.parameters.number("group") or 0).first()
    if group is None:
        raise AccountError("There is no such group. It may have been deleted.")
    return group


def _back(call: Call, user: User, said: str) -> HttpResponseBase:
    return lead_to(call, "user-details.view", "/", userId=user.id, said=said)


_CHANGES: dict[str, Callable[[Call, User], HttpResponseBase]] = {
    "reset": _reset,
    "reset-factors": _reset_factors,
    "deactivate": _deactivate,
    "reactivate": _reactivate,
    "delete": _delete,
    "join": _join,
    "leave": _leave,
    "unlink": _unlink,
}
