"""What a test of a directory's configuration finds: each server, its certificate, the reader, the search base."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress

import ldap
from ldap.ldapobject import SimpleLDAPObject

from keyhouse.signin.ldap import tls
from keyhouse.signin.ldap.connect import NO_TEXT, opened, said
from keyhouse.signin.ldap.names import filter_for_anybody
from keyhouse.signin.ldap.settings import NO_GROUPS, PLAIN, Directory
from keyhouse.signin.method import Finding


def findings_of(directory: Directory) -> Iterator[Finding]:
    """Try a configuration at each of its servers."""
    for server in directory.servers:
        try:
            yield from _of_server(directory, server)
        except UnicodeDecodeError:
            yield Finding(False, f"{server}: {NO_TEXT}.", "Look into the log of the directory.")


def _of_server(directory: Directory, server: str) -> Iterator[Finding]:
    host, port = tls.address_of(directory, server)
    try:
        socket.create_connection((host, port), directory.connect_seconds).close()
    except OSError as error:
        advice = "Check the name and the port, and whether a firewall stands between."
        yield Finding(False, f"{server}: port {port} cannot be reached: {error.strerror or error}.", advice)
        return
    if (cause := tls.problem(directory, server, directory.connect_seconds)) is not None:
        yield Finding(False, f"{server}: {tls.in_words(cause)}.", _advice(directory, cause))
        return
    try:
        connection = opened(directory, server)
    except ldap.LDAPError as error:
        yield Finding(False, f"{server}: {said(error)}.", "Look into the log of the directory.")
        return
    encryption = "without encryption, on this very machine" if directory.security == PLAIN else "certificate verified"
    yield Finding(True, f"{server}: reached, {encryption}.")
    try:
        yield from _of_reader(directory, server, connection)
    finally:
        with suppress(ldap.LDAPError):
            connection.unbind_s()


def _advice(directory: Directory, cause: Exception) -> str:
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return "Switch TLS on at the server. StartTLS has the port of plain LDAP, LDAPS its own, mostly 636."
    if "expired" in cause.verify_message or "not yet valid" in cause.verify_message:
        return "Renew the certificate of the server, and check the clock of this one."
    if "match" in cause.verify_message:
        return "Write the server's name as its certificate has it (subjectAltName)."
    return "Upload the certificate of the authority that issued the server's, not the server's own."


def _of_reader(directory: Directory, server: str, connection: SimpleLDAPObject) -> Iterator[Finding]:
    if directory.template:
        yield Finding(True, f"{server}: people bind as {directory.template}.")
        if not directory.reader:
            return
    who = directory.reader or "nobody (anonymously)"
    try:
        if directory.reader and not directory.reader_password:
            raise ldap.INVALID_CREDENTIALS({"desc": "no password is set"})
        connection.simple_bind_s(directory.reader, directory.reader_password)
    except ldap.LDAPError as error:
        advice = "Check the DN and the password of the reader; Active Directory also takes reader@ad.example.org."
        yield Finding(False, f"{server}: bound as {who}: {said(error)}.", advice)
        return
    yield Finding(True, f"{server}: bound as {who}.")
    if directory.base:
        yield _of_people(directory, server, connection)
    if directory.group_kind != NO_GROUPS and directory.group_base:
        yield _of_base(directory, server, connection, directory.group_base, "groups")


def _of_people(directory: Directory, server: str, connection: SimpleLDAPObject) -> Finding:
    base = _of_base(directory, server, connection, directory.base, "people")
    if not base.is_ok:
        return base
    anybody = filter_for_anybody(directory.filter)
    try:
        found = connection.search_ext_s(
            directory.base, ldap.SCOPE_SUBTREE, anybody, [directory.email_attribute], sizelimit=1
        )
    except ldap.SIZELIMIT_EXCEEDED:
        return Finding(True, f"{server}: the filter finds people below {directory.base}.")
    except ldap.LDAPError as error:
        return Finding(False, f"{server}: the filter fails: {said(error)}.", "Check its brackets and attributes.")
    if any(dn for dn, _ in found):
        return Finding(True, f"{server}: the filter finds one entry below {directory.base}.")
    advice = "Check the attributes of the filter, and whether the reader may read them."
    return Finding(False, f"{server}: the filter finds nobody below {directory.base}.", advice)


def _of_base(directory: Directory, server: str, connection: SimpleLDAPObject, base: str, what: str) -> Finding:
    try:
        connection.search_ext_s(base, ldap.SCOPE_BASE, attrlist=["1.1"], timeout=directory.search_seconds)
    except ldap.LDAPError as error:
        advice = "Check the DN, and whether the reader may see it."
        return Finding(False, f"{server}: the search base of {what}, {base}: {said(error)}.", advice)
    return Finding(True, f"{server}: {base} is there.")
