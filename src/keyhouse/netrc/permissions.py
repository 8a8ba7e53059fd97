"""What a client says to a file's owner, mode and kind."""

from __future__ import annotations

from dataclasses import dataclass

from .clients.model import Client
from .surroundings import FileFacts, Surroundings


@dataclass(frozen=True, slots=True)
class Verdict:
    """`accepts` is the client's decision; `why` the reason in one sentence; `silent` when it does not tell."""

    accepts: bool
    why: str
    silent: bool = False


_FINE = "uses the file whatever its mode"
_REFUSES_SHARED = {
    "python": "the standard library refuses its default file when others may read it",
    "always": "refuses every file that others may read",
    "aria2": "ignores a file that others may read",
    "perl": "refuses a file that others may read",
    "ftp": "refuses a password in a file that others may read",
    "git-helper": "skips a file that others may read",
}


def verdict(client: Client, facts: FileFacts | None, around: Surroundings) -> Verdict:
    """Return whether the client takes the file as it is. Nobody checks access lists on Windows."""
    if facts is None:
        return Verdict(False, "there is no file", silent=True)
    if facts.kind != "file":
        return Verdict(False, f"it is a {facts.kind}" if facts.kind == "directory" else "it is no regular file", True)
    if around.platform == "win32":
        return Verdict(True, "no client checks permissions on Windows")
    if not facts.mode & (0o400 if facts.owner == around.uid else 0o004) and around.uid != 0:
        return Verdict(False, "you may not read it", silent=client.kind == "http")
    return _by_rule(client, facts, around)


def _by_rule(client: Client, facts: FileFacts, around: Surroundings) -> Verdict:
    rule = client.permission
    if rule == "ignores":
        return Verdict(True, _FINE)
    if rule == "exact 0600":
        if facts.mode != 0o600:
            return Verdict(False, f"insists on mode 0600, it is {facts.mode:04o}")
        return Verdict(True, "mode is 0600")
    if rule == "ftp" and client.name == "inetutils-ftp" and facts.is_link:
        return Verdict(False, "refuses symbolic links")
    silent = rule in ("aria2", "git-helper")
    if facts.shared:
        return Verdict(False, f"{_REFUSES_SHARED[rule]}; mode is {facts.mode:04o}", silent)
    if rule != "ftp" and rule != "aria2" and facts.owner != around.uid:
        return Verdict(False, "refuses a file that belongs to somebody else", silent)
    return Verdict(True, "nobody else may read it")
