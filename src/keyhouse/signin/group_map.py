"""Groups of a provider that make members of site groups: brought up to date at each sign-in, and audited."""

import logging
from collections import defaultdict

from django.db import transaction

from keyhouse.accounts import groups as named
from keyhouse.accounts.groups import Groups
from keyhouse.accounts.models import ADMINISTRATORS_ID, Group, Membership, User
from keyhouse.accounts.names import AccountError
from keyhouse.core.caller import Caller
from keyhouse.signin.group_lines import group_map_of
from keyhouse.signin.method import Identity, Provider

log = logging.getLogger("keyhouse.signin")


class GroupMap:
    """Brings memberships up to date; built once by the composition root."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    def apply(self, provider: Provider, identity: Identity, user: User, caller: Caller) -> None:
        """Make a user a member of what the configuration names, or one no longer; other groups are never touched."""
        wanted: dict[str, bool] = defaultdict(bool)
        for theirs, ours in group_map_of(provider.settings):
            wanted[ours.lower()] |= theirs in identity.groups
        if not wanted:
            return
        with transaction.atomic():
            for name, is_member in wanted.items():
                self._bring(name, is_member, user, caller)

    def _bring(self, name: str, is_member: bool, user: User, caller: Caller) -> None:
        try:
            group = named.find(name)
            if is_member:
                self._groups.add_member(group, user, caller)
            elif not _is_last_administrator(group, user):
                self._groups.remove_member(group, user, caller)
        except AccountError as error:
            # It was renamed or deleted since, or has its members by itself. That keeps nobody out.
            log.warning("Site group %s of a group map: %s", name, error)


def _is_last_administrator(group: Group, user: User) -> bool:
    """Tell whether nobody could administer the site any more: a directory's mistake must not lock everybody out."""
    if group.id != ADMINISTRATORS_ID:
        return False
    members = Membership.objects.filter(group=group).exclude(member_id=user.id).values("member_id")
    return not User.objects.filter(id__in=members, is_active=True).exists()
