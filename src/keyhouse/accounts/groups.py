"""Groups and who belongs to them; a group may be a member of another."""

from django.db import IntegrityError, transaction

from keyhouse.accounts.models import ALL_SITE_USERS_ID, GUESTS_ID, Group, Membership, Principal, User
from keyhouse.accounts.names import AccountError, GroupNotFound, group_name_of
from keyhouse.audit import Event, Kind
from keyhouse.audit.recorder import Recorder
from keyhouse.core.caller import Caller

_NAMES_WITHOUT_ROWS = frozenset({ALL_SITE_USERS_ID, GUESTS_ID})


class Groups:
    """What can be done with groups; built once by the composition root."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def add(self, name: str, caller: Caller) -> Group:
        """Add an empty group; raises `AccountError` for a bad or taken name."""
        wanted = group_name_of(name)
        # Names are found without regard to case, so two that differ in case alone would be one.
        if Group.objects.filter(name__iexact=wanted).exists():
            raise _taken(wanted)
        try:
            with transaction.atomic():
                group = Group.objects.create(name=wanted)
                self._record(group, caller, "was added")
        except IntegrityError:
            raise _taken(wanted) from None
        return group

    def delete(self, group: Group, caller: Caller) -> None:
        """Delete a group with its memberships and role assignments; the groups of the system stay."""
        if group.is_system:
            raise AccountError(f"'{group.name}' is a group of the system and cannot be deleted.")
        with transaction.atomic():
            self._record(group, caller, "was deleted")
            group.delete()

    def add_member(self, group: Group, member: Principal, caller: Caller) -> None:
        """Make a user or group a member; nothing happens where it is one already."""
        if group.id in _NAMES_WITHOUT_ROWS:
            raise AccountError(f"'{group.name}' has its members by itself; nobody is added to it.")
        if group.id == member.id:
            raise AccountError(f"'{group.name}' cannot be a member of itself.")
        with transaction.atomic():
            _, is_new = Membership.objects.get_or_create(group=group, member_id=member.id)
            if is_new:
                self._record(group, caller, f"has the new member {name_of(member)}", member)

    def remove_member(self, group: Group, member: Principal, caller: Caller) -> None:
        """Take a user or group out of a group; nothing happens where it is no member."""
        with transaction.atomic():
            removed, _ = Membership.objects.filter(group=group, member_id=member.id).delete()
            if removed:
                self._record(group, caller, f"lost the member {name_of(member)}", member)

    def _record(self, group: Group, caller: Caller, what: str, member: Principal | None = None) -> None:
        details = {"groupId": group.id, **({"memberId": member.id} if member else {})}
        self._recorder.record(Event(Kind.GROUP_CHANGED, caller, f"Group {group.name} {what}.", details=details))


def _taken(name: str) -> AccountError:
    return AccountError(f"There is a group '{name}' already.")


def find(name: str) -> Group:
    """Return the group of this name, matched without regard to case, or raise `GroupNotFound`."""
    group = Group.objects.filter(name__iexact=" ".join(name.split())).first()
    if group is None:
        raise GroupNotFound(f"There is no group '{name.strip()[:100]}'.")
    return group


def find_principal(text: str) -> Principal:
    """Return the user of this address or the group of this name, or raise `GroupNotFound`."""
    user = User.objects.filter(email=text.strip().lower()).first() if "@" in text else None
    return user or find(text)


def name_of(principal: Principal) -> str:
    """Return the address of a user or the name of a group."""
    if isinstance(principal, User | Group):
        return str(principal)
    user = User.objects.filter(id=principal.id).first()
    return str(user or Group.objects.get(id=principal.id))
