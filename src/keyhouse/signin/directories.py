"""The directories that are asked for a password before this site's own passwords are, in the order of the site."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from keyhouse.accounts.models import User
from keyhouse.core.caller import Caller
from keyhouse.signin.group_map import GroupMap
from keyhouse.signin.identities import Identities
from keyhouse.signin.method import Identity, Provider, ProviderDown, SignInFailed
from keyhouse.signin.methods import FORM_KINDS, NotInstalled, form_method_of
from keyhouse.signin.providers import Providers
from keyhouse.siteconfig import store

log = logging.getLogger("keyhouse.signin")


@dataclass(frozen=True)
class Vouched:
    """A directory says that the password is right, and whose it is."""

    provider: Provider
    identity: Identity


def as_asked(provider: Provider) -> Provider:
    """Return a directory that knows the domains whose addresses are names of its people: its own and the site's."""
    own = store.read().default_domain
    return replace(provider, domains=(*provider.domains, own)) if own else provider


class Directories:
    """Asks the enabled configurations that take what is typed into the form; built once by the composition root."""

    def __init__(self, providers: Providers, identities: Identities, group_map: GroupMap) -> None:
        self._providers = providers
        self._identities = identities
        self._group_map = group_map

    def are_there(self) -> bool:
        """Tell whether there is any directory to ask."""
        return bool(self._providers.enabled(FORM_KINDS))

    def ask(self, login: str, password: str) -> Iterator[Vouched | SignInFailed]:
        """Ask one directory after the other, as long as the caller goes on; silent where a password is just wrong."""
        for provider in map(as_asked, self._providers.enabled(FORM_KINDS)):
            try:
                identity = form_method_of(provider.kind).check(provider, login, password)
            except NotInstalled as error:
                yield ProviderDown(provider.description, str(error))
            except SignInFailed as failed:
                log.info("%s: %s", provider.description, failed.detail)
                yield SignInFailed(failed.reason, failed.text, f"{provider.description}: {failed.detail}")
            else:
                if identity is not None:
                    yield Vouched(provider, identity)

    def account_of(self, vouched: Vouched, caller: Caller) -> User:
        """Return whose account it is, its mapped groups up to date. Raises `SignInFailed`."""
        try:
            user = self._identities.account_of(vouched.provider, vouched.identity, caller)
        except SignInFailed as failed:
            failed.detail = f"{vouched.provider.description}: {failed.detail}"
            raise
        if user.is_active:
            self._group_map.apply(vouched.provider, vouched.identity, user, caller)
        return user

    def is_of(self, vouched: Vouched, user: User) -> bool:
        """Tell whether an identity is known to be this user's; nothing is made or linked."""
        known = self._identities.find(vouched.provider.id, vouched.identity.subject)
        return known is not None and known.user_id == user.id
