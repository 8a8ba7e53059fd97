"""Users: find and add them; one user's page changes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import Membership, User
from keyhouse.accounts.names import AccountError
from keyhouse.authz.models import ROOT_ID, RoleAssignment
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import SITE_ROLES, Permission, Role
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()

MOST = 500


@dataclass(frozen=True)
class UserLine:
    """One user in the list."""

    url: str
    email: str
    display_name: str
    is_active: bool
    is_service: bool
    site_role: str
    last_sign_in_at: datetime | None
    key_count: int


@actions.add("user-showUsers", is_page=True, site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True)
def show_users(call: Call) -> HttpResponseBase:
    """List users, or add one."""
    if not is_post(call):
        return _list(call)
    try:
        user = call.site.users.add(
            call.parameters.text("email"),
            call.caller,
            display_name=call.parameters.text("displayName"),
            is_service=call.parameters.flag("isService"),
        )
    except AccountError as error:
        return _list(call, [("email", str(error))])
    said = "service-added" if user.is_service else "user-added"
    return lead_to(call, "user-details.view", "/", userId=user.id, said=said)


def _list(call: Call, problems: Problems = ()) -> HttpResponse:
    query = call.request.GET.get("q", "").strip()
    return show(
        call,
        "users.html",
        "Users",
        is_admin_page=True,
        problems=problems,
        query=query,
        users=_lines(call, query),
        users_url=call.url("user-showUsers.view", "/"),
        entered=_entered(call) if problems else {},
        may_change=True,
    )


def _entered(call: Call) -> dict[str, Any]:
    return {
        "email": call.parameters.text("email"),
        "display_name": call.parameters.text("displayName"),
        "is_service": call.parameters.flag("isService"),
    }


def _lines(call: Call, query: str) -> list[UserLine]:
    users = User.objects.order_by("email")
    if query:
        users = users.filter(Q(email__icontains=query) | Q(display_name__icontains=query))
    counted = users.annotate(key_count=Count("api_keys", filter=Q(api_keys__revoked_at=None)))
    roles = site_roles()
    return [_line(user, user.key_count, roles.get(user.id, ""), call.url) for user in counted[:MOST]]


def _line(user: User, key_count: int, role: str, url: Callable[..., str]) -> UserLine:
    return UserLine(
        url=url("user-details.view", "/", userId=user.id),
        email=user.email,
        display_name=user.display_name,
        is_active=user.is_active,
        is_service=user.is_service,
        site_role=role,
        last_sign_in_at=user.last_login,
        key_count=key_count,
    )


def site_roles() -> dict[int, str]:
    """Return the greatest role on the whole site of each principal that has one, by itself or through groups."""
    roles: dict[int, str] = {}
    for role in sorted(SITE_ROLES - {Role.REQUIRE_SECOND_FACTOR}, key=lambda each: len(each.permissions)):
        assigned = RoleAssignment.objects.filter(folder_id=ROOT_ID, role=role.value)
        roles |= dict.fromkeys(_with_members(set(assigned.values_list("principal_id", flat=True))), role.value)
    return roles


def _with_members(principals: set[int]) -> set[int]:
    found, latest = set(principals), set(principals)
    while latest:
        latest = set(Membership.objects.filter(group_id__in=latest).values_list("member_id", flat=True)) - found
        found |= latest
    return found
