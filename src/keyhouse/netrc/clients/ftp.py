"""The interactive ftp programs: inetutils and tnftp."""

from __future__ import annotations

from dataclasses import replace

from ..dialects import ftp
from ..surroundings import Surroundings
from ..url import Url
from .model import NOTHING, Client, Sent, Unreadable, chosen_file, from_url, read_bytes


def credentials(client: Client, url: Url, around: Surroundings) -> Sent:
    """What `ftp HOST` logs in with; without a match inetutils offers the local user, tnftp asks."""
    profile = ftp.INETUTILS if client.name == "inetutils-ftp" else ftp.TNFTP
    nobody = _nobody(client)
    chosen = chosen_file(client, around)
    facts = around.facts(chosen.path) if chosen.path else None
    if chosen.path is None or facts is None:
        return nobody
    if client.name == "inetutils-ftp" and (facts.is_link or facts.kind != "file"):
        what = "symbolic link" if facts.is_link else "no regular file"
        return replace(NOTHING, error=f"inetutils-ftp: the .netrc file is {what}")
    try:
        text = read_bytes(around, chosen.path).decode("latin-1")
    except Unreadable as failure:
        return replace(nobody, warnings=(f"{client.name}: {failure}",))
    found = ftp.search(text, profile, url.host.encode().decode("latin-1"), url.user, readable_by_others=facts.shared)
    if found.error:
        return replace(NOTHING, error=f"no USER command was sent | {found.error}", warnings=found.warnings)
    if found.login is None:
        if nobody.login is None or found.password is None:
            return replace(nobody, warnings=found.warnings)
        return replace(nobody, password=_command(found.password), warnings=found.warnings)
    return replace(
        NOTHING,
        login=_command(found.login),
        password=_command(found.password or ""),
        warnings=found.warnings,
        path=chosen.path,
    )


def _command(text: str) -> bytes:
    """What the server reads: a line end in the value ends the command."""
    return text.partition("\n")[0].rstrip("\r").encode("latin-1")


def _nobody(client: Client) -> Sent:
    if client.name == "inetutils-ftp":
        return replace(NOTHING, login=b"netrcobs", password=b"")
    return replace(NOTHING, error="no USER command was sent")


def tnftp_http(client: Client, url: Url, around: Surroundings) -> Sent:
    """tnftp's own HTTP: only what the URL says."""
    return from_url(url) if url.user is not None else NOTHING
