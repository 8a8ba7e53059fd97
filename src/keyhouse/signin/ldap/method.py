"""Sign-in with the password of a directory (LDAP, Active Directory): found, bound as, and then asked who that is.

What passes on the wire and the password are the library's; nothing of it ever reaches a log.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import ldap
from ldap.controls import LDAPControl
from ldap.ldapobject import SimpleLDAPObject

from keyhouse import system
from keyhouse.core.reasons import PASSWORD_TEXT, Reason
from keyhouse.signin.group_lines import group_map_of
from keyhouse.signin.ldap import people, states
from keyhouse.signin.ldap.connect import bound, preferring, said
from keyhouse.signin.ldap.findings import findings_of
from keyhouse.signin.ldap.groups import TooManyGroups, groups_of
from keyhouse.signin.ldap.names import bind_name_for, normal
from keyhouse.signin.ldap.people import Person, SeveralEntries
from keyhouse.signin.ldap.settings import FIELDS, Directory, directory_of, problems_of
from keyhouse.signin.ldap.standing import NobodyFound, entry_of, fallen
from keyhouse.signin.method import Finding, Identity, Provider, ProviderDown, SignInFailed
from keyhouse.signin.passwords.login_names import Typed, typed

_LONGEST_PASSWORD = 4096
_REFUSED = (
    ldap.INVALID_CREDENTIALS,
    ldap.INAPPROPRIATE_AUTH,
    ldap.NO_SUCH_OBJECT,
    ldap.INVALID_DN_SYNTAX,
    ldap.UNWILLING_TO_PERFORM,
    ldap.CONSTRAINT_VIOLATION,
    ldap.INSUFFICIENT_ACCESS,
)
"""How servers refuse a bind: 389 with the last three, for accounts that are inactive or locked."""
_OF_PRINCIPAL = "(|(userPrincipalName={login})(sAMAccountName={user}))"
_NOT_READ = "{0} does not say enough about your account. Ask an administrator to look into the log."
_NOT_IN_GROUP = "Your account at {0} is not in the group that may sign in here. Ask an administrator to add you to it."


class Ldap:
    """The method ``ldap``."""

    kind = "ldap"
    title = "LDAP"
    fields = FIELDS

    def problems(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return what is wrong with settings that somebody wants to save."""
        return problems_of(settings, secrets)

    def named_by(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what must stay as it is. The ids that directories make up are of nobody else anywhere."""
        chosen, *place = (
            str(settings.get(name) or "").strip().lower()
            for name in ("subject_attribute", "servers", "search_base", "user_template")
        )
        return (chosen, *place) if chosen else ()

    def test(self, provider: Provider) -> Iterable[Finding]:
        """Try each server: reach it, verify its certificate, bind as the reader, look at the search base."""
        return findings_of(directory_of(provider))

    def check(self, provider: Provider, login: str, password: str) -> Identity | None:
        """Return who this is, or None for a wrong name or password.

        Raises `ProviderDown`, and `SignInFailed` where the directory says more: for the log, of an account that is
        disabled; for the person, of a group that they are not in.
        """
        name = typed(login, provider.domains)
        # A bind without a password succeeds as nobody (RFC 4513, 5.1.2), so it is never sent.
        if name is None or not _may_be_sent(password):
            return None
        directory = directory_of(provider)
        with _in_our_words(directory, name.login):
            return _by_name(directory, name, password) if directory.template else _by_search(directory, name, password)
        return None

    def check_again(self, provider: Provider, subject: str, login: str, password: str) -> Identity | None:
        """Return the identity of who is known by a subject, whatever they are called by now, or None."""
        directory = directory_of(provider)
        found = (
            self.check(provider, login, password) if directory.template else _by_subject(directory, subject, password)
        )
        return found if found is not None and found.subject == subject else None

    def check_minutes(self, provider: Provider) -> int:
        """Return how often people who came from the directory are looked up in it; 0 is never."""
        return directory_of(provider).check_minutes

    def fallen(self, provider: Provider, subjects: Sequence[str]) -> list[tuple[str, str]]:
        """Return which of these people are gone from the directory or disabled there, and why.

        Raises `ProviderDown`, also where it looks as if they were all gone.
        """
        directory = directory_of(provider)
        try:
            with _reading(directory) as reader:
                return fallen(reader, directory, subjects, system.now())
        except NobodyFound:
            raise ProviderDown(directory.description, "nobody who came from it is found any more") from None
        except ldap.LDAPError as error:
            raise ProviderDown(directory.description, said(error)) from None


def _may_be_sent(password: str) -> bool:
    # Half a character, as JSON can say it, is nothing that has bytes.
    is_text = not any("\ud800" <= letter <= "\udfff" for letter in password)
    return bool(password.strip()) and is_text and len(password) <= _LONGEST_PASSWORD and "\0" not in password


class _Wrong(Exception):
    """The directory refuses the name and the password, and says no more."""


def _by_search(directory: Directory, name: Typed, password: str) -> Identity:
    with _reading(directory) as reader:
        try:
            person = people.find(reader, directory, directory.filter, name)
        except SeveralEntries:
            _bind_in_vain(preferring(directory, reader))
            raise _refused(f"{name.login} is the name of several entries") from None
        return _by_entry(directory, reader, person, password)


def _by_subject(directory: Directory, subject: str, password: str) -> Identity | None:
    if not _may_be_sent(password):
        return None
    with _in_our_words(directory, subject), _reading(directory) as reader:
        return _by_entry(directory, reader, entry_of(reader, directory, subject), password)
    return None


def _by_entry(directory: Directory, reader: SimpleLDAPObject, person: Person | None, password: str) -> Identity:
    if person is None:
        _bind_in_vain(preferring(directory, reader))
        raise _Wrong
    with _bound_as_person(preferring(directory, reader), person.dn, password) as (_, controls):
        return _admitted(directory, reader, person, controls)


def _by_name(directory: Directory, name: Typed, password: str) -> Identity:
    bind_name = bind_name_for(directory.template, name)
    if bind_name is None:
        _bind_in_vain(directory)
        raise _Wrong
    with _bound_as_person(directory, bind_name, password) as (own, controls):
        person = _own_entry(own, directory, bind_name)
        if person is None:
            raise _not_admitted(directory, f"{bind_name} cannot read its own entry, or it is not the only one")
        return _admitted(directory, own, person, controls)


def _own_entry(connection: SimpleLDAPObject, directory: Directory, name: str) -> Person | None:
    if "=" in name:
        return people.read(connection, directory, name)
    # The configured filter might find somebody else by this name than the one who has just proved to have it.
    try:
        return people.find(connection, directory, _OF_PRINCIPAL, Typed(name.lower(), name.partition("@")[0].lower()))
    except SeveralEntries:
        return None


@contextmanager
def _in_our_words(directory: Directory, name: str) -> Iterator[None]:
    """Say in our exceptions what is in the library's; where a password is just wrong, nothing comes of the block."""
    try:
        yield
    except _Wrong:
        return
    except TooManyGroups:
        raise _not_admitted(directory, f"{name} is in too many groups to be sure of all") from None
    except ldap.LDAPError as error:
        raise ProviderDown(directory.description, said(error)) from None


@contextmanager
def _reading(directory: Directory) -> Iterator[SimpleLDAPObject]:
    with ExitStack() as stack:
        try:
            reader, _ = stack.enter_context(bound(directory, directory.reader, directory.reader_password))
        except _REFUSED as error:
            raise ProviderDown(directory.description, f"the reader was refused: {said(error)}") from None
        yield reader


@contextmanager
def _bound_as_person(
    directory: Directory, name: str, password: str
) -> Iterator[tuple[SimpleLDAPObject, list[LDAPControl]]]:
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(bound(directory, name, password))
        except _REFUSED as error:
            if state := states.of_error(error) or states.of_words(said(error)):
                raise _refused(state) from None
            raise _Wrong from None
        yield opened


def _bind_in_vain(directory: Directory) -> None:
    # Who is not found costs what a wrong password costs; the typed password goes nowhere.
    with suppress(*_REFUSED), bound(directory, f"cn={secrets.token_hex(8)},{directory.base}", secrets.token_hex(8)):
        pass


def _admitted(
    directory: Directory, connection: SimpleLDAPObject, person: Person, controls: list[LDAPControl]
) -> Identity:
    if state := states.of_controls(controls) or states.of_entry(person.texts(), system.now()):
        raise _refused(state)
    groups = groups_of(connection, directory, person)
    if directory.required_group and normal(directory.required_group) not in groups:
        raise _not_admitted(directory, f"{person.dn} is not in {directory.required_group}", _NOT_IN_GROUP)
    mapped = (dn for dn, _ in group_map_of(directory.provider.settings))
    # In the spelling of the map as well: what reads it knows nothing of DNs.
    return people.identity_of(directory, person, groups | {dn for dn in mapped if normal(dn) in groups})


def _refused(detail: str) -> SignInFailed:
    """Refuse as a wrong password is refused; only the log knows better."""
    return SignInFailed(Reason.PASSWORD_WRONG, PASSWORD_TEXT, detail)


def _not_admitted(directory: Directory, detail: str, text: str = _NOT_READ) -> SignInFailed:
    """Refuse who has proved to have the password: they may read why."""
    return SignInFailed(Reason.PROVIDER_REFUSED, text.format(directory.description), detail)


method = Ldap()
