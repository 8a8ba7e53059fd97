"""``/Groups``: groups of the site. A group is changed only by who has all that it grants."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from scim2_models import ForbiddenException, InvalidValueException, Meta, UniquenessException

from keyhouse.accounts import models
from keyhouse.accounts.models import Membership
from keyhouse.authz.powers import covers
from keyhouse.core.permissions import Permission
from keyhouse.scim import people
from keyhouse.scim.finding import number_of
from keyhouse.scim.models import Provisioned
from keyhouse.scim.resources import Group, GroupMember
from keyhouse.scim.versions import base_of, stamp, withhold_versions
from keyhouse.web.call import Call

_GRANTS = (
    "This group grants rights that the provisioner does not have, so it may not say who belongs to it. An "
    "administrator of the site gives the service account the same roles, or keeps the group out of the directory."
)
_DEMANDS = (
    "Who belongs to this group must sign in with a second factor. A directory may add people to it; an administrator "
    "of the site takes people out, and makes, renames and deletes the group."
)
_TAKEN = "There is a group of this name already. Look it up with a filter on displayName."


class Groups:
    """The groups of the site, for one call."""

    name = "Groups"
    model = Group

    def __init__(self, call: Call) -> None:
        self._call = call

    def rows(self, must_be: Mapping[str, str]) -> "QuerySet[models.Group]":
        """Return the groups whom a directory may see."""
        found = seen()
        if "id" in must_be:
            found = found.filter(id=number_of(must_be["id"]) or 0)
        if "displayname" in must_be:
            found = found.filter(name__iexact=must_be["displayname"])
        if "externalid" in must_be:
            known = Provisioned.objects.filter(external_id=must_be["externalid"])
            found = found.filter(id__in=known.values("principal_id"))
        return found.order_by("id")

    def told(self, accounts: Iterable[models.Group], without: Sequence[str] = ()) -> list[Group]:
        """Return groups as resources."""
        groups = list(accounts)
        ids = [group.id for group in groups]
        known = Provisioned.objects.in_bulk(ids)
        members = self._members_of(ids) if "members" not in without else {}
        told = [self._told(group, known.get(group.id), members.get(group.id, [])) for group in groups]
        if "members" in without:
            withhold_versions(told)
        return told

    def create(self, wanted: Group) -> models.Group:
        """Add a group, which grants nothing yet."""
        self._refuse_taken(wanted)
        self._check_may_name(wanted)
        members = self._wanted_members(wanted)
        group = self._call.site.groups.add(wanted.display_name or "", self._call.caller)
        self._set_members(group, members)
        self._keep(group, wanted)
        return group

    def change(self, account: models.Group, wanted: Group) -> None:
        """Let a group be as wanted; members whom the directory does not see stay."""
        self._check_may_touch(account)
        members = self._wanted_members(wanted)
        if wanted.display_name != account.name:
            self._refuse_taken(wanted, account.id)
            self._check_may_name(wanted)
            self._check_demands_as_much(account)
            self._call.site.groups.rename(account, wanted.display_name or "", self._call.caller)
        self._set_members(account, members)
        self._keep(account, wanted)

    def delete(self, account: models.Group) -> None:
        """Delete a group."""
        self._check_may_touch(account)
        self._check_demands_as_much(account)
        self._call.site.groups.delete(account, self._call.caller)

    def _check_may_touch(self, group: models.Group) -> None:
        if not covers(self._call.rights, group):
            raise ForbiddenException(detail=_GRANTS)

    def _check_demands_as_much(self, group: models.Group) -> None:
        # Else a stolen key takes the second factor from whoever's password was stolen, too.
        if self._call.site.factors.is_demanded_of(group) and not self._call.rights.may(Permission.ADMIN_OPERATIONS):
            raise ForbiddenException(detail=_DEMANDS)

    def _check_may_name(self, wanted: Group) -> None:
        # While there is no group of that name the second factor is demanded of everybody.
        is_named = self._call.site.factors.names(wanted.display_name or "")
        if is_named and not self._call.rights.may(Permission.ADMIN_OPERATIONS):
            raise ForbiddenException(detail=_DEMANDS)

    def _refuse_taken(self, wanted: Group, but_id: int = 0) -> None:
        name = " ".join((wanted.display_name or "").split())
        if models.Group.objects.filter(name__iexact=name, project=None).exclude(id=but_id).exists():
            raise UniquenessException(detail=_TAKEN)

    def _wanted_members(self, wanted: Group) -> set[int]:
        numbers = {number_of(member.value) for member in wanted.members or ()}
        there = {number for number in numbers if number is not None}
        if None in numbers or there - _visible(there):
            raise InvalidValueException(detail="A member is no user and no group of this service.")
        return there

    def _set_members(self, group: models.Group, wanted: set[int]) -> None:
        now = set(Membership.objects.filter(group=group).values_list("member_id", flat=True))
        lost = _visible(now) - wanted
        if lost:
            self._check_demands_as_much(group)
        self._call.site.groups.set_members(group, wanted - now, lost, self._call.caller)

    def _keep(self, group: models.Group, wanted: Group) -> None:
        if len(wanted.external_id or "") > 255:
            raise InvalidValueException(detail="An externalId has at most 255 characters here.")
        values = {"external_id": wanted.external_id or "", "changed_at": self._call.site.clock()}
        Provisioned.objects.update_or_create(values, principal_id=group.id)

    def _members_of(self, group_ids: Sequence[int]) -> dict[int, list[GroupMember]]:
        pairs = list(Membership.objects.filter(group_id__in=group_ids).values_list("group_id", "member_id"))
        ids = {member_id for _, member_id in pairs}
        kinds = dict.fromkeys(people.seen().filter(id__in=ids).values_list("id", flat=True), "User")
        kinds |= dict.fromkeys(seen().filter(id__in=ids).values_list("id", flat=True), "Group")
        found: dict[int, list[GroupMember]] = defaultdict(list)
        for group_id, member_id in sorted(pairs):
            if kind := kinds.get(member_id):
                reference: Any = f"{base_of(self._call)}/{kind}s/{member_id}"
                found[group_id].append(GroupMember(value=str(member_id), ref=reference, type=kind))
        return found

    def _told(self, group: models.Group, known: Provisioned | None, members: list[GroupMember]) -> Group:
        resource = Group(
            id=str(group.id),
            external_id=(known.external_id if known else "") or None,
            display_name=group.name,
            members=members or None,
        )
        location = f"{base_of(self._call)}/Groups/{group.id}"
        stamp(
            resource,
            Meta(resource_type="Group", last_modified=known.changed_at if known else None, location=location),
        )
        return resource


def seen() -> "QuerySet[models.Group]":
    """Return the groups whom directories see: those of the site that people made."""
    return models.Group.objects.filter(is_system=False, project=None)


def _visible(ids: set[int]) -> set[int]:
    users = people.seen().filter(Q(id__in=ids)).values_list("id", flat=True)
    return {*users, *seen().filter(id__in=ids).values_list("id", flat=True)}
