"""The controller ``user``: activate, deactivate and delete users, by pages of the original that clients call.

The Python client wants 200 with a body that is not JSON from ``deactivateUsers.view`` and ``deleteUsers.view``: its own
stand-in for such a body is where it looks the status up (client-api.md, section 7). ``.api`` is answered in JSON.
"""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import User
from keyhouse.authz.powers import keeping_an_administrator
from keyhouse.core.permissions import Permission
from keyhouse.labkey.principals import ids
from keyhouse.labkey.refusals import require_covered, told_on_the_wire
from keyhouse.labkey.security_users import require_changeable_user
from keyhouse.web.actions import ActionTable
from keyhouse.web.answers import json_answer
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()


@actions.add("user-activateUsers", methods=("POST",), site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True)
def activate_users(call: Call) -> HttpResponseBase:
    """Let users in again; those who were active stay so."""

    def activate(user: User) -> None:
        if not user.is_active:
            call.site.users.reactivate(user, call.caller)

    return _answer(call, _users(call), "activate", activate)


@actions.add(
    "user-deactivateUsers", methods=("POST",), site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True
)
def deactivate_users(call: Call) -> HttpResponseBase:
    """Refuse users from now on; oneself and the last administrator stay."""

    def deactivate(user: User) -> None:
        if user.is_active:
            call.site.users.deactivate(user, call.caller)

    return _answer(call, _users(call), "deactivate", deactivate)


@actions.add("user-deleteUsers", methods=("POST",), site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True)
def delete_users(call: Call) -> HttpResponseBase:
    """Delete users; oneself and the last administrator stay."""
    return _answer(call, _users(call), "delete", lambda user: call.site.users.delete(user, call.caller))


def _users(call: Call) -> list[User]:
    wanted = ids(call, "userId")
    if not wanted:
        raise BadRequest("You must specify at least one userId.")
    found = User.objects.in_bulk(wanted)
    for user_id in wanted:
        if user_id not in found:
            raise BadRequest(f"User id {user_id} does not exist")
    return [found[user_id] for user_id in wanted]


def _answer(call: Call, users: list[User], what: str, change: Callable[[User], None]) -> HttpResponseBase:
    """Change all of the users or none."""
    changed = [user.id for user in users]
    for user in users:
        if what == "activate":
            require_covered(call, user)
        else:
            require_changeable_user(call, user, what)
    with told_on_the_wire(), keeping_an_administrator():
        for user in users:
            change(user)
    if call.request.path_info.lower().endswith(".api"):
        return json_answer({"success": True, "userIds": changed})
    return HttpResponse(f"<p>{what.capitalize()}: {len(changed)} user(s).</p>", content_type="text/html; charset=utf-8")
