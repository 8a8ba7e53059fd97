"""Groups of a person in a directory, through the library's kinds of groups: also groups in groups, and circles."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import ldap
from django_auth_ldap.config import (
    LDAPGroupType,
    LDAPSearch,
    MemberDNGroupType,
    NestedMemberDNGroupType,
    PosixGroupType,
)
from ldap.controls.libldap import SimplePagedResultsControl
from ldap.filter import escape_filter_chars
from ldap.ldapobject import SimpleLDAPObject

from keyhouse import system
from keyhouse.signin.ldap import settings as kinds
from keyhouse.signin.ldap.names import is_below, normal
from keyhouse.signin.ldap.people import Person
from keyhouse.signin.ldap.settings import Directory

_IN_CHAIN = "member:1.2.840.113556.1.4.1941:"
"""A rule of Active Directory: the server itself follows groups in groups."""
_PAGE = 500
_MOST = 10_000
_PAGES = 40
"""A server may give less than a page holds; one that gives nothing and says that there is more keeps nobody busy."""
_LEVELS = 20
_PATIENCE = 3
"""So many answers may come as late as one may come, until all groups are there."""
_CLASSES = {kinds.NAMES: "groupOfNames", kinds.UNIQUE_NAMES: "groupOfUniqueNames", kinds.POSIX: "posixGroup"}


class TooManyGroups(Exception):
    """A person is in more groups than anybody meant; whether one was left out nobody could tell."""


@dataclass(frozen=True)
class _Patient:
    """A connection, and until when it is worth waiting for all the groups."""

    to: SimpleLDAPObject
    until: datetime


class _Search(LDAPSearch):  # type: ignore[misc]
    """The library's search, in pages, and without its templates: a DN with a percent sign is none."""

    def execute(self, connection: "_Patient", filterargs: Any = (), escape: bool = True) -> list[tuple[str, Any]]:
        pages = SimplePagedResultsControl(False, size=_PAGE, cookie="")
        found: list[tuple[str, Any]] = []
        for _ in range(_PAGES):
            if system.now() > connection.until:
                raise ldap.TIMEOUT({"desc": "the search of groups takes too long"})
            number = connection.to.search_ext(
                self.base_dn, self.scope, self.filterstr, self.attrlist, serverctrls=[pages]
            )
            _, entries, _, controls = connection.to.result3(number)
            found += [(dn, values) for dn, values in entries if dn is not None]
            answered = [each for each in controls if isinstance(each, SimplePagedResultsControl)]
            if len(found) > _MOST:
                raise TooManyGroups
            if not answered or not answered[0].cookie:
                return found
            pages.cookie = answered[0].cookie
        raise TooManyGroups


class _Nested(NestedMemberDNGroupType):  # type: ignore[misc]
    """The library's groups in groups, which end: a directory that grows while it is asked keeps nobody busy."""

    def __init__(self, member_attribute: str) -> None:
        super().__init__(member_attribute)
        self._levels = 0

    def find_groups_with_any_member(self, members: set[str], search: Any, connection: Any) -> list[tuple[str, Any]]:
        self._levels += 1
        if self._levels > _LEVELS:
            raise TooManyGroups
        return cast(list[tuple[str, Any]], super().find_groups_with_any_member(members, search, connection))


class _Member:
    """A person as the library's kinds of groups ask for one."""

    def __init__(self, connection: _Patient, person: Person) -> None:
        self.connection = connection
        self.dn = person.dn
        self.attrs = {name: person.texts()[name.lower()] for name in ("uid", "gidNumber") if person.text(name)}


def groups_of(connection: SimpleLDAPObject, directory: Directory, person: Person) -> frozenset[str]:
    """Return the DNs of a person's groups, each in its one spelling. Raises `TooManyGroups`."""
    if directory.group_kind == kinds.NO_GROUPS:
        return frozenset()
    if directory.group_kind == kinds.MEMBER_OF:
        named = person.texts().get("memberof", [])
        base = directory.group_base
        return frozenset(normal(dn) for dn in named if not base or is_below(dn, base))
    search = _Search(directory.group_base, ldap.SCOPE_SUBTREE, _filter(directory), ["1.1"])
    patient = _Patient(connection, system.now() + _PATIENCE * timedelta(seconds=directory.search_seconds))
    found = _type(directory).user_groups(_Member(patient, person), search)
    return frozenset(normal(dn) for dn, _ in found)


def _filter(directory: Directory) -> str:
    name = _CLASSES.get(directory.group_kind, "group")
    return f"(objectClass={escape_filter_chars(name)})"


def _type(directory: Directory) -> LDAPGroupType:
    if directory.group_kind == kinds.POSIX:
        return PosixGroupType()
    if directory.group_kind == kinds.IN_CHAIN:
        return MemberDNGroupType(_IN_CHAIN)
    attribute = "uniqueMember" if directory.group_kind == kinds.UNIQUE_NAMES else "member"
    return _Nested(attribute) if directory.has_nested_groups else MemberDNGroupType(attribute)
