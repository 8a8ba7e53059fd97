"""Speak to a site from the outside, as any client does: standard library only, no redirect followed, keys in headers.

Works with any LabKey Server; what only Keyhouse has answers 404 there, and the commands say so.
"""

import base64
import http.client
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyhouse.cli.failure import Unusable, Wrong
from keyhouse.cli.listing import printable

_SECONDS = 20
_LARGEST = 1_000_000
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
BEWARE = "Beware: over plain http, everybody on the way can read the key."


class Unreachable(Unusable):
    """No answer came: the network, the name, the certificate."""


@dataclass(frozen=True)
class Reply:
    """What a site answered; `body` is None where that was no JSON object. It may hold a key, so `repr` hides it."""

    status: int
    body: dict[str, Any] | None

    def __repr__(self) -> str:
        return f"<Reply {self.status}>"

    @property
    def text(self) -> str:
        """What the answer says is wrong, as it may be shown on a terminal."""
        return printable(" ".join(str((self.body or {}).get("exception") or "").split()))[:300]

    def member(self, name: str) -> Any:
        """Return a member of the body, or None."""
        return (self.body or {}).get(name)


class Remote:
    """One site, by the address that people type; `program` is what we call ourselves there."""

    def __init__(self, url: str, program: str) -> None:
        self.host = host_of(url)
        self.url = url.rstrip("/")
        self._program = program
        self._opener = urllib.request.build_opener(_StayHere())

    @property
    def is_readable_on_the_way(self) -> bool:
        """Tell whether keys would travel unencrypted over a network."""
        return self.url.lower().startswith("http:") and self.host not in _LOOPBACK

    def get(self, name: str, headers: Mapping[str, str] | None = None, **query: str) -> Reply:
        """Ask an action."""
        written = f"?{urllib.parse.urlencode(query)}" if query else ""
        return self._ask(f"{name}{written}", headers or {}, None)

    def post(self, name: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Reply:
        """Send an action a JSON object."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._ask(name, sent, json.dumps({**body}).encode())

    def post_form(self, name: str, fields: Mapping[str, str]) -> Reply:
        """Send an action a form, as OAuth writes its requests."""
        return self._ask(name, {}, urllib.parse.urlencode(fields).encode())

    def _ask(self, name: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        sent = {"User-Agent": self._program, "Accept": "application/json", **headers}
        request = urllib.request.Request(f"{self.url}/{name}", body, sent)  # noqa: S310  the scheme was checked
        try:
            with self._opener.open(request, timeout=_SECONDS) as response:
                return Reply(response.status, _object(response.read(_LARGEST)))
        except urllib.error.HTTPError as error:
            with error:
                return self._refused(error)
        except (urllib.error.URLError, OSError, http.client.HTTPException, ValueError) as error:
            raise self._unreachable(getattr(error, "reason", error)) from None

    def _refused(self, error: urllib.error.HTTPError) -> Reply:
        if 300 <= error.code < 400:
            target = printable(str(error.headers.get("Location", "")))[:200]
            raise Unusable(f"{self.url} sends on to {target}. Ask that address instead: a key is not carried along.")
        return Reply(error.code, _object(error.read(_LARGEST)))

    def _unreachable(self, reason: object) -> Unreachable:
        if isinstance(reason, ssl.SSLError):
            return Unreachable(f"The TLS certificate of {self.url} is not trusted or does not fit: {reason.reason}.")
        return Unreachable(f"{self.url} cannot be reached: {getattr(reason, 'strerror', None) or reason}.")

    def no_site(self) -> Unusable:
        """Say that something else than a site answers there."""
        return Unusable(
            f"{self.url} does not answer as a site of Keyhouse or LabKey Server. Is the path right, such as /labkey?"
        )


def host_of(url: str) -> str:
    """Return the machine of a site's address, as netrc files name it; raises `Wrong` for what is no such address."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        has_secret = parts.username is not None or parts.password is not None
    except ValueError:
        host, has_secret = "", False
    if has_secret:
        raise Wrong("Leave user and password out of the URL: the netrc file has them.")
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or not url.isprintable():
        raise Wrong("URL is the address of a site, such as https://data.example.org/labkey.")
    return host


def basic(login: str, password: str) -> dict[str, str]:
    """Return the header with which clients send an entry of a netrc file."""
    pair = base64.b64encode(f"{login}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {pair}"}


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: urllib would carry the key to whatever host it names."""

    def redirect_request(self, *arguments: Any) -> None:
        return None
