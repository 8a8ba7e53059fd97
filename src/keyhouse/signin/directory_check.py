"""Looks people up in the directory that they came from: who is gone or disabled there, goes here."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, cast

from django.db.models import Q

from keyhouse.accounts.models import User
from keyhouse.accounts.users import Users
from keyhouse.core.caller import Caller
from keyhouse.core.decision import Via
from keyhouse.core.principal import Principal
from keyhouse.sessions.ending import Sessions, Why
from keyhouse.signin.method import Provider, SignInFailed
from keyhouse.signin.methods import FORM_KINDS, NotInstalled, method_of
from keyhouse.signin.models import ExternalIdentity
from keyhouse.signin.providers import Providers

log = logging.getLogger("keyhouse.signin")


class _Looking(Protocol):
    def check_minutes(self, provider: Provider) -> int: ...
    def fallen(self, provider: Provider, subjects: Sequence[str]) -> list[tuple[str, str]]: ...


class DirectoryCheck:
    """Looks people up as often as each configuration says; built once by the composition root."""

    def __init__(self, providers: Providers, users: Users, sessions: Sessions, clock: Callable[[], datetime]) -> None:
        self._providers = providers
        self._users = users
        self._sessions = sessions
        self._clock = clock
        self._looked_at: dict[int, datetime] = {}

    def run(self) -> None:
        """Look at the configurations whose time has come."""
        for provider in self._providers.enabled(FORM_KINDS):
            try:
                self._look(provider, cast(_Looking, method_of(provider.kind)))
            except NotInstalled as error:
                log.warning("%s: %s", provider.description, error)
            except SignInFailed as failed:
                # A directory that is down says nothing about anybody.
                log.warning("%s: people could not be looked up: %s", provider.description, failed.detail)

    def _look(self, provider: Provider, method: _Looking) -> None:
        minutes, now = method.check_minutes(provider), self._clock()
        last = self._looked_at.setdefault(provider.id, now)
        if minutes and now - last >= timedelta(minutes=minutes):
            self._looked_at[provider.id] = now
            self.look(provider, method)

    def look(self, provider: Provider, method: _Looking) -> None:
        """Look up everybody who came from a directory. Raises `SignInFailed` where it cannot be asked."""
        rows = ExternalIdentity.objects.filter(configuration_id=provider.id, user__is_active=True)
        owners = {row.subject: row.user for row in rows.select_related("user")}
        for subject, why in method.fallen(provider, list(owners)) if owners else ():
            self._end(provider, owners[subject], why)

    def _end(self, provider: Provider, user: User, why: str) -> None:
        name = f"the check of {provider.description}"
        caller = Caller(Principal(0, name, name), Via(f"{name}: {why}"))
        others = user.identities.exclude(configuration_id=provider.id)
        if user.has_usable_password() or others.exists():
            # They have another way to sign in, which the directory knows nothing of.
            self._sessions.end(Q(user=user, configuration_id=provider.id), caller, Why.PROVIDER)
        else:
            self._users.deactivate(user, caller)
