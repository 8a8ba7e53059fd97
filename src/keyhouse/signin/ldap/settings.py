"""What a configuration says of a directory: the settings that the page asks for, read into one value and checked."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from ldap.dn import is_dn

from keyhouse.signin.group_lines import ARROW, group_map_of, lines_of
from keyhouse.signin.ldap.names import template_problem, terms_of
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
        "ca_certificate",
        "Certificate authority",
        "Its certificates in PEM, where the directory's are not issued by a public one.",
        FieldKind.FILE,
    ),
    Field("bind_dn", "Reader", "The DN of the account that searches; empty: searching needs no account."),
    Field("bind_password", "The reader's password", is_secret=True),
    Field("search_base", "Search base", "Below this entry people are looked for, such as ou=people,dc=example,dc=org."),
    Field(
        "search_filter",
        "Filter",
        "{login} is what was typed; {user} is that without the domain where it is the site's own. They must be "
        "compared whole, as in (uid={user}).",
        default="(|(uid={user})(mail={login}))",
    ),
    Field(
        "user_template",
        "Name of a person",
        "Instead of searching: uid={user},ou=people,dc=example,dc=org, or {user}@ad.example.org.",
    ),
    Field("email_attribute", "Attribute of the address", default="mail", is_required=True),
    Field("name_attribute", "Attribute of the name", default="displayName"),
    Field(
        "subject_attribute",
        "Attribute that never changes",
        "Empty: entryUUID, objectGUID, ipaUniqueID or nsUniqueId, whichever there is.",
    ),
    Field(
        "group_kind",
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
    Field("group_base", "Search base of groups", "Groups elsewhere do not count."),
    Field("nested_groups", "Groups in groups count", "Not for memberOf and posixGroup.", FieldKind.FLAG, default=False),
    Field("required_group", "Required group", "Only members of the group with this DN may sign in."),
    Field(
        "group_map",
        "Groups here",
        f"One a line: the DN of a group there {ARROW} the name of a site group here. Who signs in is made a member, or "
        "is one no longer. Groups that are not named here are never touched.",
        FieldKind.LINES,
    ),
    Field("connect_seconds", "Seconds to connect", "For each server.", FieldKind.NUMBER, default=5),
    Field("search_seconds", "Seconds to answer", kind=FieldKind.NUMBER, default=10),
    Field(
        "check_minutes",
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
        authority=text("ca_certificate"),
        reader=text("bind_dn"),
        reader_password=str(provider.secrets.get("bind_password") or ""),
        base=text("search_base"),
        filter=text("search_filter"),
        template=text("user_template"),
        email_attribute=text("email_attribute"),
        name_attribute=text("name_attribute"),
        subject_attribute=text("subject_attribute"),
        group_kind=text("group_kind"),
        group_base=text("group_base"),
        has_nested_groups=provider.flag("nested_groups"),
        required_group=text("required_group"),
        connect_seconds=min(max(number("connect_seconds"), 1), _LONGEST_SECONDS),
        search_seconds=min(max(number("search_seconds"), 1), _LONGEST_SECONDS),
        check_minutes=max(number("check_minutes"), 0),
    )


def problems_of(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Return what is wrong with settings: the field's name and a sentence."""
    text, number = _reader(settings)
    yield from _problems_of_servers(lines_of(settings.get("servers")), text("security"))
    if text("ca_certificate") and (problem := _authority_problem(text("ca_certificate"))):
        yield "ca_certificate", problem
    if text("bind_dn") and not secrets.get("bind_password"):
        # A bind with a name and no password succeeds as nobody (RFC 4513, 5.1.2).
        yield "bind_password", "The reader needs its password."
    for name in ("search_base", "group_base", "required_group"):
        if text(name) and not is_dn(text(name)):
            yield name, "This is not a DN, such as ou=people,dc=example,dc=org."
    if text("user_template") and not text("bind_dn") and number("check_minutes") > 0:
        yield "check_minutes", "Looking people up needs a reader."
    yield from _problems_of_people(text("search_base"), text("search_filter"), text("user_template"))
    yield from _problems_of_groups(settings, text("group_kind"), text("group_base"), text("required_group"))


def _problems_of_servers(servers: list[str], security: str) -> Iterator[tuple[str, str]]:
    if not servers:
        yield "servers", "Name at least one server."
    if len(servers) > _MOST_SERVERS:
        yield "servers", f"At most {_MOST_SERVERS} servers: each one that is down costs its time at every sign-in."
    scheme = "ldaps" if security == LDAPS else "ldap"
    for server in servers:
        host = _host_of(server, scheme)
        if host is None:
            yield "servers", f"{server[:100]} must look like {scheme}://directory.example.org, with a port or without."
        elif security == PLAIN and not is_loopback(host):
            yield "security", "Without encryption every password could be read on the way. Choose StartTLS or LDAPS."


def _host_of(server: str, scheme: str) -> str | None:
    try:
        parts = urlsplit(server)
        is_good = parts.scheme == scheme and parts.port != 0
    except ValueError:
        return None
    has_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    return parts.hostname if is_good and not has_more else None


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
            yield "user_template", problem
        if "=" not in template and not base:
            yield "search_base", "Say where the entry of a person is looked for after the bind."
        if "=" in template:
            return
    elif not base:
        yield "search_base", "Say where people are looked for, or what the DN of a person looks like."
    if not terms_of(filter_) or filter_.count("(") != filter_.count(")"):
        yield (
            "search_filter",
            "The filter must compare {user} or {login} whole, as in (uid={user}), with brackets in pairs.",
        )


def _problems_of_groups(settings: Mapping[str, Any], kind: str, base: str, required: str) -> Iterator[tuple[str, str]]:
    has_map = bool(lines_of(settings.get("group_map")))
    if (required or has_map) and kind == NO_GROUPS:
        yield "group_kind", "Say how the directory says who belongs to a group."
    if kind not in {NO_GROUPS, MEMBER_OF} and not base:
        yield "group_base", "Say where groups are looked for."
    for dn, name in group_map_of(settings):
        if not name or not dn or not is_dn(dn):
            yield "group_map", f"Each line must look like cn=staff,ou=groups,dc=example,dc=org {ARROW} Staff."
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
