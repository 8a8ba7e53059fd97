"""What a test of a directory's configuration finds: each server, its certificate, the reader, the search base."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import ldap
from ldap.ldapobject import SimpleLDAPObject

from keyhouse.signin.ldap_connect import opened, said
from keyhouse.signin.ldap_names import filter_for_anybody
from keyhouse.signin.ldap_settings import LDAPS, NO_GROUPS, PLAIN, STARTTLS, Directory
from keyhouse.signin.method import Finding

_PORTS = {True: 636, False: 389}
# ExtendedRequest with the name 1.3.6.1.4.1.1466.20037 (RFC 4511, 4.14); the library keeps its certificates to itself.
_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"


def findings_of(directory: Directory) -> Iterator[Finding]:
    """Try a configuration at each of its servers."""
    for server in directory.servers:
        yield from _of_server(directory, server)


def _of_server(directory: Directory, server: str) -> Iterator[Finding]:
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or _PORTS[directory.security == LDAPS]
    try:
        socket.create_connection((host, port), directory.connect_seconds).close()
    except OSError as error:
        advice = "Check the name and the port, and whether a firewall stands between."
        yield Finding(False, f"{server}: port {port} cannot be reached: {error.strerror or error}.", advice)
        return
    try:
        connection = opened(directory, server)
        if directory.security == LDAPS:
            connection.search_ext_s("", ldap.SCOPE_BASE, attrlist=["1.1"], timeout=directory.search_seconds)
    except (ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.PROTOCOL_ERROR, ldap.TIMEOUT, ldap.UNAVAILABLE) as error:
        yield _of_tls(directory, server, host, port, said(error))
        return
    except ldap.LDAPError:
        pass  # It speaks to us, and may not like who asks: the bind tells.
    encryption = "without encryption, on this very machine" if directory.security == PLAIN else "certificate verified"
    yield Finding(True, f"{server}: reached, {encryption}.")
    try:
        yield from _of_reader(directory, server, connection)
    finally:
        connection.unbind_s()


def _of_tls(directory: Directory, server: str, host: str, port: int, words: str) -> Finding:
    cause = _handshake_problem(directory, host, port)
    if cause is None:
        return Finding(False, f"{server}: {words}.", "Look into the log of the directory.")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Finding(False, f"{server}: its certificate is refused: {cause.verify_message}.", _advice(cause))
    if directory.security == STARTTLS:
        text = f"{server}: StartTLS fails: {cause}."
        return Finding(False, text, "Switch TLS on at the server, or use LDAPS at port 636.")
    return Finding(False, f"{server}: no TLS at this port: {cause}.", "LDAPS has a port of its own, mostly 636.")


def _advice(error: ssl.SSLCertVerificationError) -> str:
    if "xpired" in error.verify_message or "not yet valid" in error.verify_message:
        return "Renew the certificate of the server, and check the clock of this one."
    if "match" in error.verify_message:
        return "Write the server's name as its certificate has it (subjectAltName)."
    return "Upload the certificate of the authority that issued the server's, not the server's own."


def _handshake_problem(directory: Directory, host: str, port: int) -> Exception | None:
    context = ssl.create_default_context(cadata=directory.authority or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with socket.create_connection((host, port), directory.connect_seconds) as raw:
            if directory.security == STARTTLS:
                _ask_for_tls(raw)
            with context.wrap_socket(raw, server_hostname=host):
                return None
    except (OSError, ValueError) as error:
        return error


def _ask_for_tls(raw: socket.socket) -> None:
    raw.sendall(_START_TLS)
    answer = raw.recv(4096)
    # ENUMERATED of one byte: the result code; 0 is success.
    at = answer.find(b"\x0a\x01")
    if at < 0 or answer[at + 2 : at + 3] != b"\0":
        raise ValueError("the server refuses it")


def _of_reader(directory: Directory, server: str, connection: SimpleLDAPObject) -> Iterator[Finding]:
    if directory.template:
        yield Finding(True, f"{server}: people bind as {directory.template}; nobody else is needed.")
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
