"""Groups and who belongs to them; a group may be a member of another. A group belongs to the site or to one project."""

import uuid
from collections import defaultdict
from collections.abc import Collection

from django.db import IntegrityError, transaction

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Group, Membership, Principal, User
from keyhouse.accounts.names import AccountError, GroupNotFound, NameTaken, group_name_of
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller

_NAMES_WITHOUT_ROWS = frozenset({ALL_SITE_USERS_ID, GUESTS_ID})
_AT_ONCE = 500
CIRCLE = "Can't add a group that results in a circular group relation"
TO_ITSELF = "Can't add a group to itself"
SYSTEM_GROUP = "Can't add a system group to another group"


class Groups:
    """What can be done with groups; built once by the composition root."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def add(self, name: str, caller: Caller, project: uuid.UUID | None = None) -> Group:
        """Add an empty group, of the site or of a project; raises `AccountError` for a bad or taken name."""
        wanted = group_name_of(name)
        self._refuse_taken(wanted, project)
        try:
            with transaction.atomic():
                group = Group.objects.create(name=wanted, project=project)
                self._record(group, caller, "was added")
        except IntegrityError:
            raise _taken(wanted) from None
        return group

    def rename(self, group: Group, name: str, caller: Caller) -> None:
        """Give a group another name; the groups of the system keep theirs."""
        if group.is_system:
            raise AccountError(f"'{group.name}' is a group of the system and cannot be renamed.")
        wanted, old = group_name_of(name), group.name
        self._refuse_taken(wanted, group.project, group.id)
        try:
            with transaction.atomic():
                Group.objects.filter(id=group.id).update(name=wanted)
                self._record(group, caller, f"is now called {wanted}", old=old, new=wanted)
        except IntegrityError:
            raise _taken(wanted) from None
        group.name = wanted

    def delete(self, group: Group, caller: Caller) -> None:
        """Delete a group with its memberships and role assignments; the groups of the system stay."""
        if group.is_system:
            raise AccountError(f"'{group.name}' is a group of the system and cannot be deleted.")
        with transaction.atomic():
            self._record(group, caller, "was deleted")
            group.delete()

    def add_member(self, group: Group, member: Principal, caller: Caller) -> bool:
        """Make a user or group a member; return False where it is one already."""
        if group.id in _NAMES_WITHOUT_ROWS:
            raise AccountError(f"'{group.name}' has its members by itself; nobody is added to it.")
        if group.id == member.id:
            raise AccountError(TO_ITSELF)
        with transaction.atomic():
            if (inner := Group.objects.filter(id=member.id).first()) is not None:
                _refuse_group(group, inner)
            _, is_new = Membership.objects.get_or_create(group=group, member_id=member.id)
            if is_new:
                self._record(group, caller, f"has the new member {name_of(member)}", member)
        return is_new

    def remove_member(self, group: Group, member: Principal, caller: Caller) -> bool:
        """Take a user or group out of a group; return False where it is no member."""
        with transaction.atomic():
            removed, _ = Membership.objects.filter(group=group, member_id=member.id).delete()
            if removed:
                self._record(group, caller, f"lost the member {name_of(member)}", member)
        return bool(removed)

    def set_members(self, group: Group, gained: Collection[int], lost: Collection[int], caller: Caller) -> None:
        """Let principals, by their ids, be members from now on or no longer: thousands as quickly as one."""
        if group.id in _NAMES_WITHOUT_ROWS:
            raise AccountError(f"'{group.name}' has its members by itself; nobody is added to it.")
        if group.id in gained:
            raise AccountError(TO_ITSELF)
        names = _names_of({*gained, *lost})
        # Who was deleted since they were looked up is left out.
        gained, lost = names.keys() & gained, names.keys() & lost
        with transaction.atomic():
            for inner in Group.objects.filter(id__in=gained):
                _refuse_group(group, inner)
            Membership.objects.filter(group=group, member_id__in=lost).delete()
            new = [Membership(group=group, member_id=member_id) for member_id in sorted(gained)]
            Membership.objects.bulk_create(new, batch_size=_AT_ONCE, ignore_conflicts=True)
            told = [(member_id, f"lost the member {names[member_id]}") for member_id in sorted(lost)]
            told += [(member_id, f"has the new member {names[member_id]}") for member_id in sorted(gained)]
            self._recorder.record_all([_event(group, caller, what, member_id) for member_id, what in told])

    def delete_all_of(self, project: uuid.UUID, caller: Caller) -> None:
        """Delete the groups of a project that goes."""
        for group in Group.objects.filter(project=project):
            self.delete(group, caller)

    def _refuse_taken(self, name: str, project: uuid.UUID | None, but_id: int = 0) -> None:
        # Names are found without regard to case, so two that differ in case alone would be one.
        if Group.objects.filter(name__iexact=name, project=project).exclude(id=but_id).exists():
            raise _taken(name)

    def _record(self, group: Group, caller: Caller, what: str, member: Principal | None = None, **changed: str) -> None:
        self._recorder.record(_event(group, caller, what, member.id if member else None, **changed))


def _event(group: Group, caller: Caller, what: str, member_id: int | None = None, **changed: str) -> Event:
    details = {"groupId": group.id, **({"memberId": member_id} if member_id else {}), **changed}
    if group.project is not None:
        details["project"] = str(group.project)
    return Event(Kind.GROUP_CHANGED, caller, f"Group {group.name} {what}.", details=details)


def _taken(name: str) -> NameTaken:
    return NameTaken(f"There is a group '{name}' already.")


def _refuse_group(group: Group, inner: Group) -> None:
    if inner.is_system:
        raise AccountError(SYSTEM_GROUP)
    if inner.project is not None and group.project is None:
        raise AccountError("Can't add a project group to a site group")
    if inner.project not in {None, group.project}:
        raise AccountError("Can't add a project group to a group in a different project")
    if group.id in members_below(inner.id):
        raise AccountError(CIRCLE)


def members_below(group_id: int) -> set[int]:
    """Return the ids of all members of a group, also through groups in it."""
    members: dict[int, list[int]] = defaultdict(list)
    for outer, member in Membership.objects.values_list("group_id", "member_id"):
        members[outer].append(member)
    found: set[int] = set()
    waiting = [group_id]
    while waiting:
        for member in members[waiting.pop()]:
            if member not in found:
                found.add(member)
                waiting.append(member)
    return found


def find(name: str, project: uuid.UUID | None = None) -> Group:
    """Return the group of this name, of the site or of a project, in any letter case, or raise `GroupNotFound`."""
    group = Group.objects.filter(name__iexact=" ".join(name.split()), project=project).first()
    if group is None:
        raise GroupNotFound(f"There is no group '{name.strip()[:100]}'.")
    return group


def find_principal(text: str) -> Principal:
    """Return the user of this address or the site group of this name, or raise `GroupNotFound`."""
    user = User.objects.filter(email=text.strip().lower()).first() if "@" in text else None
    return user or find(text)


def find_principal_by_id(principal_id: int) -> Principal:
    """Return the user or group of this id."""
    return Principal.objects.get(id=principal_id)


def _names_of(ids: Collection[int]) -> dict[int, str]:
    users = dict(User.objects.filter(id__in=ids).values_list("id", "email"))
    return users | dict(Group.objects.filter(id__in=ids).values_list("id", "name"))


def name_of(principal: Principal) -> str:
    """Return the address of a user or the name of a group."""
    if isinstance(principal, User | Group):
        return str(principal)
    user = User.objects.filter(id=principal.id).first()
    return str(user or Group.objects.get(id=principal.id))
