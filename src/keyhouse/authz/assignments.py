"""Assign roles and take them away; every change is audited with its transaction."""

from django.db import transaction

from keyhouse.accounts.models import ADMINISTRATORS_ID, Principal
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.authz.models import ROOT_ID, Folder, RoleAssignment
from keyhouse.core.caller import Caller
from keyhouse.core.permissions import Role


class RoleError(Exception):
    """A role cannot be assigned or taken away as asked; the text says why."""


class Assignments:
    """What can be done with role assignments; built once by the composition root."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def assign(self, role: Role, principal: Principal, name: str, folder: Folder, caller: Caller) -> None:
        """Assign a role; nothing happens where it is assigned already. `name` is the principal's, for the log."""
        if role.is_site_role and folder.id != ROOT_ID:
            raise RoleError(f"{role.value} is a role of the whole site; assign it in the root folder, /.")
        with transaction.atomic():
            _, is_new = RoleAssignment.objects.get_or_create(folder=folder, principal_id=principal.id, role=role.value)
            if is_new:
                self._record(role, principal, folder, caller, f"{name} is now {role.value} in {folder.path}.")

    def remove(self, role: Role, principal: Principal, name: str, folder: Folder, caller: Caller) -> None:
        """Take a role away; nothing happens where it is not assigned in this very folder."""
        if principal.id == ADMINISTRATORS_ID and role is Role.SITE_ADMINISTRATOR:
            raise RoleError("Administrators stay Site Administrator; take members out of the group instead.")
        with transaction.atomic():
            assigned = RoleAssignment.objects.filter(folder=folder, principal_id=principal.id, role=role.value)
            removed, _ = assigned.delete()
            if removed:
                self._record(role, principal, folder, caller, f"{name} is no longer {role.value} in {folder.path}.")

    def _record(self, role: Role, principal: Principal, folder: Folder, caller: Caller, comment: str) -> None:
        details = {"role": role.value, "principalId": principal.id}
        self._recorder.record(Event(Kind.ROLE_CHANGED, caller, comment, folder=folder.path, details=details))


def find_role(text: str) -> Role:
    """Return the role of this name (``reader``, ``site-administrator``, ``Site Administrator``); raises `RoleError`."""
    wanted = "".join(character for character in text.lower() if character.isalpha())
    for role in Role:
        if wanted in {role.value.lower().replace(" ", ""), role.value.lower().replace(" ", "").replace("istrator", "")}:
            return role
    raise RoleError(f"There is no role '{text}'. Roles: {', '.join(role.value for role in Role)}.")
