"""Where a server would listen: resolve the address, and tell early and clearly when it cannot be had."""

import errno
import socket

from keyhouse.cli.failure import Unusable


def address_of(host: str, port: int) -> tuple[str, int]:
    """Return the numeric address of a host name of this machine."""
    family_and_address = _resolved(host, port)
    return str(family_and_address[1][0]), port


def check_free(host: str, port: int) -> None:
    """Raise `Unusable` where the port cannot be listened on.

    The web server itself shares a port with any other that is willing to, so it would not notice.
    """
    try:
        _bind(host, port)
    except OSError as error:
        raise Unusable(_explanation(error, host, port)) from None


def next_free(host: str, port: int, tries: int = 100) -> int:
    """Return this port or the next free one above it."""
    for candidate in range(port, min(port + tries, 65536)):
        try:
            _bind(host, candidate)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise Unusable(_explanation(error, host, candidate)) from None
            continue
        return candidate
    raise Unusable(f"No port from {port} to {port + tries - 1} is free. Name another with --port.")


def _bind(host: str, port: int) -> None:
    family, address = _resolved(host, port)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _resolved(host: str, port: int) -> tuple[int, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise Unusable(f"'{host}' is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.") from None
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))


def _explanation(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program. Stop that one, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights that you do not have. Choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all."
    return f"Port {port} on {host} cannot be listened on: {error.strerror}."
