"""A whole site in this process, as new for each test, and a client that speaks to its front without a socket."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from keyhouse.core.caller import Caller, operator
from keyhouse.settings import load
from keyhouse.settings.prepare import bring_up_to_date, make_data_directory

PASSWORD = "correct horse battery"
OPERATOR: Caller = operator("tests")
CONTEXT_PATH = "/labkey"


@dataclass
class Answer:
    """What the front answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Client:
    """Speaks WSGI to the front; keeps cookies, as a browser does, unless told not to."""

    front: Any
    keeps_cookies: bool = True
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Answer:
        return self.request("GET", path, headers, query=query)

    def post(self, path: str, headers: dict[str, str] | None = None, **how: Any) -> Answer:
        """POST with one of `json`, `form` (the CSRF token goes along by itself as a header) or `body`."""
        return self.request("POST", path, headers, **how)

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **how: Any) -> Answer:
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        body = self._body(how, sent)
        if method == "POST" and how.get("csrf", True) and "X-LABKEY-CSRF" in self.cookies:
            sent.setdefault("x-labkey-csrf", self.cookies["X-LABKEY-CSRF"])
        if self.cookies:
            sent.setdefault("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        environ = self._environ(method, path, how.get("query") or {}, sent, body)
        return self._call(environ)

    def _body(self, how: dict[str, Any], sent: dict[str, str]) -> bytes:
        if "json" in how:
            sent.setdefault("content-type", "application/json")
            return json.dumps(how["json"]).encode()
        if "form" in how:
            sent.setdefault("content-type", "application/x-www-form-urlencoded")
            return urlencode(how["form"], doseq=True).encode()
        return how.get("body", b"")

    def _environ(self, method: str, path: str, query: Any, sent: dict[str, str], body: bytes) -> dict[str, Any]:
        path, _, inline = path.partition("?")
        special = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
        names = {special.get(name, "HTTP_" + name.upper().replace("-", "_")): value for name, value in sent.items()}
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": (CONTEXT_PATH + path).encode().decode("latin-1"),
            "QUERY_STRING": "&".join(part for part in (inline, urlencode(query, doseq=True)) if part),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8080",
            "HTTP_USER_AGENT": "tests/1.0",
            "REMOTE_ADDR": self.address,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.url_scheme": "http",
            **names,
        }

    def _call(self, environ: dict[str, Any]) -> Answer:
        started: list[Any] = []
        chunks = self.front(environ, lambda status, headers, *_: started.append((status, headers)))
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = started[-1]
        answer = Answer(int(status.split()[0]), list(headers), body)
        if self.keeps_cookies:
            self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for line in answer.all("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


@pytest.fixture(scope="session")
def _pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    # Most tests add users and few sign in: at the full cost, hashing would take longer than all else.
    Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 64, 1
    data = tmp_path_factory.mktemp("site")
    make_data_directory(data)
    bring_up_to_date(load(data, {"context_path": CONTEXT_PATH}, environ={}))
    _close()
    shutil.copy(data / "keyhouse.sqlite3", data / "pristine.sqlite3")
    return data


@pytest.fixture
def site(_pristine: Path) -> Iterator[Any]:
    """The services of a site without users; the database is as `keyhouse init` leaves it."""
    from keyhouse.server import site_of

    _close()
    for leftover in [*_pristine.glob("keyhouse.sqlite3*"), *_pristine.glob("lists.sqlite3*")]:
        leftover.unlink()
    shutil.copy(_pristine / "pristine.sqlite3", _pristine / "keyhouse.sqlite3")
    for leftover in [*(_pristine / "mail").iterdir(), *_pristine.glob("loggers.json")]:
        leftover.unlink()
    shutil.rmtree(_pristine / "files", ignore_errors=True)
    made = site_of(load(_pristine, {"context_path": CONTEXT_PATH}, environ={}))
    yield made
    made.registry.close()
    made.lists.database.close()
    made.log_levels.reset()
    _close()


@pytest.fixture
def front(site: Any) -> Any:
    """The WSGI application of the site."""
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    return Front(site, Inner())


@pytest.fixture
def client(front: Any) -> Client:
    """A guest who keeps cookies."""
    return Client(front)


@pytest.fixture
def admin(site: Any) -> Any:
    """The user admin@example.org, Site Administrator."""
    return site.users.add("admin@example.org", OPERATOR, PASSWORD, is_site_admin=True)


@pytest.fixture
def analyst(site: Any) -> Any:
    """The user analyst@example.org, who may read /home as everybody who has signed in may."""
    return site.users.add("analyst@example.org", OPERATOR, PASSWORD)


@pytest.fixture(scope="session")
def pbc_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's database, for reading."""
    from keyhouse.demo_data import build

    file = tmp_path_factory.mktemp("pbc") / "pbc.sqlite3"
    build(file)
    return file


def set_site(site: Any, **values: Any) -> None:
    """Change site settings by their wire names."""
    from keyhouse.siteconfig import store

    store.change(values, OPERATOR, site.recorder)


def issue(site: Any, user: Any, **how: Any) -> str:
    """Issue an API key and return its text."""
    return str(site.api_keys.issue(user, OPERATOR, how.pop("maximum_seconds", -1), **how).token.text)


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Answer:
    """Sign a client in through the API that pages and clients use."""
    client.get("/login-whoAmI.api")
    answer = client.post("/login-loginApi.api", form={"email": email, "password": password})
    assert answer.status == 200, answer.text
    return answer


def _close() -> None:
    from django.db import connections

    connections.close_all()
