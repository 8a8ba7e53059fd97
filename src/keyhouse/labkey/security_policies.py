"""The controller ``security``: policies of folders, and single role assignments (client-api.md, section 13).

A policy is seen with what it inherits in it; a client that saves it breaks inheritance, and deleting it inherits again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from keyhouse.accounts.models import Group, User
from keyhouse.accounts.names import AccountError, email_of
from keyhouse.authz.models import Folder
from keyhouse.authz.policies import Assigned, Policy, inherited_again_by, own_assignments, policy_of
from keyhouse.authz.powers import keeping_an_administrator
from keyhouse.authz.rights import PHI
from keyhouse.core.permissions import Permission, Role
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.places import of_resource
from keyhouse.labkey.principals import MOST_IDS, NO_PERMISSIONS, account, number, role_of
from keyhouse.labkey.refusals import MORE_THAN_YOU, lacking, told_on_the_wire
from keyhouse.labkey.security_perms import excluded_from
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
CONFLICT = (
    "The security policy you are attempting to save has been altered by someone else since you selected it. "
    "Read it again, make your changes, and save it."
)


@actions.add("security-getPolicy", permission=Permission.ADMIN, is_csrf_exempt=True)
def get_policy(call: Call) -> dict[str, Any]:
    """Return the policy of a folder; an inherited one has the id of the folder whose policy it is."""
    if not call.parameters.text("resourceId").strip():
        raise BadRequest("You must supply a resourceId parameter!")
    folder = of_resource(call, call.parameters.raw("resourceId"))
    if folder is None:
        raise BadRequest("The requested resource does not exist within this container!")
    call.require(Permission.ADMIN, folder)
    return {"policy": _described(policy_of(folder), folder), "relevantRoles": [r.class_name for r in _fitting(folder)]}


def _described(policy: Policy, asked: Folder) -> dict[str, Any]:
    changed = policy.changed_at
    return {
        "resourceId": str(policy.folder.entity_id),
        "requestedResourceId": str(asked.entity_id),
        "modified": _moment(changed) if changed else None,
        "modifiedMillis": int(changed.timestamp() * 1000) if changed else None,
        "assignments": [
            {"userId": each.principal_id, "role": each.role.class_name} for each in sorted(policy.assigned)
        ],
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_MOMENT)[:-3]


def _fitting(folder: Folder) -> list[Role]:
    return [role for role in Role if folder.is_root or not role.is_site_role]


@actions.add("security-savePolicy", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def save_policy(call: Call) -> dict[str, Any]:
    """Let a folder have exactly the assignments of this policy; refused where it was changed meanwhile."""
    folder = _resource(call)
    wanted = _wanted(call, folder)
    seen = own_assignments(folder)
    _require_held(call, folder, wanted ^ seen)
    with _as_judged(folder, seen) as fresh:
        _check_unchanged(call, fresh)
        has_changes = call.site.assignments.replace(fresh, wanted, call.caller)
        if fresh.inherits and not fresh.is_root:
            call.site.folders.set_inheritance(fresh, False, call.caller)
            has_changes = True
    return {"success": True, "hasChanges": has_changes}


def _wanted(call: Call, folder: Folder) -> frozenset[Assigned]:
    listed = call.parameters.body.get("assignments")
    if listed is None:
        listed = []
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise BadRequest("The assignments property does not contain a list of maps!")
    if len(listed) > MOST_IDS:
        raise BadRequest(f"A policy has at most {MOST_IDS} assignments.")
    wanted = set()
    for each in listed:
        if "userId" not in each or "role" not in each:
            raise BadRequest("A map within the assignments list did not have a userId or role property!")
        if each["role"] == NO_PERMISSIONS:
            continue
        role, held_by = role_of(str(each["role"])), account(number(each["userId"], "userId"))
        if role is None:
            raise BadRequest(f"The role '{str(each['role'])[:200]}' is not a valid role name")
        # It may have been deleted since the client read the policy; the original passes over it as well.
        if held_by is not None:
            _check_fitting(role, held_by, folder)
            wanted.add(Assigned(held_by.id, role))
    return frozenset(wanted)


def _check_fitting(role: Role, held_by: User | Group, folder: Folder) -> None:
    if held_by.id in excluded_from(role):
        raise BadRequest(f"The principal {held_by} may not be assigned the role {role.value}!")
    if role.is_site_role and not folder.is_root:
        raise BadRequest(f"{role.value} is a role of the whole site; assign it in the root folder.")


def _check_unchanged(call: Call, folder: Folder) -> None:
    sent = call.parameters.body.get("modified")
    if not sent:
        return
    now = policy_of(folder).changed_at
    if now is None or str(sent)[:23] != _moment(now):
        raise FormError(CONFLICT)


@actions.add("security-deletePolicy", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def delete_policy(call: Call) -> dict[str, Any]:
    """Take all assignments of a folder away, so that it inherits those of its parent again."""
    folder = _resource(call)
    if folder.is_root:
        raise BadRequest("The policy of the root folder cannot be deleted.")
    seen = own_assignments(folder)
    _require_held(call, folder, seen)
    if not folder.inherits:
        _require_phi_of(call, folder, inherited_again_by(folder))
    with _as_judged(folder, seen) as fresh:
        call.site.assignments.replace(fresh, (), call.caller)
        if not fresh.inherits:
            call.site.folders.set_inheritance(fresh, True, call.caller)
    return {"success": True}


@contextmanager
def _as_judged(folder: Folder, seen: frozenset[Assigned]) -> Iterator[Folder]:
    """Lock a folder while its policy is changed; refused where others than these are assigned in it by now."""
    with told_on_the_wire(), keeping_an_administrator():
        fresh = Folder.objects.select_for_update().filter(id=folder.id).first()
        if fresh is None or own_assignments(fresh) != seen:
            # What came meanwhile was not judged: taking it away may be more than the caller may do.
            raise FormError(CONFLICT)
        yield fresh


@actions.add("security-addAssignment", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def add_assignment(call: Call) -> dict[str, Any]:
    """Give a user or group a role in the folder."""
    folder, held_by, role = _one(call)
    if role is None:
        return {"success": True, "hasChanges": False}
    _check_fitting(role, held_by, folder)
    _require_held(call, folder, frozenset({Assigned(held_by.id, role)}))
    with told_on_the_wire():
        has_changes = call.site.assignments.assign(role, held_by, str(held_by), folder, call.caller)
    return {"success": True, "hasChanges": has_changes}


@actions.add("security-removeAssignment", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def remove_assignment(call: Call) -> dict[str, Any]:
    """Take a role away from a user or group in the folder."""
    folder, held_by, role = _one(call)
    if role is None:
        return {"success": True, "hasChanges": False}
    _require_held(call, folder, frozenset({Assigned(held_by.id, role)}))
    with told_on_the_wire(), keeping_an_administrator():
        has_changes = call.site.assignments.remove(role, held_by, str(held_by), folder, call.caller)
    return {"success": True, "hasChanges": has_changes}


@actions.add("security-clearAssignedRoles", methods=("POST",), permission=Permission.ADMIN, needs_fresh_sign_in=True)
def clear_assigned_roles(call: Call) -> dict[str, Any]:
    """Take all roles of a user or group in the folder away."""
    folder, held_by = _resource(call), _assignee(call)
    held = frozenset(each for each in own_assignments(folder) if each.principal_id == held_by.id)
    _require_held(call, folder, held)
    with told_on_the_wire(), keeping_an_administrator():
        for each in sorted(held):
            call.site.assignments.remove(each.role, held_by, str(held_by), folder, call.caller)
    return {"success": True, "hasChanges": bool(held)}


def _one(call: Call) -> tuple[Folder, User | Group, Role | None]:
    held_by, name = _assignee(call), call.parameters.text("roleClassName").strip()
    if not name:
        raise FormError("Must specify a role to assign", "roleClassName")
    role = role_of(name)
    if role is None and name != NO_PERMISSIONS:
        raise FormError(f"No such role: {name[:200]}", "roleClassName")
    return _resource(call), held_by, role


def _assignee(call: Call) -> User | Group:
    principal_id, email = call.parameters.number("principalId"), call.parameters.text("email").strip()
    if principal_id is not None:
        found = account(principal_id)
        if found is None:
            raise FormError(f"No such user or group: {principal_id}", "principalId")
        return found
    if not email:
        raise FormError("Must specify an email or user/group ID", "principal")
    try:
        user = User.objects.filter(email=email_of(email)).first()
    except AccountError:
        raise FormError(f"Invalid email: {email[:200]}", "email") from None
    if user is None:
        raise FormError(f"No such user: {email[:200]}", "email")
    return user


def _resource(call: Call) -> Folder:
    resource_id = call.parameters.text("resourceId").strip()
    if not resource_id:
        if call.action.name in {"security-savepolicy", "security-deletepolicy"}:
            raise BadRequest("You must include a resourceId as a top-level property!")
        return call.folder
    folder = of_resource(call, resource_id)
    if folder is None:
        raise BadRequest(f"No resource with the id '{resource_id[:100]}' was found in this container!")
    call.require(Permission.ADMIN, folder)
    return folder


def _require_held(call: Call, folder: Folder, changed: frozenset[Assigned]) -> None:
    """Refuse roles that permit more in the folder than the caller may do there."""
    mine = call.rights.grantable_in(folder.id)
    for each in sorted(changed):
        may = call.rights.may(Permission.ADMIN_OPERATIONS) if each.role.is_site_role else each.role.permissions <= mine
        if not may:
            raise lacking(call, MORE_THAN_YOU)


def _require_phi_of(call: Call, folder: Folder, inherited: frozenset[Assigned]) -> None:
    """Refuse to let roles from above in that show PHI which the caller may not give; other roles come as they are."""
    mine = call.rights.grantable_in(folder.id)
    if not all(each.role.permissions & PHI <= mine for each in inherited):
        raise lacking(call, MORE_THAN_YOU)
