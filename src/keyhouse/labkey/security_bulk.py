"""``security-bulkUpdateGroup``: a group and many members at once; who cannot be a member is told of, the others are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from keyhouse.accounts.models import Group, User
from keyhouse.accounts.names import AccountError, email_of, wire_group_name_of
from keyhouse.authz.holders import EVERYBODY
from keyhouse.authz.powers import keeping_an_administrator
from keyhouse.core.permissions import Permission
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.principals import MOST_IDS, group_named, number
from keyhouse.labkey.refusals import told_on_the_wire
from keyhouse.labkey.security_groups import enter, refuse_in_system_group, require_changeable
from keyhouse.web import csrf
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, CsrfFailure

actions = ActionTable()
_METHODS = frozenset({"add", "replace", "delete"})


@dataclass
class Changes:
    """What one call did."""

    added: list[User | Group] = field(default_factory=list)
    removed: list[User | Group] = field(default_factory=list)
    new_users: list[User] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


# Exempt at the dispatcher alone: the token is checked below, as a client looks for the word CSRF in this refusal.
@actions.add(
    "security-bulkUpdateGroup",
    methods=("POST",),
    permission=Permission.ADMIN,
    is_csrf_exempt=True,
    needs_fresh_sign_in=True,
)
def bulk_update_group(call: Call) -> dict[str, Any]:
    """Add, replace or take away members; a group that is not there is made where `createGroup` says so."""
    _check_token(call)
    group = _found(call)
    members, method = _wanted(call)
    project = enter(call)
    if group is not None:
        # Before the transaction: what a refusal writes to the audit log must not be rolled back with it.
        require_changeable(call, group)
    changes = Changes()
    with told_on_the_wire(), keeping_an_administrator():
        if group is None:
            name = wire_group_name_of(call.parameters.text("groupName"))
            group = call.site.groups.add(name, call.caller, project.entity_id if project else None)
        _change(call, group, members, method, changes)
    return {"id": group.id, "name": group.name, **_told(changes)}


def _check_token(call: Call) -> None:
    try:
        csrf.check(call.request, call.presented, call.parameters, base_url=call.site.boot.base_url)
    except CsrfFailure as failure:
        raise CsrfFailure(f"{failure.text} (CSRF)") from None


def _found(call: Call) -> Group | None:
    name = call.parameters.text("groupName").strip()
    if call.parameters.raw("groupId") is None and not name:
        raise FormError("Group not specified")
    if call.parameters.raw("groupId") is not None:
        group = Group.objects.filter(id=number(call.parameters.raw("groupId"), "groupId")).first()
        # A group of another project is as if it were not there.
        if group is None or (group.project is not None and group.project != call.folder.entity_id):
            raise FormError(f"Invalid group id {call.parameters.text('groupId')}", "groupId")
        return group
    try:
        wire_group_name_of(name)
    except AccountError as error:
        raise FormError(str(error), "groupName") from None
    group = group_named(name, call.folder)
    if group is None and not call.parameters.flag("createGroup"):
        if not call.folder.is_root and not call.folder.is_project:
            enter(call)
        text = f"Group '{name}' does not exist.  Specify 'createGroup': 'true' to have it created."
        raise FormError(text, "groupName")
    return group


def _wanted(call: Call) -> tuple[list[Mapping[str, Any]], str]:
    members = call.parameters.all("members")
    if len(members) > MOST_IDS:
        raise BadRequest(f"At most {MOST_IDS} members can be sent at once.")
    if not all(isinstance(member, dict) for member in members):
        raise FormError("Invalid format for request.  Please check your JSON syntax.")
    method = call.parameters.text("method").strip().lower()
    if members and not method:
        raise FormError("method not specified.", "method")
    if method and method not in _METHODS:
        raise FormError(f"method must be one of {', '.join(sorted(_METHODS))}.", "method")
    return members, method


def _change(call: Call, group: Group, members: list[Mapping[str, Any]], method: str, changes: Changes) -> None:
    named = [account for member in members if (account := _named(call, member, method, changes)) is not None]
    if method == "delete":
        for account in named:
            if call.site.groups.remove_member(group, account, call.caller):
                changes.removed.append(account)
        return
    for account in named:
        _add(call, group, account, changes)
    if method == "replace":
        _take_others(call, group, {account.id for account in named}, changes)


def _add(call: Call, group: Group, account: User | Group, changes: Changes) -> None:
    try:
        with transaction.atomic():
            refuse_in_system_group(group, account)
            if call.site.groups.add_member(group, account, call.caller):
                changes.added.append(account)
    except (AccountError, BadRequest) as error:
        changes.errors[str(account)] = str(error)


def _take_others(call: Call, group: Group, kept: set[int], changes: Changes) -> None:
    if group.id in EVERYBODY:
        return
    others = set(group.memberships.values_list("member_id", flat=True)) - kept
    accounts: list[User | Group] = [*User.objects.filter(id__in=others), *Group.objects.filter(id__in=others)]
    for account in accounts:
        call.site.groups.remove_member(group, account, call.caller)
        changes.removed.append(account)


def _named(call: Call, member: Mapping[str, Any], method: str, changes: Changes) -> User | Group | None:
    user_id, group_id, email = member.get("userId"), member.get("groupId"), member.get("email")
    try:
        if user_id is not None and email is not None:
            raise AccountError("Specify either userId or email but not both.")
        if user_id is not None:
            return _user(number(user_id, "userId"))
        if email is not None:
            return _of_address(call, str(email), member, method, changes)
        if group_id is not None:
            return _group(number(group_id, "groupId"))
        raise AccountError("No id, name or email specified")
    except (AccountError, BadRequest) as error:
        changes.errors[_label(user_id, group_id, email)] = str(error)
        return None


def _of_address(
    call: Call, email: str, member: Mapping[str, Any], method: str, changes: Changes
) -> User | Group | None:
    address = email_of(email)
    user = User.objects.filter(email=address).first()
    if user is not None:
        return user
    if method == "delete":
        raise AccountError("Identifier for user or group not provided.")
    if not call.rights.may(Permission.MANAGE_USERS):
        raise AccountError("You do not have permissions to create new users.")
    user = call.site.users.add(address, call.caller, display_name=str(member.get("displayName") or ""))
    changes.new_users.append(user)
    return user


def _user(user_id: int) -> User:
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise AccountError("Invalid user id.  User must already exist when using id.")
    return user


def _group(group_id: int) -> Group:
    group = Group.objects.filter(id=group_id).first()
    if group is None:
        raise AccountError("Invalid group id.  Member groups must already exist.")
    return group


def _label(user_id: Any, group_id: Any, email: Any) -> str:
    if email is not None:
        return str(email)[:254]
    if user_id is not None:
        return f"userId {str(user_id)[:20]}"
    return f"groupId {str(group_id)[:20]}" if group_id is not None else "Unknown"


def _told(changes: Changes) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if changes.new_users:
        told["newUsers"] = [{"email": user.email, "userId": user.id} for user in changes.new_users]
    lists = {"added": changes.added, "removed": changes.removed}
    members = {how: [_shown(account) for account in accounts] for how, accounts in lists.items() if accounts}
    if members:
        told["members"] = members
    if changes.errors:
        told["errors"] = changes.errors
    return told


def _shown(account: User | Group) -> dict[str, Any]:
    if isinstance(account, User):
        return {"email": account.email, "userId": account.id}
    return {"name": account.name, "id": account.id}
