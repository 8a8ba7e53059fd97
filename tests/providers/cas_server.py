"""A real CAS server: django-cas-server, a process of its own with its own settings and database.

python -m tests.providers.cas_server FOLDER PORT     serves until it is ended, and obeys lines of JSON meanwhile
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener, urlopen

import pytest

PASSWORD = "a swan on the lake"
PEOPLE: dict[str, dict[str, Any]] = {
    "ana": {
        "mail": "analyst@example.org",
        "displayName": "Ana Lyst",
        "memberOf": ["trial", "students"],
        "employeeNumber": "4711",
    },
    "bob": {"mail": "bob@example.org", "displayName": "Bob Builder", "authnContextClass": "mfa-duo"},
    "eve": {
        "mail": "eve@example.org",
        "displayName": "<b>Eve & Co.</b>",
        "authenticationMethod": ["pwd", "mfa-webauthn"],
    },
    "nomail": {"displayName": "Without Address"},
}
_ROOT = Path(__file__).parents[2]


@dataclass
class CasServer:
    """A running CAS server; `register` lets addresses of ours be services of it."""

    folder: Path
    port: int
    process: subprocess.Popen[str] = field(repr=False)

    @property
    def url(self) -> str:
        """The address that a configuration names."""
        return f"http://127.0.0.1:{self.port}/cas"

    def register(self, pattern: str, proxies: bool = False) -> None:
        """Let the addresses that fit a pattern be services, with single logout."""
        self._do("register", pattern=pattern, proxies=proxies)

    def ticket(self, user: str, service: str, kind: str = "ST") -> str:
        """Return a ticket for a service as a person gets it who signs in there; PT is one that a proxy asked for."""
        return str(self._do("ticket", user=user, service=service, kind=kind))

    def sign_out(self, user: str) -> None:
        """End every session of a person, as the server's own sign-out does: each service is told."""
        self._do("sign_out", user=user)

    def _do(self, command: str, **given: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": command, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, (self.folder / "cas.log").read_text("utf-8", "replace")
        return json.loads(line)


class Person:
    """Somebody with a browser at the CAS server, without the browser: cookies, forms, and where it leads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())

    def sign_in(self, login_url: str) -> str:
        """Open the sign-in page, fill it in where it asks, and return the address that it leads back to."""
        answer = self._open(login_url)
        if location := answer.headers.get("Location"):
            return str(location)
        form = {**_hidden_of(answer.read().decode()), "username": self.name, "password": PASSWORD}
        answer = self._open(login_url, urlencode(form).encode())
        location = answer.headers.get("Location")
        assert location, answer.read().decode()
        return str(location)

    def _open(self, url: str, body: bytes | None = None) -> Any:
        try:
            return self._opener.open(Request(url, body), timeout=20)
        except HTTPError as error:
            return error


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden":
            self.values[str(found["name"])] = found.get("value") or ""


def _hidden_of(page: str) -> dict[str, str]:
    reader = _Hidden()
    reader.feed(page)
    return reader.values


@contextmanager
def running(folder: Path) -> Iterator[CasServer]:
    """Serve in this directory until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    line = [sys.executable, "-m", "tests.providers.cas_server", str(folder), str(port)]
    with (folder / "cas.log").open("w") as log:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen(line, cwd=_ROOT, stderr=log, text=True, **pipes)
        try:
            yield _answering(CasServer(folder, port, process))
        finally:
            process.terminate()
            process.wait(20)


def _answering(server: CasServer) -> CasServer:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urlopen(server.url + "/login", timeout=5):
                return server
        except OSError:
            time.sleep(0.1)
    raise RuntimeError((server.folder / "cas.log").read_text("utf-8", "replace")[-2000:])


@pytest.fixture(scope="session")
def cas_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CasServer]:
    """A CAS server for all tests, with the people above."""
    with running(tmp_path_factory.mktemp("cas")) as server:
        yield server


class Directory:
    """The people above, as the server asks for them."""

    def __init__(self, username: str) -> None:
        self.username = username

    def test_password(self, password: str) -> bool:
        return self.username in PEOPLE and password == PASSWORD

    def attributs(self) -> dict[str, Any]:
        return PEOPLE.get(self.username, {})


def _settings(folder: Path) -> dict[str, Any]:
    processors = ["request", "debug"]
    context = [f"django.template.context_processors.{name}" for name in processors]
    context += ["django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]
    nothing = dict.fromkeys(("bootstrap4_css", "bootstrap4_js", "jquery", "html5shiv", "respond"), "data:,")
    return {
        "SECRET_KEY": "only for the tests",
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": __name__,
        "STATIC_URL": "/static/",
        "USE_TZ": True,
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "cas.sqlite3",
                "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            }
        },
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "INSTALLED_APPS": [
            *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages", "staticfiles")),
            "cas_server",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": context},
            }
        ],
        "SESSION_COOKIE_NAME": "cas_session",
        "CSRF_COOKIE_NAME": "cas_csrf",
        "SESSION_COOKIE_PATH": "/cas",
        "CAS_AUTH_CLASS": f"{__name__}.Directory",
        "CAS_COMPONENT_URLS": nothing,
        "CAS_NEW_VERSION_HTML_WARNING": False,
        "CAS_NEW_VERSION_EMAIL_WARNING": False,
        "CAS_SHOW_POWERED": False,
    }


def _register(pattern: str, proxies: bool) -> None:
    from cas_server.models import ReplaceAttributName, ServicePattern

    values = {"name": pattern, "single_log_out": True, "proxy": proxies}
    service, _ = ServicePattern.objects.update_or_create(values, pattern=pattern)
    ReplaceAttributName.objects.get_or_create(service_pattern=service, name="*")


def _ticket(user: str, service: str, kind: str) -> str:
    from cas_server.models import Proxy, ProxyTicket, ServicePattern, ServiceTicket, User

    person, _ = User.objects.get_or_create(username=user, session_key=f"of-{user}")
    model = ProxyTicket if kind == "PT" else ServiceTicket
    ticket = person.get_ticket(model, service, ServicePattern.validate(service), renew=False)
    if kind == "PT":
        Proxy.objects.create(proxy_ticket=ticket, url="https://another.example.org/")
    return str(ticket.value)


def _sign_out(user: str) -> None:
    from cas_server.models import User

    for person in User.objects.filter(username=user):
        person.logout()
        person.delete()


_COMMANDS = {"register": _register, "ticket": _ticket, "sign_out": _sign_out}


def _serve(folder: Path, port: int) -> None:
    from socketserver import ThreadingMixIn
    from threading import Thread
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    import django
    from django.conf import settings
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    sys.modules["tests.providers.cas_server"] = sys.modules[__name__]
    settings.configure(**{**_settings(folder), "DEBUG": True})
    django.setup()
    _route()
    call_command("migrate", verbosity=0)

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Handler(WSGIRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            print(self.path, *arguments[1:], file=sys.stderr, flush=True)

    server = Server(("127.0.0.1", port), Handler)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    Thread(target=server.serve_forever, daemon=True).start()
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(_COMMANDS[asked.pop("do")](**asked)), flush=True)


urlpatterns: list[Any] = []


def _route() -> None:
    from django.urls import include, path

    urlpatterns.append(path("cas/", include("cas_server.urls", namespace="cas_server")))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
