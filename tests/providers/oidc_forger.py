"""A provider of OpenID Connect that says whatever a test wants it to, signed by whatever key: for attacks."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.providers.oidc_visits import begin, come_back
from tests.site import Answer, Client

CLIENT_ID, CLIENT_SECRET = "keyhouse", "forger's secret"
SUBJECT, EMAIL = "subject-1", "ana@example.org"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
MISSING = object()
"""As the value of a claim or a header: leave it out."""


class _Anything(JWSRegistry):
    """Signs under any header."""

    def check_header(self, header: Any) -> None:
        return


def key(kid: str = "k1", kind: str = "RSA", size: Any = None) -> Key:
    """Return a private key of this name, always the same one."""
    return _made(kid, kind, size)


@cache
def _made(kid: str, kind: str, size: Any) -> Key:
    kinds = {"RSA": (RSAKey, 2048), "EC": (ECKey, "P-256"), "OKP": (OKPKey, "Ed25519")}
    made, usual = kinds[kind]
    return made.generate_key(size or usual, {"kid": kid, "use": "sig"}, private=True)


def signed(claims: dict[str, Any], by: Key | None = None, alg: str = "RS256", **header: Any) -> str:
    """Return a token of these claims; a header that is MISSING is left out."""
    by = by or key()
    whole = {"alg": alg, "kid": by.kid, **header}
    whole = {name: value for name, value in whole.items() if value is not MISSING}
    said = {name: value for name, value in claims.items() if value is not MISSING}
    return jwt.encode(whole, said, by, registry=_Anything(algorithms=[alg]), default_type=None)


@dataclass
class Forger:
    """The provider. `token` is called for each code that is exchanged, and returns what is answered."""

    url: str = ""
    document: Any = field(default_factory=dict)
    keys: Any = field(default_factory=lambda: {"keys": [key().as_dict(private=False)]})
    token: Callable[[dict[str, str]], Any] = lambda form: {}
    userinfo: Any = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], Any]] = field(default_factory=dict)
    """By path, what is answered instead of the usual: status, headers, body (a list drips)."""

    @property
    def settings(self) -> dict[str, str]:
        return {"issuer": self.url, "client_id": CLIENT_ID}

    @property
    def secrets(self) -> dict[str, str]:
        return {"client_secret": CLIENT_SECRET}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good ID token, with changes."""
        now = int(time.time())
        good = {"iss": self.url, "aud": CLIENT_ID, "sub": SUBJECT, "iat": now, "exp": now + 300, "sid": "sid-1"}
        return {**good, "email": EMAIL, "email_verified": True, "name": "Ana Lyst", **changes}

    def logout_claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good logout token, with changes."""
        now = int(time.time())
        good = {"iss": self.url, "aud": CLIENT_ID, "sub": SUBJECT, "iat": now, "exp": now + 120, "sid": "sid-1"}
        return {**good, "jti": f"jti-{time.monotonic_ns()}", "events": {LOGOUT_EVENT: {}}, **changes}

    def says(self, token: str, access_token: str = "access") -> None:
        """Answer each code with this ID token."""
        self.token = lambda form: {"id_token": token, "access_token": access_token, "token_type": "Bearer"}

    def answer_to(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        """Return what is answered to a request."""
        if path in self.answers:
            return self.answers[path]
        found = {
            "/.well-known/openid-configuration": self.document,
            "/jwks": self.keys,
            "/userinfo": self.userinfo,
        }
        if path == "/token":
            return 200, {}, self.token(form)
        return (200, {}, found[path]) if path in found else (404, {}, b"nothing here")


def nonce_in(url: str) -> str:
    """Return the nonce with which the browser is led to the provider."""
    return parse_qs(urlsplit(url).query)["nonce"][0]


def state_in(url: str) -> str:
    """Return the state with which the browser is led to the provider."""
    return parse_qs(urlsplit(url).query)["state"][0]


def arrive(client: Client, row: Any, forger: Forger, token: Callable[[dict[str, Any]], str], **claims: Any) -> Answer:
    """Begin a journey and come back from it; `token` makes the ID token of the claims that answer it."""
    url = begin(client, row)
    forger.says(token(forger.claims(**{"nonce": nonce_in(url), **claims})))
    return come_back(client, row, {"code": "code-1", "state": state_in(url)})


def part(value: Any) -> str:
    """Return a part of a token."""
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed_with_secret(claims: dict[str, Any], shared: bytes, alg: str = "HS256") -> str:
    """Return a token that is signed with a secret that both sides know."""
    whole = f"{part({'alg': alg, 'kid': 'k1'})}.{part(claims)}"
    signature = hmac.digest(shared, whole.encode(), {"HS256": "sha256", "HS512": "sha512"}[alg])
    return f"{whole}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@contextmanager
def forging() -> Iterator[Forger]:
    """Run the provider on a port of this machine until the block ends."""
    forger = Forger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            forger.forms.append(dict(parse_qsl(body, keep_blank_values=True)))
            self._answer(forger.forms[-1])

        def _answer(self, form: dict[str, str]) -> None:
            path = urlsplit(self.path).path
            forger.asked.append(path)
            status, headers, body = forger.answer_to(path, form)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self._send(body)
            except OSError:
                return

        def _send(self, body: Any) -> None:
            if not isinstance(body, list):
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())
                return
            for piece in body:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.1)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    forger.url = f"http://127.0.0.1:{server.server_port}"
    forger.document = {
        "issuer": forger.url,
        **{
            f"{name}_endpoint": f"{forger.url}/{name}" for name in ("authorization", "token", "userinfo", "end_session")
        },
        "jwks_uri": f"{forger.url}/jwks",
        "code_challenge_methods_supported": ["S256"],
    }
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield forger
    finally:
        server.shutdown()
        server.server_close()
