"""Why TLS with a directory fails, exactly: the directory library keeps the causes to itself."""

import socket
import ssl
from urllib.parse import urlsplit

from keyhouse.signin.ldap.settings import LDAPS, PLAIN, STARTTLS, Directory

# ExtendedRequest with the name 1.3.6.1.4.1.1466.20037, as the first message (RFC 4511, 4.14).
_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
_SUCCESS = b"\x0a\x01\x00"
"""An ENUMERATED of one byte: the result code 0."""


def address_of(directory: Directory, server: str) -> tuple[str, int]:
    """Return the host and the port of a server."""
    parts = urlsplit(server)
    return parts.hostname or "", parts.port or (636 if directory.security == LDAPS else 389)


def problem(directory: Directory, server: str, seconds: float) -> Exception | None:
    """Return why no verified encryption comes about with a server; None where it does, or none is wanted."""
    if directory.security == PLAIN:
        return None
    host, port = address_of(directory, server)
    try:
        context = ssl.create_default_context(cadata=directory.authority or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection((host, port), seconds) as raw:
            if directory.security == STARTTLS:
                _ask_for_tls(raw)
            with context.wrap_socket(raw, server_hostname=host):
                return None
    except (OSError, ValueError) as error:
        return error


def in_words(error: Exception) -> str:
    """Return the cause in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {error.verify_message}"
    return str(getattr(error, "strerror", None) or error)


def _ask_for_tls(raw: socket.socket) -> None:
    raw.sendall(_START_TLS)
    if _SUCCESS not in raw.recv(4096):
        raise ValueError("the server refuses StartTLS")
