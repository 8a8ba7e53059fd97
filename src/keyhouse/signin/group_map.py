"""Groups of a provider that make members of site groups: brought up to date at each sign-in, and audited."""

import logging
from collections import defaultdict

from django.db import transaction

from keyhouse.accounts import groups as named
from keyhouse.accounts.groups import Groups
from keyhouse.accounts.models import User
from keyhouse.accounts.names import AccountError
from keyhouse.authz.powers import LastAdministrator, keeping_an_administrator
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
                return
            # A directory's mistake must not lock everybody out.
            with keeping_an_administrator():
                self._groups.remove_member(group, user, caller)
        except (AccountError, LastAdministrator) as error:
            # It was renamed or deleted since, has its members by itself, or nobody else administers the site: that
            # keeps nobody out.
            log.warning("Site group %s of a group map: %s", name, error)
