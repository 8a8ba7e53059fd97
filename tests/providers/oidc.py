"""npm's oidc-provider, started on loopback for as long as tests need it, and a person's way through its pages."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener, urlopen

import pytest

from tests.browsers.live import _free_port
from tests.site import CONTEXT_PATH

HERE = Path(__file__).parent
SCRIPT = HERE / "oidc_provider.mjs"
BASE = f"http://127.0.0.1:8080{CONTEXT_PATH}"
CLIENT_ID, CLIENT_SECRET = "keyhouse", "a secret with + / % : and blanks"
PASSWORD = "tulips in april"
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "ana": {
        "password": PASSWORD,
        "email": "Ana@Example.org",
        "email_verified": True,
        "name": "Ana Lyst",
        "groups": ["analysts"],
        "amr": ["pwd"],
    },
    "bob": {"password": PASSWORD, "email": "bob@example.org", "name": "Bob Unverified", "amr": ["pwd"]},
    "mia": {
        "password": PASSWORD,
        "email": "mia@example.org",
        "email_verified": True,
        "name": "Mia Factor",
        "amr": ["pwd", "otp", "mfa"],
    },
    "kim": {
        "password": PASSWORD,
        "email": "kim@example.org",
        "email_verified": True,
        "name": "Kim Key",
        "amr": ["fido"],
        "acr": "phr",
    },
}


@dataclass(frozen=True)
class OidcProvider:
    """A running provider."""

    issuer: str

    @property
    def settings(self) -> dict[str, str]:
        """What a configuration is given to sign in here."""
        return {"issuer": self.issuer, "client_id": CLIENT_ID}

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets of the same."""
        return {"client_secret": CLIENT_SECRET}

    def sign_out(self, person: str) -> list[str]:
        """Sign a person out everywhere, as the administrator of the directory does; return what each client said."""
        with urlopen(Request(f"{self.issuer}/test/sign-out?person={person}", b""), timeout=20) as answer:
            return list(json.load(answer))


def address(name: str, number: int = 1) -> str:
    """Return the whole address of an action of a site in this process, of the configuration with this number."""
    return f"{BASE}/{name}?configuration={number}"


def client_of(callback: str, signed_out: str = "", back_channel: str = "", **more: Any) -> dict[str, Any]:
    """Return how the provider registers this site."""
    registered: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_name": "Keyhouse",
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [callback],
        "post_logout_redirect_uris": [signed_out] if signed_out else [],
        **more,
    }
    if back_channel:
        registered |= {"backchannel_logout_uri": back_channel, "backchannel_logout_session_required": True}
    return registered


@contextmanager
def running(*clients: Mapping[str, Any], people: Mapping[str, Any] = PEOPLE, port: int = 0) -> Iterator[OidcProvider]:
    """Run the provider with these clients until the block ends."""
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("npm's package oidc-provider is not installed: npm ci --prefix tests/providers")
    port = port or _free_port()
    given = json.dumps({"port": port, "people": people, "clients": clients})
    process = subprocess.Popen(
        ["node", "--no-warnings", str(SCRIPT), given], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(line.strip() == "ready" for line in lines), process.communicate()[1]
        yield OidcProvider(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="session")
def oidc_provider() -> Iterator[OidcProvider]:
    """One provider for all tests in this process: it knows the first configuration of a new site."""
    back_channel = "http://127.0.0.1:9/nobody-listens-there"
    with running(client_of(address("oidc-validate.view"), f"{BASE}/login-signedOut.view", back_channel)) as provider:
        yield provider


class Visitor:
    """A browser without scripts at the provider; its session there lives as long as this does."""

    def __init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stays())

    def sign_in(self, url: str, login: str, password: str = PASSWORD, do: str = "sign-in") -> dict[str, str]:
        """Go where Keyhouse leads and sign in if asked; return the parameters that come back to Keyhouse."""
        sent = urlencode({"login": login, "password": password, "do": do}).encode()
        return self._go(url, sent)

    def follow(self, url: str) -> dict[str, str]:
        """Go where Keyhouse leads, as one who is signed in there; return what comes back."""
        return self._go(url, None)

    def _go(self, url: str, form: bytes | None) -> dict[str, str]:
        home, data = urlsplit(url).netloc, None
        while urlsplit(url).netloc == home:
            status, location, body = self._open(url, data)
            data = None
            if status in {302, 303}:
                url = urljoin(url, location)
                continue
            found = re.search(r'action="(/sign-in/[^"]+)"', body)
            assert found and form, body
            url, data = urljoin(url, found[1]), form
        return dict(parse_qsl(urlsplit(url).query))

    def _open(self, url: str, data: bytes | None) -> tuple[int, str, str]:
        try:
            with self._opener.open(Request(url, data), timeout=20) as answer:
                return answer.status, "", answer.read().decode()
        except HTTPError as error:
            return error.code, error.headers.get("Location", ""), error.read().decode()


class _Stays(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
