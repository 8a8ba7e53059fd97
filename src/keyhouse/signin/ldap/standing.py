"""Who of the people that came from a directory is still there, and may still sign in."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from ldap.filter import escape_filter_chars
from ldap.ldapobject import SimpleLDAPObject

from keyhouse.signin.ldap import people, states
from keyhouse.signin.ldap.names import filter_for_anybody, normal
from keyhouse.signin.ldap.people import BINARY, UNIQUE, Person, SeveralEntries
from keyhouse.signin.ldap.settings import Directory

GONE = "there is no entry any more"
_BY_DN = "dn:"


class NobodyFound(Exception):
    """All are gone at once: more likely the configuration is wrong, or the reader may not read any more."""


def fallen(
    connection: SimpleLDAPObject, directory: Directory, subjects: Sequence[str], now: datetime
) -> list[tuple[str, str]]:
    """Return whose entries are gone or may not sign in any more, and why. Raises `NobodyFound`."""
    found = list(_fallen(connection, directory, subjects, now))
    are_all_gone = bool(found) and len(found) == len(subjects) and all(why == GONE for _, why in found)
    if are_all_gone and (len(found) > 1 or not _is_anybody_there(connection, directory)):
        raise NobodyFound
    return found


def _is_anybody_there(connection: SimpleLDAPObject, directory: Directory) -> bool:
    try:
        return people.only(connection, directory, filter_for_anybody(directory.filter)) is not None
    except SeveralEntries:
        return True


def _fallen(
    connection: SimpleLDAPObject, directory: Directory, subjects: Iterable[str], now: datetime
) -> Iterator[tuple[str, str]]:
    for subject in subjects:
        person = entry_of(connection, directory, subject)
        why = GONE if person is None else states.of_entry(person.texts(), now)
        if why:
            yield subject, why


def entry_of(connection: SimpleLDAPObject, directory: Directory, subject: str) -> Person | None:
    """Return the entry of a person who is known by their subject."""
    if subject.startswith(_BY_DN):
        person = people.read(connection, directory, subject.removeprefix(_BY_DN))
        return person if person and normal(person.dn) == subject.removeprefix(_BY_DN) else None
    names = [directory.subject_attribute] if directory.subject_attribute else list(UNIQUE)
    query = "".join(f"({name}={_value(name, subject)})" for name in names)
    try:
        return people.only(connection, directory, f"(|{query})")
    except SeveralEntries:
        return None


def _value(attribute: str, subject: str) -> str:
    with suppress(ValueError):
        if attribute.lower() == "objectguid":
            return _escaped(UUID(subject).bytes_le)
        if subject.startswith(BINARY):
            return _escaped(bytes.fromhex(subject.removeprefix(BINARY)))
    return str(escape_filter_chars(subject))


def _escaped(value: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in value)
