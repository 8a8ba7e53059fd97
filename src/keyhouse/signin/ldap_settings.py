"""What a configuration says of a directory: the settings that the page asks for, read into one value and checked."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from ldap.dn import is_dn

from keyhouse.signin.group_map import ARROW, group_map_of, lines_of
from keyhouse.signin.ldap_names import template_problem, terms_of
from keyhouse.signin.method import Field, FieldKind, Provider

STARTTLS, LDAPS, PLAIN = "starttls", "ldaps", "none"
NO_GROUPS, MEMBER_OF, NAMES, UNIQUE_NAMES, POSIX, IN_CHAIN = (
    "none",
    "memberOf",
    "groupOfNames",
    "groupOfUniqueNames",
    "posixGroup",
    "inChain",
)
_MOST_SERVERS = 4
_LONGEST_SECONDS = 60

FIELDS = (
    Field(
        "servers",
        "Servers",
        "One a line, such as ldap://directory.example.org; they are tried in this order.",
        FieldKind.LINES,
        is_required=True,
    ),
    Field(
        "security",
        "Encryption",
        "Certificates are always verified. Without encryption only on this very machine.",
        FieldKind.CHOICE,
        default=STARTTLS,
        choices=((STARTTLS, "StartTLS (ldap://, port 389)"), (LDAPS, "LDAPS (ldaps://, port 636)"), (PLAIN, "None")),
    ),
    Field(
        "caCertificate",
        "Certificate authority",
        "Its certificates in PEM, where the directory's are not issued by a public one.",
        FieldKind.FILE,
    ),
    Field("bindDn", "Reader", "The DN of the account that searches; empty: searching needs no account."),
    Field("bindPassword", "The reader's password", is_secret=True),
    Field("searchBase", "Search base", "Below this entry people are looked for, such as ou=people,dc=example,dc=org."),
    Field(
        "searchFilter",
        "Filter",
        "{login} is what was typed; {user} is that without the domain where it is the site's own. They must be "
        "compared whole, as in (uid={user}).",
        default="(|(uid={user})(mail={login}))",
    ),
    Field(
        "userTemplate",
        "Name of a person",
        "Instead of searching: uid={user},ou=people,dc=example,dc=org, or {user}@ad.example.org.",
    ),
    Field("emailAttribute", "Attribute of the address", default="mail", is_required=True),
    Field("nameAttribute", "Attribute of the name", default="displayName"),
    Field(
        "subjectAttribute",
        "Attribute that never changes",
        "Empty: entryUUID, objectGUID, ipaUniqueID or nsUniqueId, whichever there is.",
    ),
    Field(
        "groupKind",
        "Groups",
        "How the directory says who belongs to a group.",
        FieldKind.CHOICE,
        default=NO_GROUPS,
        choices=(
            (NO_GROUPS, "Not asked for"),
            (MEMBER_OF, "memberOf in the person's entry"),
            (NAMES, "groupOfNames"),
            (UNIQUE_NAMES, "groupOfUniqueNames"),
            (POSIX, "posixGroup"),
            (IN_CHAIN, "Active Directory, groups in groups"),
        ),
    ),
    Field("groupBase", "Search base of groups", "Groups elsewhere do not count."),
    Field("nestedGroups", "Groups in groups count", "Not for memberOf and posixGroup.", FieldKind.FLAG, default=False),
    Field("requiredGroup", "Required group", "Only members of the group with this DN may sign in."),
    Field(
        "groupMap",
        "Groups here",
        f"One a line: the DN of a group there {ARROW} the name of a site group here. Who signs in is made a member, or "
        "is one no longer. Groups that are not named here are never touched.",
        FieldKind.LINES,
    ),
    Field("connectSeconds", "Seconds to connect", "For each server.", FieldKind.NUMBER, default=5),
    Field("searchSeconds", "Seconds to answer", kind=FieldKind.NUMBER, default=10),
    Field(
        "checkMinutes",
        "Minutes between checks",
        "So often people who came from this directory are looked up in it: who is gone or disabled there is "
        "deactivated here. 0: never.",
        FieldKind.NUMBER,
        default=0,
    ),
)
_DEFAULTS = {each.name: each.default for each in FIELDS}


@dataclass(frozen=True)
class Directory:
    """A directory as its configuration has it."""

    provider: Provider
    servers: tuple[str, ...]
    security: str
    authority: str
    reader: str
    reader_password: str = field(repr=False)
    base: str
    filter: str
    template: str
    email_attribute: str
    name_attribute: str
    subject_attribute: str
    group_kind: str
    group_base: str
    has_nested_groups: bool
    required_group: str
    connect_seconds: int
    search_seconds: int
    check_minutes: int

    @property
    def description(self) -> str:
        """What people call this directory."""
        return self.provider.description


def directory_of(provider: Provider) -> Directory:
    """Read a configuration."""
    text, number = _reader(provider.settings)
    return Directory(
        provider=provider,
        servers=tuple(lines_of(provider.settings.get("servers")))[:_MOST_SERVERS],
        security=text("security"),
        authority=text("caCertificate"),
        reader=text("bindDn"),
        reader_password=str(provider.secrets.get("bindPassword") or ""),
        base=text("searchBase"),
        filter=text("searchFilter"),
        template=text("userTemplate"),
        email_attribute=text("emailAttribute"),
        name_attribute=text("nameAttribute"),
        subject_attribute=text("subjectAttribute"),
        group_kind=text("groupKind"),
        group_base=text("groupBase"),
        has_nested_groups=provider.flag("nestedGroups"),
        required_group=text("requiredGroup"),
        connect_seconds=min(max(number("connectSeconds"), 1), _LONGEST_SECONDS),
        search_seconds=min(max(number("searchSeconds"), 1), _LONGEST_SECONDS),
        check_minutes=max(number("checkMinutes"), 0),
    )


def problems_of(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Return what is wrong with settings: the field's name and a sentence."""
    text, _ = _reader(settings)
    yield from _problems_of_servers(lines_of(settings.get("servers")), text("security"))
    if text("caCertificate") and (problem := _authority_problem(text("caCertificate"))):
        yield "caCertificate", problem
    if text("bindDn") and not secrets.get("bindPassword"):
        # A bind with a name and no password succeeds as nobody (RFC 4513, 5.1.2).
        yield "bindPassword", "The reader needs its password."
    for name in ("searchBase", "groupBase", "requiredGroup"):
        if text(name) and not is_dn(text(name)):
            yield name, "This is not a DN, such as ou=people,dc=example,dc=org."
    yield from _problems_of_people(text("searchBase"), text("searchFilter"), text("userTemplate"))
    yield from _problems_of_groups(settings, text("groupKind"), text("groupBase"), text("requiredGroup"))


def _problems_of_servers(servers: list[str], security: str) -> Iterator[tuple[str, str]]:
    if not servers:
        yield "servers", "Name at least one server."
    if len(servers) > _MOST_SERVERS:
        yield "servers", f"At most {_MOST_SERVERS} servers: each one that is down costs its time at every sign-in."
    scheme = "ldaps" if security == LDAPS else "ldap"
    for server in servers:
        parts = urlsplit(server)
        if parts.scheme != scheme or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
            yield "servers", f"{server[:100]} must look like {scheme}://directory.example.org, with a port or without."
        elif security == PLAIN and not is_loopback(parts.hostname):
            yield "security", "Without encryption every password could be read on the way. Choose StartTLS or LDAPS."


def is_loopback(host: str) -> bool:
    """Tell whether a host is this very machine, by its address: a name may be looked up to anything."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _authority_problem(pem: str) -> str | None:
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        return f"This is no certificate in PEM (-----BEGIN CERTIFICATE-----): {error}."
    return None


def _problems_of_people(base: str, filter_: str, template: str) -> Iterator[tuple[str, str]]:
    if template:
        if problem := template_problem(template):
            yield "userTemplate", problem
        if "=" not in template and not base:
            yield "searchBase", "Say where the entry of a person is looked for after the bind."
        if "=" in template:
            return
    elif not base:
        yield "searchBase", "Say where people are looked for, or what the DN of a person looks like."
    if not terms_of(filter_) or filter_.count("(") != filter_.count(")"):
        yield (
            "searchFilter",
            "The filter must compare {user} or {login} whole, as in (uid={user}), with brackets in pairs.",
        )


def _problems_of_groups(settings: Mapping[str, Any], kind: str, base: str, required: str) -> Iterator[tuple[str, str]]:
    has_map = bool(lines_of(settings.get("groupMap")))
    if (required or has_map) and kind == NO_GROUPS:
        yield "groupKind", "Say how the directory says who belongs to a group."
    if kind not in {NO_GROUPS, MEMBER_OF} and not base:
        yield "groupBase", "Say where groups are looked for."
    for dn, name in group_map_of(settings):
        if not name or not dn or not is_dn(dn):
            yield "groupMap", f"Each line must look like cn=staff,ou=groups,dc=example,dc=org {ARROW} Staff."
            return


def _reader(settings: Mapping[str, Any]) -> tuple[Any, Any]:
    def text(name: str) -> str:
        value = settings.get(name)
        return str(_DEFAULTS[name] if value is None or value == "" else value).strip()

    def number(name: str) -> int:
        try:
            return int(text(name))
        except ValueError:
            return int(_DEFAULTS[name])

    return text, number
