"""Duo's published OIDC Auth API on loopback, for Duo's own client: health check, prompt and token, strictly verified.

Client assertions and requests are JWTs signed with the client secret (HS512), for the very endpoint, used once. The
prompt is a page with Approve and Deny. `down` makes it unreachable for use, and `bend` makes its tokens wrong.
"""

import json
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest

from tests.providers.authority import Authority

CLIENT_ID = "DIKEYHOUSE0123456789"
CLIENT_SECRET = "only-for-the-tests-of-keyhouse-123456789"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Prompt:
    """A prompt that was shown, or may be: who is asked, and where the answer goes."""

    name: str
    state: str
    nonce: str
    redirect_uri: str


@dataclass
class DuoEndpoint:
    """Duo. `auth` is what tokens say of how a person passed; `bend` changes claims before they are signed."""

    host: str
    authority: str
    folder: Path
    is_down: bool = False
    status: int = 200
    auth: dict[str, Any] = field(default_factory=dict)
    bend: Callable[[dict[str, Any]], Any] = lambda claims: claims
    signed_with: str = CLIENT_SECRET
    algorithm: str = "HS512"
    codes: dict[str, Prompt] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def well(self) -> None:
        """Behave again."""
        self.is_down, self.status, self.auth = False, 200, {}
        self.bend, self.signed_with, self.algorithm = lambda claims: claims, CLIENT_SECRET, "HS512"

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return the settings of a configuration of this Duo."""
        given = {"client_id": CLIENT_ID, "api_host": self.host, "authorities": self.authority, "failmode": "closed"}
        return {**given, **changes}

    def prompt_of(self, url: str) -> Prompt:
        """Verify the address of a prompt, as Duo does, and return what it asks."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert set(query) <= {"response_type", "client_id", "request", "nonce"}, query
        assert (query["response_type"], query["client_id"]) == ("code", CLIENT_ID)
        asked = jwt.decode(
            query["request"],
            CLIENT_SECRET,
            algorithms=["HS512"],
            audience=f"https://{self.host}",
            issuer=CLIENT_ID,
            options={"require": ["exp"]},
        )
        assert (asked["scope"], asked["response_type"], asked["client_id"]) == ("openid", "code", CLIENT_ID)
        assert asked["use_duo_code_attribute"] is True
        assert 16 <= len(asked["state"]) <= 1024 and asked["exp"] <= time.time() + 300
        assert urlsplit(asked["redirect_uri"]).query == ""
        return Prompt(asked["duo_uname"], asked["state"], query["nonce"], asked["redirect_uri"])

    def approve(self, url: str) -> str:
        """Approve as the person who is asked, and return where the browser is led back to."""
        prompt, code = self.prompt_of(url), secrets.token_hex(16)
        self.codes[code] = prompt
        return f"{prompt.redirect_uri}?{urlencode({'state': prompt.state, 'duo_code': code})}"

    def deny(self, url: str) -> str:
        """Deny as the person who is asked, and return where the browser is led back to."""
        prompt = self.prompt_of(url)
        said = {"state": prompt.state, "error": "access_denied", "error_description": "User denied the request"}
        return f"{prompt.redirect_uri}?{urlencode(said)}"

    def answer_health(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer POST /oauth/v1/health_check."""
        if problem := self._wrong_client(form, "health_check"):
            return 400, {"stat": "FAIL", "code": 40002, "message": "invalid_client", "message_detail": problem}
        return 200, {"stat": "OK", "response": {"timestamp": int(time.time())}}

    def answer_token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer POST /oauth/v1/token: a code is taken once, for the address that it was led back to."""
        if problem := self._wrong_client(form, "token"):
            return 400, {"error": "invalid_client", "error_description": problem}
        prompt = self.codes.pop(form.get("code", ""), None)
        is_grant = form.get("grant_type") == "authorization_code"
        if prompt is None or not is_grant or form.get("redirect_uri") != prompt.redirect_uri:
            return 400, {"error": "invalid_grant", "error_description": "The provided authorization grant is invalid"}
        claims = self.bend(self._claims(prompt))
        token = jwt.encode(claims, self.signed_with or None, algorithm=self.algorithm)
        return 200, {"id_token": token, "access_token": "unused", "expires_in": 300, "token_type": "Bearer"}

    def _claims(self, prompt: Prompt) -> dict[str, Any]:
        now = int(time.time())
        context = {"result": "success", "reason": "user_approved", "factor": "duo_push", "txid": "1", "timestamp": now}
        result = {"result": "allow", "status": "allow", "status_msg": "Login Successful"}
        return {
            "iss": f"https://{self.host}/oauth/v1/token",
            "aud": CLIENT_ID,
            "sub": prompt.name,
            "preferred_username": prompt.name,
            "nonce": prompt.nonce,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "auth_result": {**result, **self.auth.get("result", {})},
            "auth_context": {**context, **self.auth.get("context", {})},
        }

    def _wrong_client(self, form: dict[str, str], endpoint: str) -> str:
        if form.get("client_id") != CLIENT_ID:
            return "unknown client_id"
        if endpoint == "token" and form.get("client_assertion_type") != _ASSERTION:
            return "wrong client_assertion_type"
        try:
            claims = jwt.decode(
                form.get("client_assertion", ""),
                CLIENT_SECRET,
                algorithms=["HS512"],
                audience=f"https://{self.host}/oauth/v1/{endpoint}",
                issuer=CLIENT_ID,
                options={"require": ["exp", "jti", "sub"]},
            )
        except jwt.PyJWTError as error:
            return str(error)
        if claims["sub"] != CLIENT_ID or claims["jti"] in self.seen or claims["exp"] > time.time() + 300:
            return "the assertion is of somebody else, was used before, or lives too long"
        self.seen.add(claims["jti"])
        return ""


class _Handler(BaseHTTPRequestHandler):
    duo: DuoEndpoint

    def do_GET(self) -> None:
        """Show the prompt, or take what the person chose."""
        self.duo.asked.append(self.path)
        parts = urlsplit(self.path)
        if parts.path != "/oauth/v1/authorize":
            self._say(404, "text/plain", b"not found")
            return
        chosen, _, address = parts.query.partition("&") if parts.query.startswith("choose=") else ("", "", parts.query)
        asked = f"https://{self.duo.host}/oauth/v1/authorize?{address}"
        if chosen:
            back = self.duo.approve(asked) if chosen == "choose=approve" else self.duo.deny(asked)
            self._say(303, "text/plain", b"", back)
            return
        links = "".join(f'<p><a href="?choose={each}&{escape(address)}">{each}</a></p>' for each in ("approve", "deny"))
        name = escape(self.duo.prompt_of(asked).name)
        self._say(200, "text/html; charset=utf-8", f"<h1>Duo</h1><p>Is it you, {name}?</p>{links}".encode())

    def do_POST(self) -> None:
        """Answer the two endpoints that Duo's client asks itself; the values of one stand in the address."""
        self.duo.asked.append(urlsplit(self.path).path)
        if self.duo.is_down:
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query or body).items()}
        answers = {"/oauth/v1/health_check": self.duo.answer_health, "/oauth/v1/token": self.duo.answer_token}
        status, said = answers[urlsplit(self.path).path](form)
        self._say(self.duo.status if self.duo.status != 200 else status, "application/json", json.dumps(said).encode())

    def _say(self, status: int, content_type: str, body: bytes, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[DuoEndpoint]:
    """Be Duo on a port of this machine until the block ends."""
    authority = Authority("Duo of the tests")
    with TemporaryDirectory() as folder:
        pem = Path(folder) / "server.pem"
        pem.write_text("".join(authority.issue("localhost")))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        handler = type("Handler", (_Handler,), {})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        duo = handler.duo = DuoEndpoint(f"localhost:{server.server_port}", authority.pem, Path(folder))
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield duo
        finally:
            server.shutdown()
            server.server_close()


@pytest.fixture(scope="session")
def _duo() -> Iterator[DuoEndpoint]:
    with running() as duo:
        yield duo


@pytest.fixture
def duo(_duo: DuoEndpoint) -> Iterator[DuoEndpoint]:
    """Duo, well at the beginning of each test."""
    _duo.well()
    _duo.asked.clear()
    yield _duo
    _duo.well()
