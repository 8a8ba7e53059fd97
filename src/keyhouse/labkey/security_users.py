"""The controller ``security``: add and delete users, take passwords away (client-api.md, section 13)."""

from typing import Any

from keyhouse.accounts.models import User
from keyhouse.accounts.names import AccountError, email_of
from keyhouse.audit import Kind
from keyhouse.authz.powers import keeping_an_administrator
from keyhouse.core.permissions import Permission
from keyhouse.labkey.refusals import require_covered, told_on_the_wire
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()
_MOST_ADDRESSES = 200
_SET_PASSWORD = "login-setPassword.view"  # noqa: S105


@actions.add(
    "security-createNewUser",
    "security-createNewUsers",
    methods=("POST",),
    site_permission=Permission.MANAGE_USERS,
    needs_fresh_sign_in=True,
)
def create_new_user(call: Call) -> dict[str, Any]:
    """Add one user, or several with `;` between their addresses; who is there already is told of."""
    addresses = _addresses(call.parameters.text("email"))
    sends, message = call.parameters.flag("sendEmail", default=True), call.parameters.text("optionalMessage")
    users, errors = [], []
    for address in addresses:
        try:
            users.append(_made(call, address, sends, message))
        except AccountError as error:
            errors.append(str(error))
    body: dict[str, Any] = {"success": not errors, "users": users}
    if len(addresses) == 1 and users:
        body |= {name: users[0][name] for name in ("userId", "email", "message")}
    return body | ({"htmlErrors": errors} if errors else {})


def _addresses(text: str) -> list[str]:
    parts = [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]
    if len(parts) > _MOST_ADDRESSES:
        raise BadRequest(f"At most {_MOST_ADDRESSES} users can be added at once.")
    good, bad = [], []
    for part in parts:
        try:
            good.append(email_of(part))
        except AccountError:
            bad.append(part[:100])
    if bad:
        raise BadRequest(f"Invalid email address{'es' if len(bad) > 1 else ''}: {', '.join(bad)}")
    if not good:
        raise BadRequest("You must specify a valid email address in the 'email' parameter!")
    return list(dict.fromkeys(good))


def _made(call: Call, address: str, sends: bool, message: str) -> dict[str, Any]:
    user = User.objects.filter(email=address).first()
    is_new = user is None
    if user is None:
        user = call.site.users.add(address, call.caller)
        told = f"{address} added as a new user to the system."
        if sends:
            call.record(Kind.PASSWORD_RESET_ASKED, f"A link to choose a password was sent to {address}.")
            call.site.resets.invite(user, _page_url(call), call.settings.site_name, message)
            told += " This user was sent a mail with a link to choose a password."
    else:
        told = f"{address} was already a registered system user."
    return {"userId": user.id, "email": user.email, "message": told, "isNew": is_new}


@actions.add(
    "security-deleteUser", methods=("POST",), site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True
)
def delete_user(call: Call) -> dict[str, Any]:
    """Delete a user; keys stay as tombstones and the audit log as it is."""
    user_id = call.parameters.number("id")
    if user_id is None or user_id < 0:
        raise BadRequest("You must specify an id parameter!")
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise BadRequest(f"User id {user_id} does not exist")
    require_changeable_user(call, user, "delete")
    with told_on_the_wire(), keeping_an_administrator():
        call.site.users.delete(user, call.caller)
    return {"deleted": user_id}


@actions.add(
    "security-adminRotatePassword", methods=("POST",), site_permission=Permission.MANAGE_USERS, needs_fresh_sign_in=True
)
def admin_rotate_password(call: Call) -> dict[str, Any]:
    """Take a user's password away and send a link to choose another; all sessions of the user end."""
    email = call.parameters.text("email").strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        raise BadRequest("User not found")
    require_covered(call, user)
    with told_on_the_wire():
        call.site.users.rotate_password(user, call.caller)
    if user.is_active:
        call.record(Kind.PASSWORD_RESET_ASKED, f"A reset link was sent to {user.email}.")
        call.site.resets.send(user, _page_url(call), call.settings.site_name)
    return {"success": True}


def require_changeable_user(call: Call, user: User, what: str) -> None:
    """Refuse a change that would lock the caller out, or touch who may do more than the caller."""
    require_covered(call, user)
    if user.id in {call.principal.id, call.allowed.signed_in.id}:
        raise BadRequest(f"You cannot {what} your own account; ask another administrator.")


def _page_url(call: Call) -> str:
    return f"{call.site.boot.url}/{_SET_PASSWORD}"
