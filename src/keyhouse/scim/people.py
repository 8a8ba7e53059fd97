"""``/Users``: people. Service accounts are not seen here, and who administers the site is not changed from here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from scim2_models import ForbiddenException, InvalidValueException, Meta, UniquenessException

from keyhouse.accounts import models
from keyhouse.accounts.models import Membership
from keyhouse.accounts.names import email_of
from keyhouse.authz.models import ROOT_ID
from keyhouse.authz.powers import covers, rights_of_account
from keyhouse.core.permissions import Permission
from keyhouse.keys.models import ApiKey
from keyhouse.scim.finding import number_of
from keyhouse.scim.models import Provisioned
from keyhouse.scim.resources import Email, GroupMembership, Name, User
from keyhouse.scim.versions import base_of, stamp, withhold_versions
from keyhouse.web.call import Call

_OF_ADMINISTRATORS = frozenset(
    {
        Permission.ADMIN,
        Permission.SEE_ADMIN_PAGES,
        Permission.MANAGE_USERS,
        Permission.ADMIN_OPERATIONS,
        Permission.READ_AUDIT,
        Permission.PROVISION_ACCOUNTS,
    }
)
_ADMINISTERS = "This person administers the site: an administrator of the site changes the account, and no directory."
_ONESELF = "This is the account that provisions. An administrator of the site changes it."
_ADDRESS = (
    "This person has rights that the provisioner does not have, so the address, to which password mails go, is changed "
    "by an administrator of the site."
)
_TAKEN = "There is an account with this address already. Look it up with a filter on userName."
_WAS_DELETED = (
    "There is an account with this address that the directory deleted. An administrator of the site reactivates it, "
    "or deletes it for good, before the address is given to somebody else."
)


class People:
    """The people of the site, for one call."""

    name = "Users"
    model = User

    def __init__(self, call: Call) -> None:
        self._call = call

    def rows(self, must_be: Mapping[str, str]) -> "QuerySet[models.User]":
        """Return the people whom a directory may see."""
        found = seen()
        if "id" in must_be:
            found = found.filter(id=number_of(must_be["id"]) or 0)
        if "username" in must_be:
            found = found.filter(email=must_be["username"].lower())
        if "externalid" in must_be:
            known = Provisioned.objects.filter(external_id=must_be["externalid"])
            found = found.filter(id__in=known.values("principal_id"))
        return found.order_by("id")

    def told(self, accounts: Iterable[models.User], without: Sequence[str] = ()) -> list[User]:
        """Return people as resources."""
        users = list(accounts)
        ids = [user.id for user in users]
        known = Provisioned.objects.in_bulk(ids)
        groups = self._groups_of(ids) if "groups" not in without else {}
        told = [self._told(user, known.get(user.id), groups.get(user.id, [])) for user in users]
        if "groups" in without:
            withhold_versions(told)
        return told

    def create(self, wanted: User) -> models.User:
        """Add a person, or let one come back whom the same directory had deleted under the same externalId."""
        address = email_of(wanted.user_name or "")
        if (old := models.User.objects.filter(email=address).first()) is not None:
            self._revive(old, wanted)
            return old
        caller = self._call.caller
        user = self._call.site.users.add(address, caller, display_name=_name_shown(wanted))
        if wanted.active is False:
            self._call.site.users.deactivate(user, caller)
        self._keep(user, wanted)
        return user

    def change(self, account: models.User, wanted: User) -> None:
        """Let an account be as wanted."""
        self._check_may_touch(account)
        address, users, caller = email_of(wanted.user_name or ""), self._call.site.users, self._call.caller
        if address != account.email:
            self._check_may_rename(account, address)
        users.change(account, caller, address, _name_shown(wanted))
        if wanted.active is False and account.is_active:
            users.deactivate(account, caller)
        elif wanted.active and not account.is_active:
            users.reactivate(account, caller)
        self._keep(account, wanted)

    def delete(self, account: models.User) -> None:
        """Deactivate an account for good: sessions end, keys are revoked, and the directory sees it no more."""
        self._check_may_touch(account)
        if account.is_active:
            self._call.site.users.deactivate(account, self._call.caller)
        self._call.site.api_keys.revoke(
            ApiKey.objects.filter(owner=account, revoked_at=None).select_related("owner"), self._call.caller
        )
        Provisioned.objects.update_or_create(
            {"is_gone": True, "changed_at": self._call.site.clock()}, principal_id=account.id
        )

    def _revive(self, old: models.User, wanted: User) -> None:
        kept = Provisioned.objects.filter(principal_id=old.id, is_gone=True).first()
        if kept is None or old.is_active or old.is_service:
            raise UniquenessException(detail=_TAKEN)
        # The address may be somebody else's by now, who must not come into the rights of the one before.
        if not kept.external_id or kept.external_id != wanted.external_id:
            raise UniquenessException(detail=_WAS_DELETED)
        if wanted.active is None:
            wanted.active = True
        self.change(old, wanted)

    def _check_may_touch(self, account: models.User) -> None:
        if account.id in {self._call.principal.id, self._call.allowed.signed_in.id}:
            raise ForbiddenException(detail=_ONESELF)
        theirs = rights_of_account(account).permissions_in(ROOT_ID) & _OF_ADMINISTRATORS
        if not theirs <= self._call.rights.permissions_in(ROOT_ID):
            raise ForbiddenException(detail=_ADMINISTERS)

    def _check_may_rename(self, account: models.User, address: str) -> None:
        if models.User.objects.filter(email=address).exists():
            raise UniquenessException(detail=_TAKEN)
        # Whoever gets the mail of an account can choose its password.
        if not covers(self._call.rights, account):
            raise ForbiddenException(detail=_ADDRESS)

    def _keep(self, user: models.User, wanted: User) -> None:
        told = wanted.model_dump(include={"name", "display_name", "emails"})
        if len(wanted.external_id or "") > 255:
            raise InvalidValueException(detail="An externalId has at most 255 characters here.")
        values = {
            "external_id": wanted.external_id or "",
            "profile": {name: told.get(name) for name in ("name", "displayName", "emails")},
            "is_gone": False,
            "changed_at": self._call.site.clock(),
        }
        Provisioned.objects.update_or_create(values, principal_id=user.id)

    def _groups_of(self, user_ids: Sequence[int]) -> dict[int, list[GroupMembership]]:
        found: dict[int, list[GroupMembership]] = defaultdict(list)
        direct = Membership.objects.filter(member_id__in=user_ids, group__is_system=False, group__project=None)
        for each in direct.select_related("group").order_by("group__name"):
            reference: Any = f"{base_of(self._call)}/Groups/{each.group_id}"
            group = GroupMembership(value=str(each.group_id), ref=reference, display=each.group.name)
            found[each.member_id].append(group)
        return found

    def _told(self, user: models.User, known: Provisioned | None, groups: list[GroupMembership]) -> User:
        default = {"displayName": user.display_name, "emails": [{"value": user.email, "primary": True}]}
        profile: dict[str, Any] = known.profile if known and known.profile else default
        resource = User(
            id=str(user.id),
            external_id=(known.external_id if known else "") or None,
            user_name=user.email,
            name=Name.model_validate(profile["name"]) if profile.get("name") else None,
            display_name=profile.get("displayName"),
            emails=[Email.model_validate(email) for email in profile.get("emails") or ()] or None,
            active=user.is_active,
            groups=groups or None,
        )
        changed_at = known.changed_at if known else user.created_at
        location = f"{base_of(self._call)}/Users/{user.id}"
        stamp(
            resource,
            Meta(resource_type="User", created=user.created_at, last_modified=changed_at, location=location),
        )
        return resource


def seen() -> "QuerySet[models.User]":
    """Return the people whom directories see: no service accounts, and nobody whom one deleted.

    An administrator who reactivates such an account shows it to the directory again.
    """
    gone = Provisioned.objects.filter(is_gone=True).values("principal_id")
    return models.User.objects.filter(is_service=False).exclude(Q(id__in=gone), is_active=False)


def _name_shown(wanted: User) -> str:
    """Return the name for pages; empty where there is none, which leaves the account what it has."""
    name = wanted.name or Name()
    parts = " ".join(part for part in (name.given_name, name.family_name) if part)
    return wanted.display_name or name.formatted or parts
