"""Acting as another user: not possible here yet, and said so; stopping it answers as clients count on.

The Python client's suite begins by stopping an impersonation that there is not, and wants no error (client-api.md, 7).
"""

from typing import Any

from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import User
from keyhouse.core.permissions import Permission
from keyhouse.labkey.form_errors import FormError
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import WireError

actions = ActionTable()
NOT_HERE = "Impersonating users is not available on this server."


@actions.add(
    "user-impersonateUser",
    "user-impersonateGroup",
    "user-impersonateRoles",
    methods=("POST",),
    permission=Permission.ADMIN,
)
def impersonate(call: Call) -> dict[str, Any]:
    """Refuse to let an administrator act as somebody else; what is wrong with the request is told first."""
    if call.allowed.context.impersonator_id is not None:
        raise FormError("Can't impersonate; you're already impersonating")
    if call.action.name == "user-impersonateuser":
        _check_user(call)
    raise WireError(NOT_HERE, status=501)


@actions.add("login-stopImpersonating", tolerates_missing_folder=True, ignores_declarations=True)
def stop_impersonating(_call: Call) -> HttpResponseBase:
    """Say in a line of HTML, with status 200, that there is nothing to stop."""
    return HttpResponse("<p>You are not impersonating anybody.</p>", content_type="text/html; charset=utf-8")


@actions.add("login-stopImpersonatingApi", methods=("POST",), tolerates_missing_folder=True, ignores_declarations=True)
def stop_impersonating_api(_call: Call) -> dict[str, Any]:
    """Say that nobody is impersonated any more."""
    return {"success": True}


def _check_user(call: Call) -> None:
    user_id, email = call.parameters.number("userId"), call.parameters.text("email").strip().lower()
    if user_id is None and not email:
        raise FormError("Must specify an email or userId")
    found = User.objects.filter(id=user_id) if user_id is not None else User.objects.filter(email=email)
    user = found.first()
    if user is None:
        raise FormError("User doesn't exist")
    if user.id == call.principal.id:
        raise FormError("Can't impersonate yourself")
