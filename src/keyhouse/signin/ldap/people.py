"""People in a directory: found by what was typed, exactly one entry, and who that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import ldap
from ldap.ldapobject import SimpleLDAPObject

from keyhouse.core.assurance import Assurance
from keyhouse.core.reasons import Reason
from keyhouse.signin.ldap.names import filter_for, is_named, normal, terms_of
from keyhouse.signin.ldap.settings import Directory
from keyhouse.signin.ldap.states import STATE_ATTRIBUTES
from keyhouse.signin.method import Identity, SignInFailed
from keyhouse.signin.passwords.login_names import Typed

UNIQUE = ("entryUUID", "objectGUID", "ipaUniqueID", "nsUniqueId")
BINARY = "hex:"
"""Before the bytes of a name that is no text."""
_MEMBERSHIP = ("memberOf", "uid", "gidNumber")
_ENTRY = "(objectClass=*)"


@dataclass(frozen=True)
class Person:
    """The entry of a person; attributes by their names in lower case, as the directory has them."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]

    def texts(self) -> dict[str, list[str]]:
        """Return the values that are texts."""
        return {name: [value.decode("utf-8", "replace") for value in self.attributes[name]] for name in self.attributes}

    def text(self, attribute: str) -> str:
        """Return the first value of an attribute; empty where there is none."""
        values = self.attributes.get(attribute.lower(), ())
        # No column of PostgreSQL holds a NUL.
        return values[0].decode("utf-8", "replace").replace("\0", "\ufffd").strip() if values else ""


class SeveralEntries(Exception):
    """What was typed is the name of several entries: nobody can tell who it is."""


def find(connection: SimpleLDAPObject, directory: Directory, template: str, name: Typed) -> Person | None:
    """Return the entry that a filter finds for what was typed. Raises `SeveralEntries`."""
    wanted = sorted({*_wanted(directory), *(attribute for attribute, _ in terms_of(template))})
    query = filter_for(template, name)
    people = _people(connection, directory, directory.base, ldap.SCOPE_SUBTREE, query, wanted)
    if len(people) > 1:
        raise SeveralEntries
    return people[0] if people and is_named(people[0].texts(), template, name) else None


def only(connection: SimpleLDAPObject, directory: Directory, query: str) -> Person | None:
    """Return the one entry below the search base that a whole filter finds. Raises `SeveralEntries`."""
    base = directory.base or directory.template.partition(",")[2]
    people = _people(connection, directory, base, ldap.SCOPE_SUBTREE, query, _wanted(directory))
    if len(people) > 1:
        raise SeveralEntries
    return people[0] if people else None


def read(connection: SimpleLDAPObject, directory: Directory, dn: str) -> Person | None:
    """Return the entry with a DN, as far as the connection may read it."""
    try:
        people = _people(connection, directory, dn, ldap.SCOPE_BASE, _ENTRY, _wanted(directory))
    except ldap.NO_SUCH_OBJECT:
        return None
    return people[0] if people else None


def identity_of(directory: Directory, person: Person, groups: frozenset[str]) -> Identity:
    """Return whom the directory vouches for. Raises `SignInFailed` where their entry lacks what never changes."""
    return Identity(
        subject=subject_of(directory, person),
        email=person.text(directory.email_attribute),
        # The directory's own administrators wrote it.
        is_email_verified=True,
        display_name=person.text(directory.name_attribute) or person.text("cn"),
        methods=("pwd",),
        assurance=Assurance.SINGLE,
        groups=groups,
    )


def subject_of(directory: Directory, person: Person) -> str:
    """Return the name that the directory never changes. Raises `SignInFailed`."""
    if directory.subject_attribute:
        if found := _unique(directory.subject_attribute, person):
            return found
        text = f"{directory.description} does not say who you are. Ask an administrator to check its settings."
        detail = f"{person.dn} has no attribute {directory.subject_attribute}"
        raise SignInFailed(Reason.PROVIDER_REFUSED, text, detail)
    found = next(filter(None, (_unique(name, person) for name in UNIQUE)), "")
    # A DN changes with a marriage or a move, and may be given to somebody else: only where there is nothing better.
    return found or f"dn:{normal(person.dn)}"


def _unique(attribute: str, person: Person) -> str:
    values = person.attributes.get(attribute.lower(), ())
    if values and attribute.lower() == "objectguid" and len(values[0]) == 16:
        return str(UUID(bytes_le=bytes(values[0])))
    return _in_letters(bytes(values[0])) if values else ""


def _in_letters(value: bytes) -> str:
    # What is no text (an objectSid) would lose its differences as one, and two people would be one account.
    try:
        text = value.decode().strip()
    except UnicodeDecodeError:
        text = BINARY
    return text if text.isprintable() and not text.startswith(BINARY) else BINARY + value.hex()


def _wanted(directory: Directory) -> list[str]:
    named = [directory.email_attribute, directory.name_attribute, directory.subject_attribute]
    return sorted({"cn", *UNIQUE, *_MEMBERSHIP, *STATE_ATTRIBUTES, *filter(None, named)})


def _people(
    connection: SimpleLDAPObject, directory: Directory, base: str, scope: int, query: str, wanted: list[str]
) -> list[Person]:
    # Of three entries it is enough to see two.
    try:
        found = connection.search_ext_s(base, scope, query, wanted, timeout=directory.search_seconds, sizelimit=2)
    except ldap.SIZELIMIT_EXCEEDED:
        raise SeveralEntries from None
    return [
        Person(dn, {name.lower(): values for name, values in attributes.items()})
        for dn, attributes in found
        if dn is not None  # A referral to another server, which is not followed.
    ]
