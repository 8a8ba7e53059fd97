"""Authentication for requests and httpx that reads netrc as all clients read it alike, and says what it does.

    requests.get(url, auth=RequestsAuth())
    httpx.get(url, auth=HttpxAuth())

Neither library is imported. A header that the program sets itself is never replaced, and what clients read
differently is an error instead of a request as guest.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from .document import Document, parse
from .entry import Entry
from .files import FileRule, choose
from .portable import NetrcParseError, refuse_strangers
from .secret import Secret
from .surroundings import real
from .url import parse_url

_USUAL = FileRule(variable="NETRC", expands_tilde=True, home=("HOME", "account"))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which entry a URL gets, and why. `secret` is None when nothing is sent."""

    path: str | None
    line: int | None
    login: str | None
    secret: Secret | None
    why: str

    def __str__(self) -> str:
        if self.secret is None:
            return f"nothing is sent: {self.why}"
        return f"login {self.login!r}, secret of {self.secret}, from {self.path}, line {self.line}: {self.why}"


class _PortableAuth:
    """What both kinds share. The file is read for each request, so that a key just renewed is used."""

    def __init__(self, file: str | None = None) -> None:
        """Take a file; else the one NETRC names, or `.netrc` (on Windows also `_netrc`) in the home folder."""
        self.file = file

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.file!r})"

    def explain(self, url: str) -> Explanation:
        """Say what is sent to `url`. Raise NetrcParseError as a request does, OSError for a given file that is not."""
        host = parse_url(url).ascii_host.lower()
        around = real()
        path = self.file or choose(_USUAL, around).path
        if path is None:
            return Explanation(None, None, None, None, "there is no netrc file")
        facts = around.facts(path)
        if facts is not None and facts.shared and around.platform != "win32":
            raise NetrcParseError("others may read or write the file: run chmod 600 on it", path)
        document = parse(around.read(path))
        refuse_strangers(document, path)
        return _explained(document, path, host)

    def _authorize(self, request: Any) -> Any:
        if "Authorization" in request.headers:
            return request
        found = self.explain(str(request.url))
        if found.secret is not None:
            pair = (found.login or "").encode("utf-8", "surrogateescape") + b":" + found.secret.reveal()
            request.headers["Authorization"] = "Basic " + b2a_base64(pair, newline=False).decode("ascii")
        return request


def _explained(document: Document, path: str, host: str) -> Explanation:
    mine = document.entries_of(host) or document.entries_of("default")
    if not mine:
        return Explanation(path, None, None, None, f"{path} has no entry for {host}")
    entry = mine[0]
    secret, lack = entry.password, _lack(entry)
    if lack:
        return Explanation(path, entry.line, entry.login, None, f"the entry in line {entry.line} of {path} {lack}")
    why = f"machine {host}" if not entry.is_default else f"default, for no machine is called {host}"
    if len(mine) > 1:
        why += f"; {len(mine) - 1} more of that name passed over, of which Python's own reader takes the last"
    return Explanation(path, entry.line, entry.login, secret, why)


def _lack(entry: Entry) -> str:
    if not entry.login or not entry.password:
        return "lacks a login or a password"
    return "has a colon in its login, which Basic authentication cannot carry" if ":" in entry.login else ""


class RequestsAuth(_PortableAuth):
    """For the `auth` of requests, which takes any callable. Its own netrc is then not asked for this request."""

    def __call__(self, request: Any) -> Any:
        """Add the header to a PreparedRequest."""
        return self._authorize(request)


class HttpxAuth(_PortableAuth):
    """For the `auth` of httpx, which takes any callable; a redirect to another origin loses the header there."""

    def __call__(self, request: Any) -> Any:
        """Add the header to a Request."""
        return self._authorize(request)

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Yield the request once, with its header, as httpx.Auth does."""
        yield self._authorize(request)
