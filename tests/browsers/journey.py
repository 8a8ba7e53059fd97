"""Journeys: a person signs in through real Chromium at a real Keyhouse, makes keys, and scripts use them.

A test asks for the fixture ``journey`` (and ``journey_site``, one for the file), gives the site what it needs, walks::

    def test_the_journey_with_saml(journey, journey_site, identity_provider):
        journey_site.add_user("ana@example.org", name="Ana Lyst")              # without a password
        number = journey_site.configure("saml", "Campus login", {"metadata": identity_provider.metadata},
                                        links_accounts=True)
        def at_the_provider(page):                                             # begins on Keyhouse's sign-in page
            page.get_by_role("link", name="Campus login").click()
            page.get_by_label("User").fill("ana")
            ...
        journey.sign_in(at_the_provider, "Signing in at the identity provider")
        api_key, session_key = journey.make_api_key(), journey.make_session_key()
        assert journey.who_am_i(api_key) == "ana@example.org"                  # the official client, a netrc file
        assert journey.select_rows(session_key)
        with journey.step("The identity provider says that she is gone"):
            identity_provider.sign_out("ana")
        journey.expect_session_ended(session_key)
        journey.expect_works(api_key)

- ``make show METHOD=saml`` runs the tests of ``test_sign_in_saml.py`` that have "journey" in their name, and each step
  prints a line. Name a step as a person would tell it; wrap what you do yourself in ``with journey.step("…"):``.
- The site is at http://localhost:PORT/labkey (``journey_site.url``; WebAuthn wants localhost). Nothing is restarted:
  ``add_user``, ``configure``, ``set_site`` and ``deactivate`` hold at once. A provider that must know our addresses
  before there is a configuration asks ``journey_site.callback("saml-validate.view")``.
- ``configure`` with a description that is there changes that configuration. Secrets are given apart and are sealed.
- ``journey.page`` is an ordinary playwright page; a complaint of our own pages (a broken policy, a script
  error) fails the test. A step that fails prints where the browser is, what stands there, and the server's last lines.
  ``journey.another_browser()`` is a journey in a browser that shares nothing with the first.
- ``journey_site.events("signed in")`` reads the audit log.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, BrowserContext, Error, Page

from keyhouse.core.tokens import TokenKind
from tests.browsers.journey_operator import ADMIN, PASSWORD
from tests.browsers.live import ROOT, _answering, _free_port

__all__ = ["ADMIN", "PASSWORD", "Journey", "JourneySite"]
_TOOLS_PAGE = "security-externalToolsView.view"
_CLIENT = """
import json, sys
from labkey.api_wrapper import APIWrapper
client = APIWrapper(sys.argv[1], "home", "labkey", use_ssl=False)
me = client.security.who_am_i()
rows = client.query.select_rows("pbc", "patients", max_rows=3)["rows"] if sys.argv[2] == "rows" else []
print(json.dumps({"me": me.email, "rows": rows}))
"""


@dataclass
class JourneySite:
    """A running site, and beside it a process that gives it people and ways to sign in."""

    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=_free_port)

    @property
    def host(self) -> str:
        """What a netrc file and a client call the site."""
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        """Where the site lives, without a slash at the end."""
        return f"http://{self.host}/labkey"

    def __enter__(self) -> Self:
        operating = [sys.executable, "-m", "tests.browsers.journey_operator", str(self.data)]
        environ = self._environment()
        self._operator = subprocess.Popen(
            operating, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()
        server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "keyhouse.server:application"]
        server += ["--host", "127.0.0.1", "--port", str(self.port), "--blocking-threads", "8"]
        with (self.data / "server.log").open("wb") as log:
            self._server = subprocess.Popen(server, cwd=ROOT, env=environ, stdout=log, stderr=log)
        _answering(self.url, self._server, self.data)
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in (self._server, self._operator):
            process.terminate()
            process.wait(20)

    def add_user(self, email: str, password: str | None = None, name: str = "", is_site_admin: bool = False) -> int:
        """Add a person and return their number; without a password they come by a provider."""
        return int(self._do("add_user", email=email, password=password, name=name, is_site_admin=is_site_admin))

    def deactivate(self, email: str) -> None:
        """Deactivate a person."""
        self._do("deactivate", email=email)

    def set_site(self, **values: Any) -> None:
        """Change settings of the site, by the names they have on the wire."""
        self._do("set_site", values=values)

    def configure(
        self,
        kind: str,
        description: str,
        settings: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
        domains: Sequence[str] = (),
        creates_accounts: bool | None = None,
        links_accounts: bool = False,
    ) -> int:
        """Add an enabled way to sign in, or change the one of this description; return its number."""
        given = {"kind": kind, "description": description, "settings": dict(settings), "secrets": dict(secrets or {})}
        given |= {"domains": list(domains), "creates_accounts": creates_accounts, "links_accounts": links_accounts}
        return int(self._do("configure", **given))

    def callback(self, name: str) -> str:
        """Return the whole address of an action of the configuration that will be made next."""
        return f"{self.url}/{name}?configuration={self._do('number_to_come')}"

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return what the audit log has of one kind, oldest first."""
        return list(self._do("events", kind=kind))

    def log(self) -> str:
        """Return what the server printed."""
        return (self.data / "server.log").read_text("utf-8", "replace")

    def _do(self, command: str, **given: Any) -> Any:
        assert self._operator.stdin is not None
        self._operator.stdin.write(json.dumps({"do": command, **given}) + "\n")
        self._operator.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._operator.stdout is not None
        line = self._operator.stdout.readline()
        assert line, "the operator of the site ended; its traceback is above"
        return json.loads(line)

    def _environment(self) -> dict[str, str]:
        ours = {"KEYHOUSE_DATA": str(self.data), "KEYHOUSE_CONTEXT_PATH": "/labkey", "KEYHOUSE_BASE_URL": self.url}
        return {**os.environ, **ours, "KEYHOUSE_PORT": str(self.port), **self.environment}


class Journey:
    """One person in one browser, and the scripts that this person runs."""

    def __init__(self, site: JourneySite, browser: Browser, folder: Path) -> None:
        self.site = site
        self.complaints: list[str] = []
        self._browser = browser
        self._folder = folder
        self._opened: list[BrowserContext] = []
        self._scripts = 0
        self.page = self._open()

    def another_browser(self) -> "Journey":
        """Return a journey in a browser that shares nothing with this one; it is closed together with it."""
        other = Journey(self.site, self._browser, self._folder)
        self._opened += other._opened
        other.complaints = self.complaints
        return other

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        """Tell what is done now, and whether it went well."""
        print(f"  {words} … ", end="", flush=True)
        try:
            yield
        except BaseException:
            print(f"FAILED\n{self._scene()}", flush=True)
            raise
        print("ok", flush=True)

    def open_sign_in_page(self) -> Page:
        """Open the sign-in page."""
        self.page.goto(f"{self.site.url}/login-login.view")
        return self.page

    def sign_in(self, how: Callable[[Page], None], words: str = "Signing in") -> None:
        """Open the sign-in page, do what this person does, and wait until the site knows them."""
        with self.step(words):
            how(self.open_sign_in_page())
            self.page.wait_for_url(lambda url: url.startswith(self.site.url) and "/login-" not in url)
            assert self.signed_in_as() != "guest"

    def signed_in_as(self) -> str:
        """Return the address of who is signed in in the browser, or ``guest``."""
        return str(self.page.request.get(f"{self.site.url}/login-whoAmI.api").json()["email"])

    def make_api_key(self) -> str:
        """Generate an API key on External Tool Access and return it."""
        return self._make("Generate API Key", "API key")

    def make_session_key(self) -> str:
        """Generate a session key on External Tool Access and return it."""
        return self._make("Generate Session Key", "Session key")

    def who_am_i(self, key: str) -> str:
        """Ask the site who a key acts as: the official Python client, a process and a netrc file of its own."""
        with self.step(f"A script with the {_words(key)} in a netrc file asks who it is, by the official client"):
            return str(self._client(key, "me")["me"])

    def select_rows(self, key: str) -> list[dict[str, Any]]:
        """Read rows of real data with a key: the official Python client, a process and a netrc file of its own."""
        with self.step(f"A script with the {_words(key)} in a netrc file reads rows, by the official client"):
            rows: list[dict[str, Any]] = self._client(key, "rows")["rows"]
            assert len(rows) == 3
            return rows

    def expect_works(self, key: str) -> None:
        """See that a key works."""
        with self.step(f"The {_words(key)} works"):
            status, body = self._asked(key)
            assert status == 200, body

    def expect_session_ended(self, key: str, within_seconds: float = 10) -> None:
        """See a session key refused because its session has ended; a provider may take a moment to say so."""
        with self.step(f"The {_words(key)} is refused: its session has ended"):
            self._expect_refused(key, "session_ended", within_seconds)

    def expect_refused(self, key: str, reason: str) -> None:
        """See a key refused for this reason."""
        with self.step(f"The {_words(key)} is refused ({reason})"):
            self._expect_refused(key, reason, 0)

    def sign_out(self) -> None:
        """Sign out through the menu of the page."""
        with self.step("Signing out"):
            self.page.goto(f"{self.site.url}/home/project-begin.view")
            self.page.locator("#user-menu").click()
            self.page.get_by_role("button", name="Sign out").click()
            self.page.wait_for_load_state()

    def close(self) -> None:
        """Close every browser of this journey; none of our own pages may have complained."""
        for context in self._opened:
            context.close()
        assert self.complaints == []

    def _scene(self) -> str:
        try:
            text = self.page.locator("body").inner_text(timeout=2000)
        except Error as error:
            text = f"(the page cannot be read: {error})"
        return f"--- {self.page.url}\n{text[:2000]}\n--- the server's log\n{self.site.log()[-2000:]}"

    def _make(self, button: str, label: str) -> str:
        words = "an API key" if label == "API key" else "a session key"
        with self.step(f"Making {words} on External Tool Access"):
            self.page.goto(f"{self.site.url}/{_TOOLS_PAGE}")
            self.page.get_by_role("button", name=button).click()
            return self.page.get_by_label(label, exact=True).input_value()

    def _client(self, key: str, what: str) -> dict[str, Any]:
        self._scripts += 1
        netrc = self._folder / f"netrc{id(self)}-{self._scripts}"
        netrc.write_text(f"machine localhost login apikey password {key}\n")
        netrc.chmod(0o600)
        line = [sys.executable, "-c", _CLIENT, self.site.host, what]
        done = subprocess.run(line, env={**os.environ, "NETRC": str(netrc)}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def _asked(self, key: str) -> tuple[int, dict[str, Any]]:
        try:
            with urlopen(Request(f"{self.site.url}/login-whoAmI.api", headers={"apikey": key}), timeout=20) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    def _expect_refused(self, key: str, reason: str, within_seconds: float) -> None:
        deadline = time.monotonic() + within_seconds
        while True:
            status, body = self._asked(key)
            if status == 401 or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert (status, body.get("reason")) == (401, reason)

    def _open(self) -> Page:
        # Providers of the tests certify themselves.
        context = self._browser.new_context(viewport={"width": 1280, "height": 900}, ignore_https_errors=True)
        context.set_default_timeout(20_000)
        self._opened.append(context)
        page = context.new_page()
        page.on("console", self._note_complaint)
        page.on("pageerror", lambda error: self._note(page.url, str(error)))
        return page

    def _note_complaint(self, said: Any) -> None:
        # The browser itself notes each answer of 4xx; some journeys ask for one.
        if said.type in {"error", "warning"} and "Failed to load resource" not in said.text:
            self._note(said.location.get("url", ""), said.text)

    def _note(self, url: str, text: str) -> None:
        if url.startswith(self.site.url):
            self.complaints.append(text)


def _words(key: str) -> str:
    return "session key" if key.startswith(TokenKind.SESSION_KEY.value) else "API key"
