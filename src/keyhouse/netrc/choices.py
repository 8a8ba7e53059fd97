"""Ask what a client would send for a URL, in a file, on a machine like this or another."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .clients.catalogue import clients
from .clients.model import Asked, Client, Sent, attempt
from .document import Document
from .files import Chosen, choose
from .secret import Secret
from .surroundings import MadeUp, Surroundings, real
from .url import Url, parse_url


class UnknownClient(LookupError):
    """No such client; the message names those that are close."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one client makes of one URL.

    `line` and `column` are those of the entry (for libcurl: of the machine's name) in the text the client decodes.
    `preemptive`: sent with the first request, without being asked. `error` and `warnings` are the client's own.
    """

    client: str
    login: str | None
    secret: Secret | None
    path: str | None
    line: int | None
    column: int | None
    preemptive: bool
    after_challenge: bool
    error: str
    warnings: tuple[str, ...]
    why: str

    @property
    def sends(self) -> bool:
        """The client names somebody, be it with an empty password."""
        return self.secret is not None


def names() -> tuple[str, ...]:
    """Return every client as `name@version`."""
    return tuple(clients())


def client(spec: str) -> Client:
    """Return a client by `name` (its newest version) or `name@version`: the newest version known up to that one.

    Raise UnknownClient.
    """
    table = clients()
    if spec in table:
        return table[spec]
    name, _, version = spec.partition("@")
    family = [key for key in table if key.partition("@")[0] == name]
    if not family:
        raise UnknownClient(f"no client is called {name!r}; there are {', '.join(families())}")
    family = [key for key in family if "/" not in key and "+" not in key.partition("@")[2]] or family
    if not version:
        return table[max(family, key=_order)]
    wanted = _numbers(version)
    older = [key for key in family if _order(key)[: len(wanted)] <= wanted]
    return table[max(older, key=_order) if older else min(family, key=_order)]


def families() -> tuple[str, ...]:
    """Return the names of the clients without versions."""
    return tuple(dict.fromkeys(key.partition("@")[0] for key in clients()))


def _order(key: str) -> tuple[int, ...]:
    return _numbers(key.partition("@")[2])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:4])


def lookup(url: str, client: str | Client = "curl", source: Document | bytes | Surroundings | None = None) -> Choice:
    """Return what `client` would send for `url`.

    `source` is a file's content, or surroundings whose files and variables decide; by default this machine's.
    Raise UnknownClient, and ValueError for what is no URL.
    """
    chosen = client if not isinstance(client, str) else _client(client)
    around = _surroundings(source, chosen)
    asked = parse_url(url)
    sent = attempt(chosen, Asked(asked), around)
    return _choice(chosen, asked, sent, choose(chosen.files, around))


_client = client


def _surroundings(source: Document | bytes | Surroundings | None, chosen: Client) -> Surroundings:
    if source is None:
        return real()
    if isinstance(source, Surroundings):
        return source
    data = source.dump() if isinstance(source, Document) else source
    return MadeUp({"HOME": "/home"}, "linux", "/home", "/", 0, {"/home/.netrc": data})


def _choice(chosen: Client, url: Url, sent: Sent, files: Chosen) -> Choice:
    login = None if sent.login is None else sent.login.decode("utf-8", "replace")
    secret = Secret(sent.password or b"") if sent.has_login else None
    return Choice(
        chosen.spec,
        login,
        secret,
        sent.path or files.path,
        sent.line,
        sent.column,
        sent.preemptive and sent.has_login,
        sent.has_login and not sent.preemptive,
        sent.error,
        sent.warnings,
        _why(url, sent, files),
    )


def _why(url: Url, sent: Sent, files: Chosen) -> str:
    if sent.error:
        return "the client stops with an error"
    if sent.line is not None:
        reason = files.read[0].why if files.read else ""
        return f"the entry in line {sent.line} matches {url.host}" + (f" ({reason})" if reason else "")
    if sent.has_login:
        return sent.why or "the client sends this without an entry"
    if not files.read:
        return files.error or "none of the files the client looks for exists"
    return f"no entry of the file applies to {url.host} in this client"
