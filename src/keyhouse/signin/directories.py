"""The directories that are asked for a password before this site's own passwords are, in the order of the site."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from keyhouse.accounts.models import User
from keyhouse.core.caller import Caller
from keyhouse.signin.group_map import GroupMap
from keyhouse.signin.identities import Identities
from keyhouse.signin.method import FormMethod, Identity, Provider, ProviderDown, SignInFailed
from keyhouse.signin.methods import FORM_KINDS, NotInstalled, form_method_of
from keyhouse.signin.passwords.login_names import typed
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

    def counted_as(self, name: str) -> str:
        """Return the name by which attempts are counted, where a name and several addresses lead to one account.

        Were each counted by itself, each would be guesses more, until the directory locks the account.
        """
        own = {domain for each in self._providers.enabled(FORM_KINDS) for domain in as_asked(each).domains}
        known = typed(name, own)
        return known.user if known else name

    def ask(self, login: str, password: str) -> Iterator[Vouched | SignInFailed]:
        """Ask one directory after the other, as long as the caller goes on; silent where a password is just wrong."""
        for provider in map(as_asked, self._providers.enabled(FORM_KINDS)):
            yield from _answer(provider, _now(provider, login, password))

    def ask_again(self, user: User, password: str) -> Iterator[Vouched | SignInFailed]:
        """Ask the directories that know a user already, by the name there that never changes."""
        for provider in map(as_asked, self._providers.enabled(FORM_KINDS)):
            for known in user.identities.filter(configuration_id=provider.id):
                yield from _answer(provider, _again(provider, known.subject, user.email, password))

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


def _now(provider: Provider, login: str, password: str) -> Callable[[FormMethod], Identity | None]:
    return lambda method: method.check(provider, login, password)


def _again(provider: Provider, subject: str, login: str, password: str) -> Callable[[FormMethod], Identity | None]:
    return lambda method: method.check_again(provider, subject, login, password)


def _answer(provider: Provider, ask: Callable[[FormMethod], Identity | None]) -> Iterator[Vouched | SignInFailed]:
    try:
        identity = ask(form_method_of(provider.kind))
    except NotInstalled as error:
        yield ProviderDown(provider.description, str(error))
    except SignInFailed as failed:
        log.info("%s: %s", provider.description, failed.detail)
        yield SignInFailed(failed.reason, failed.text, f"{provider.description}: {failed.detail}")
    else:
        if identity is not None:
            yield Vouched(provider, identity)
