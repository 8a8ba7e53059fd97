"""Assign roles and take them away; every change is audited with its transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from keyhouse.accounts.groups import name_of
from keyhouse.accounts.models import ADMINISTRATORS_ID, Group, Principal
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import ROOT_ID, Folder, RoleAssignment
from keyhouse.authz.policies import Assigned, project_of
from keyhouse.core.caller import Caller
from keyhouse.core.permissions import Role


class RoleError(Exception):
    """A role cannot be assigned or taken away as asked; the text says why."""


class Assignments:
    """What can be done with role assignments; built once by the composition root."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def assign(self, role: Role, principal: Principal, name: str, folder: Folder, caller: Caller) -> bool:
        """Assign a role; return False where it is assigned already. `name` is the principal's, for the log."""
        if role.is_site_role and folder.id != ROOT_ID:
            raise RoleError(f"{role.value} is a role of the whole site; assign it in the root folder, /.")
        _refuse_foreign_group(principal, folder)
        with transaction.atomic():
            _, is_new = RoleAssignment.objects.get_or_create(folder=folder, principal_id=principal.id, role=role.value)
            if is_new:
                self._note(folder)
                text = f"{name} is now {role.value} in {folder.path}."
                self._record(role.value, principal, folder, caller, text, "added")
        return is_new

    def remove(self, role: Role, principal: Principal, name: str, folder: Folder, caller: Caller) -> bool:
        """Take a role away; return False where it is not assigned in this very folder."""
        if principal.id == ADMINISTRATORS_ID and role is Role.SITE_ADMINISTRATOR:
            raise RoleError("Administrators stay Site Administrator; take members out of the group instead.")
        return self._take(role.value, principal, name, folder, caller)

    def take_from(self, groups: Iterable[Group], folders: Iterable[Folder], caller: Caller) -> None:
        """Take all roles of groups in folders away, those among them that this version does not know."""
        by_id = {group.id: group for group in groups}
        held = RoleAssignment.objects.filter(folder__in=list(folders), principal_id__in=by_id).select_related("folder")
        with transaction.atomic():
            for each in held.order_by("folder__lower_path", "principal_id", "role"):
                group = by_id[each.principal_id]
                self._take(each.role, group, group.name, each.folder, caller)

    def _take(self, role: str, principal: Principal, name: str, folder: Folder, caller: Caller) -> bool:
        with transaction.atomic():
            removed, _ = RoleAssignment.objects.filter(folder=folder, principal_id=principal.id, role=role).delete()
            if removed:
                self._note(folder)
                text = f"{name} is no longer {role} in {folder.path}."
                self._record(role, principal, folder, caller, text, "removed")
        return bool(removed)

    def replace(self, folder: Folder, wanted: Iterable[Assigned], caller: Caller) -> bool:
        """Let a folder have exactly these assignments; return whether anything changed."""
        now = {(each.principal_id, each.role) for each in RoleAssignment.objects.filter(folder=folder)}
        then = {(each.principal_id, each.role.value) for each in wanted}
        principals = Principal.objects.in_bulk({principal_id for principal_id, _ in now ^ then})
        known = {role.value: role for role in Role}
        with transaction.atomic():
            for principal_id, role in sorted(now - then):
                # What this version does not know grants nothing, and is not taken from the version that does.
                if role in known:
                    principal = principals[principal_id]
                    self.remove(known[role], principal, name_of(principal), folder, caller)
            for principal_id, role in sorted(then - now):
                principal = principals[principal_id]
                self.assign(known[role], principal, name_of(principal), folder, caller)
        return now != then

    def _note(self, folder: Folder) -> None:
        folder.policy_changed_at = self._clock()
        folder.save(update_fields=["policy_changed_at"])

    def _record(self, role: str, principal: Principal, folder: Folder, caller: Caller, comment: str, how: str) -> None:
        details = {"role": role, "principalId": principal.id, "change": how}
        self._recorder.record(Event(Kind.ROLE_CHANGED, caller, comment, folder=folder.path, details=details))


def _refuse_foreign_group(principal: Principal, folder: Folder) -> None:
    group = principal if isinstance(principal, Group) else Group.objects.filter(id=principal.id).first()
    if group is None or group.project is None:
        return
    project = project_of(folder)
    if project is None or project.entity_id != group.project:
        raise RoleError(f"The group '{group.name}' belongs to another project; it has no roles in {folder.path}.")


def find_role(text: str) -> Role:
    """Return the role of this name (``reader``, ``site-administrator``, ``Site Administrator``); raises `RoleError`."""
    wanted = "".join(character for character in text.lower() if character.isalpha())
    for role in Role:
        if wanted in {role.value.lower().replace(" ", ""), role.value.lower().replace(" ", "").replace("istrator", "")}:
            return role
    raise RoleError(f"There is no role '{text}'. Roles: {', '.join(role.value for role in Role)}.")
