"""Connections to a directory: servers tried in order, certificates always verified, everything bounded in time."""

import os
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ldap
from ldap.controls import LDAPControl, RequestControl
from ldap.controls.ppolicy import PasswordPolicyControl
from ldap.ldapobject import SimpleLDAPObject

from keyhouse.signin.ldap import tls
from keyhouse.signin.ldap.settings import LDAPS, PLAIN, STARTTLS, Directory, is_loopback
from keyhouse.signin.method import ProviderDown

_UNREACHABLE = (
    ldap.SERVER_DOWN,
    ldap.CONNECT_ERROR,
    ldap.TIMEOUT,
    ldap.BUSY,
    ldap.UNAVAILABLE,
    ldap.PROTOCOL_ERROR,
    ldap.LOCAL_ERROR,
)
NO_TEXT = "a name in its answer is no text in UTF-8"
_TLS_1_2 = 0x303
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
"""Where systems keep the certificates of public authorities, if Python was built to look elsewhere."""


@contextmanager
def bound(directory: Directory, name: str, password: str) -> Iterator[tuple[SimpleLDAPObject, list[LDAPControl]]]:
    """Give a fresh connection bound by a name, and the controls that came with the answer to the bind.

    Without name and password it is bound as nobody. Raises `ProviderDown` where no server answers, and the library's
    errors where one refuses.
    """
    if bool(name) != bool(password):
        # RFC 4513, 5.1.2: a name without a password is let in as nobody, and would look like a success.
        raise ldap.INVALID_CREDENTIALS({"desc": "a name without a password, or a password without a name"})
    causes: list[str] = []
    for server in directory.servers:
        try:
            connection, controls = _bound_at(directory, server, name, password)
        except _UNREACHABLE as error:
            causes.append(f"{server}: {_cause(directory, server, error)}")
            continue
        except UnicodeDecodeError:
            causes.append(f"{server}: {NO_TEXT}")
            continue
        try:
            yield connection, controls
        except (ldap.SERVER_DOWN, ldap.TIMEOUT, ldap.TIMELIMIT_EXCEEDED, ldap.BUSY, ldap.UNAVAILABLE) as error:
            raise ProviderDown(directory.description, f"{server}: {said(error)}") from None
        except UnicodeDecodeError:
            raise ProviderDown(directory.description, f"{server}: {NO_TEXT}") from None
        finally:
            with suppress(ldap.LDAPError):
                connection.unbind_s()
        return
    raise ProviderDown(directory.description, "; ".join(causes) or "no server is configured")


def preferring(directory: Directory, connection: SimpleLDAPObject) -> Directory:
    """Return the directory with the server of a connection first: one that is down costs its time once a sign-in."""
    server = connection.get_option(ldap.OPT_URI)
    return replace(directory, servers=tuple(sorted(directory.servers, key=lambda each: each != server)))


def _cause(directory: Directory, server: str, error: ldap.LDAPError) -> str:
    # A handshake that fails is all that the library says.
    cause = tls.problem(directory, server, min(directory.connect_seconds, 2))
    told = tls.in_words(cause) if cause else said(error)
    return told[:300]


def _bound_at(
    directory: Directory, server: str, name: str, password: str
) -> tuple[SimpleLDAPObject, list[LDAPControl]]:
    connection = opened(directory, server)
    controls: Sequence[RequestControl] = [PasswordPolicyControl()] if name else []
    try:
        number = connection.simple_bind(name, password, serverctrls=controls)
        answer = connection.result3(number, all=1, timeout=directory.search_seconds)
    except ldap.LDAPError:
        with suppress(ldap.LDAPError):
            connection.unbind_s()
        raise
    return connection, answer[3]


def opened(directory: Directory, server: str) -> SimpleLDAPObject:
    """Return a connection to a server, encrypted where the configuration says so and never less."""
    if directory.security == PLAIN and not is_loopback(urlsplit(server).hostname or ""):
        raise ldap.CONNECT_ERROR({"desc": "without encryption only on this very machine"})
    if (directory.security == LDAPS) != server.lower().startswith("ldaps:"):
        raise ldap.CONNECT_ERROR({"desc": "the address does not fit the encryption that is configured"})
    # The library waits for a handshake without end: one that hangs is found out by ours, which has a time.
    if isinstance(tls.problem(directory, server, directory.connect_seconds), TimeoutError):
        raise ldap.TIMEOUT({"desc": "no answer to the TLS handshake"})
    connection = ldap.initialize(server, trace_level=0)
    _set_options(connection, directory)
    if directory.security == STARTTLS:
        # A server that refuses, or somebody on the way who says so in its name, gets no password.
        try:
            connection.start_tls_s()
        except ldap.LDAPError:
            with suppress(ldap.LDAPError):
                connection.unbind_s()
            raise
    return connection


def _set_options(connection: SimpleLDAPObject, directory: Directory) -> None:
    values: dict[int, Any] = {
        ldap.OPT_PROTOCOL_VERSION: ldap.VERSION3,
        # A referral would send the password to a server that nobody configured.
        ldap.OPT_REFERRALS: ldap.OPT_OFF,
        ldap.OPT_DEREF: ldap.DEREF_NEVER,
        ldap.OPT_NETWORK_TIMEOUT: float(directory.connect_seconds),
        ldap.OPT_TIMEOUT: float(directory.search_seconds),
        ldap.OPT_TIMELIMIT: directory.search_seconds,
        ldap.OPT_RESTART: ldap.OPT_OFF,
    }
    for option, value in values.items():
        connection.set_option(option, value)
    if directory.security != PLAIN:
        _verify(connection, directory)


def _verify(connection: SimpleLDAPObject, directory: Directory) -> None:
    # Set on each connection: the machine's ldap.conf, a file in the home directory or a variable of the environment
    # could say "never".
    connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    connection.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, _TLS_1_2)
    with _authority_file(directory.authority) as file:
        if file:
            connection.set_option(ldap.OPT_X_TLS_CACERTFILE, file)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)


@contextmanager
def _authority_file(pem: str) -> Iterator[str]:
    # The library reads certificates from files, once, when the context is made.
    if not pem:
        yield next(
            (path for path in (ssl.get_default_verify_paths().cafile, *_BUNDLES) if path and Path(path).is_file()), ""
        )
        return
    number, path = tempfile.mkstemp(prefix="keyhouse-ca-", suffix=".pem")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(pem)
        yield path
    finally:
        Path(path).unlink()


def said(error: ldap.LDAPError) -> str:
    """Return what the library or the server says of an error; neither ever quotes a password."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    words = [str(told.get("desc") or type(error).__name__), str(told.get("info") or "")]
    return ": ".join(word.strip() for word in words if word.strip() and word != "(unknown error code)")[:500]
