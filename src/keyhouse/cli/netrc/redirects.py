"""What a client does with the login when the server sends it on to another host: the netrc trap nobody sees."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyhouse.netrc.clients.model import Client

_LOOKS_UP = "to another host: leaves this login behind and looks that host up in the file"
_NOTHING = "to another host: leaves this login behind and looks nothing up"
_KEEPS = "to another host: keeps sending this login there, unless that host has an entry of its own"
_PROGRAM = "the program decides that uses this library"


def redirect_of(client: "Client") -> str:
    """Say what happens on a redirect, with the leaks that are known of this version."""
    if client.name == "r":
        return _KEEPS
    if client.kind != "http":
        return _PROGRAM if client.kind == "library" else "ftp has no redirects"
    if client.name == "uv" or client.redirect != "looks up":
        return _NOTHING
    return _LOOKS_UP + _known_leak(client)


def _known_leak(client: "Client") -> str:
    """CVE-2024-11053 and CVE-2025-0167, in every program on such a libcurl; Debian 12 has the first one mended."""
    version = client.setting("version")
    if not isinstance(version, tuple) or client.setting("debian"):
        return ""
    if (7, 76) <= version < (8, 11, 1):
        return "; where that host's entry has no password, it gets this one (CVE-2024-11053)"
    if version == (8, 11, 1):
        return "; where an empty default entry applies there, it gets this password (CVE-2025-0167)"
    return ""
