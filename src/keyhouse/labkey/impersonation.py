"""Acting as a user, a group or with other roles, and stopping it (labkey-server.md, section 6.1).

Some answers are odd because clients count on them: stopping is a redirect where it worked, and a line of HTML with
status 200 where there was nothing to stop (client-api.md, section 7).
"""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.accounts.models import Group, User
from keyhouse.authz.folders import find
from keyhouse.authz.impersonated import Administrator
from keyhouse.authz.rights import rights_of
from keyhouse.core.impersonation import Guise
from keyhouse.core.permissions import Permission, Role
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.principals import role_of, shown_name
from keyhouse.sessions.impersonate import ALREADY
from keyhouse.web import impersonating
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import MethodNotAllowed
from keyhouse.web.impersonating import Refused, administrator_of
from keyhouse.web.urls import is_local

actions = ActionTable()
NOT_IMPERSONATING = "Error: You are not impersonating!"
_HOME = "/home"
_MOST_ROLES = 100


@actions.add("user-getImpersonationUsers", needs_sign_in=True, is_csrf_exempt=True)
def get_users(call: Call) -> dict[str, Any]:
    """List the users whom the caller may impersonate from this folder."""
    return {
        "users": [
            {"userId": user.id, "email": user.email, "displayName": user.display_name, "active": user.is_active}
            for user in _administrator(call).users()
        ]
    }


@actions.add("user-getImpersonationGroups", needs_sign_in=True, is_csrf_exempt=True)
def get_groups(call: Call) -> dict[str, Any]:
    """List the groups that the caller may impersonate from this folder, those of the site first."""
    return {
        "groups": [
            {"groupId": group.id, "displayName": f"{'' if group.project else 'Site: '}{shown_name(group)}"}
            for group in _administrator(call).groups()
        ]
    }


@actions.add("user-getImpersonationRoles", needs_sign_in=True, is_csrf_exempt=True)
def get_roles(call: Call) -> dict[str, Any]:
    """List the roles that the caller may impersonate from this folder; `selected` are those that go on."""
    now = call.allowed.context.impersonation
    return {
        "roles": [
            {
                "displayName": role.value,
                "roleName": role.class_name,
                "hasRead": Permission.READ in role.permissions,
                "selected": now is not None and role in now.roles,
            }
            for role in _administrator(call).roles()
        ]
    }


@actions.add("user-impersonateUser", methods=("POST",), needs_sign_in=True)
def impersonate_user(call: Call) -> dict[str, Any]:
    """Become the user of this id or address, with this user's rights."""
    _refuse_nested(call)
    _administrator(call)
    user_id, email = call.parameters.number("userId"), call.parameters.text("email").strip().lower()
    if user_id is None and not email:
        raise FormError("Must specify an email or userId")
    found = User.objects.filter(id=user_id) if user_id is not None else User.objects.filter(email=email)
    user = found.first()
    if user is None:
        raise FormError("User doesn't exist")
    try:
        impersonating.as_user(call, user, _return_url(call))
    except Refused as error:
        raise FormError(str(error)) from None
    return {"success": True}


@actions.add("user-impersonateGroup", methods=("POST",), needs_sign_in=True)
def impersonate_group(call: Call) -> dict[str, Any]:
    """Stay who one is, with the rights of a group."""
    _refuse_nested(call)
    _administrator(call)
    group_id = call.parameters.number("groupId")
    if group_id is None:
        raise FormError("Must specify a group ID")
    group = Group.objects.filter(id=group_id).first()
    if group is None:
        raise FormError("Group doesn't exist")
    try:
        impersonating.as_group(call, group, _return_url(call))
    except Refused as error:
        raise FormError(str(error)) from None
    return {"success": True}


@actions.add("user-impersonateRoles", methods=("POST",), needs_sign_in=True)
def impersonate_roles(call: Call) -> dict[str, Any]:
    """Stay who one is, with exactly these roles; while impersonating roles, take others."""
    now = call.allowed.context.impersonation
    if now is None or now.guise is not Guise.ROLES:
        _refuse_nested(call)
    _administrator(call)
    try:
        impersonating.with_roles(call, _roles(call), _return_url(call))
    except Refused as error:
        raise FormError(str(error)) from None
    return {"success": True}


def _roles(call: Call) -> list[Role]:
    names = [str(name).strip() for name in call.parameters.all("roleNames") if str(name).strip()]
    if not names:
        raise FormError("Must provide roles")
    if len(names) > _MOST_ROLES:
        raise FormError(f"At most {_MOST_ROLES} roles can be impersonated at once.")
    roles = []
    for name in names:
        role = role_of(name)
        if role is None:
            raise FormError(f"Role not found: {name[:200]}")
        roles.append(role)
    return list(dict.fromkeys(roles))


@actions.add("login-stopImpersonating", is_file=True, tolerates_missing_folder=True, ignores_declarations=True)
def stop_impersonating(call: Call) -> HttpResponseBase:
    """Be oneself again and go back to where it began; only by POST, or any page could do it with a picture."""
    if not call.is_impersonating:
        return HttpResponse(f"<p>{NOT_IMPERSONATING}</p>", content_type="text/html; charset=utf-8")
    if call.request.method != "POST":
        raise MethodNotAllowed("This action does not support HTTP GET")
    came_from = impersonating.stop(call) or ""
    return HttpResponseRedirect(_return_url(call) or came_from or _start_page(call))


@actions.add("login-stopImpersonatingApi", methods=("POST",), tolerates_missing_folder=True, ignores_declarations=True)
def stop_impersonating_api(call: Call) -> dict[str, Any]:
    """Be oneself again; nobody to stop for is no error."""
    impersonating.stop(call)
    return {"success": True}


def _administrator(call: Call) -> Administrator:
    # Whether the administrator may, not whom they act as: roles are adjusted without a right to administer anything.
    administrator = administrator_of(call)
    if not administrator.own.may(Permission.ADMIN, call.folder.id):
        raise call.refused()
    return administrator


def _refuse_nested(call: Call) -> None:
    if call.is_impersonating:
        raise FormError(ALREADY)


def _return_url(call: Call) -> str:
    wanted = call.parameters.text("returnUrl")
    return wanted if is_local(wanted, call.context_path) else ""


def _start_page(call: Call) -> str:
    # Clients follow to it and want no error, so it is one that the administrator may read.
    may_read = rights_of(call.allowed.signed_in).may(Permission.READ, find(_HOME).id)
    return call.url("project-begin.view", _HOME) if may_read else call.url("login-whoAmI.api", "/")
