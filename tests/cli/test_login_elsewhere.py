"""Signing in at servers that are no Keyhouse, or mean harm."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keyhouse.cli import login, logout, rotate

LABKEY_KEY = "0123456789abcdef" * 4
CODES = {"device_code": "d", "user_code": "BCDF-GHJK", "expires_in": 60, "interval": 0}
Answers = dict[str, tuple[int, Any]]


@pytest.fixture
def presented() -> list[str]:
    """Every credential that the servers of a test were shown."""
    return []


@pytest.fixture
def serve(presented: list[str]) -> Iterator[Callable[[Answers], str]]:
    """Run a server that gives these answers by the last part of the path, and 404 with HTML to all else."""
    servers = []

    def start(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                presented.extend(self.headers.get_all("Authorization") or [])
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                name = self.path.partition("?")[0].rpartition("/")[2]
                status, body = answers.get(name, (404, "<html>no such action</html>"))
                raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "https://evil.example.org/\x1b[31m")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def log_message(self, *_: object) -> None:
                """Keep the output of the suite clean."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "netrc"


def command(module: Any, url: str, file: Path, *more: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(module.command, [url, "--netrc-file", str(file), *more], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def whoami(email: str = "ada@example.org") -> Answers:
    return {"login-whoAmI.api": (200, {"id": 1005, "email": email, "displayName": "Ada"})}


def codes(page: str, **more: Any) -> Answers:
    return {"device-authorize.api": (200, {**CODES, "verification_uri": page, **more})}


def test_labkey_server_without_device_login_is_explained(serve, file):
    url = serve(whoami())
    result = command(login, url, file, "--no-browser")
    assert result.exit_code == 3
    assert f"{url}/security-externalToolsView.view" in result.stderr
    assert f"keyhouse login {url} --with-key" in result.stderr
    assert not file.exists()


def test_key_of_a_labkey_server_is_verified_and_stored(serve, file):
    result = command(login, serve(whoami()), file, "--with-key", text=LABKEY_KEY + "\n")
    assert (result.exit_code, "ada@example.org" in result.stdout) == (0, True)
    assert file.read_text() == f"machine 127.0.0.1 login apikey password {LABKEY_KEY}\n"


def test_key_that_a_labkey_server_takes_for_a_guest_is_not_stored(serve, file):
    guest = {"login-whoAmI.api": (200, {"id": 0, "email": "guest"})}
    result = command(login, serve(guest), file, "--with-key", text=LABKEY_KEY + "\n")
    assert (result.exit_code, file.exists()) == (1, False)


def test_key_of_a_labkey_server_is_not_revoked_by_guess(serve, file):
    url = serve(whoami())
    file.write_text(f"machine 127.0.0.1 login apikey password {LABKEY_KEY}\n")
    result = command(logout, url, file)
    assert (result.exit_code, f"keyhouse logout {url} --local" in result.stderr) == (3, True)
    assert LABKEY_KEY in file.read_text()
    rotated = command(rotate, url, file)
    assert (rotated.exit_code, f"keyhouse login {url}" in rotated.stderr) == (3, True)


def test_site_that_issues_no_keys_says_so(serve, file):
    off = {"device-authorize.api": (404, {"success": False, "exception": "Creation of API keys is disabled"})}
    assert "Ask its administrator" in command(login, serve(off), file).stderr


@pytest.mark.parametrize("page", ["javascript:alert(1)", "file:///etc/passwd", "--help", "http://x/\x1b[31m", 7, None])
def test_page_that_is_no_web_page_is_never_opened(serve, file, page, monkeypatch):
    import webbrowser

    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("the browser was opened"))
    result = command(login, serve(codes(page)), file)
    assert (result.exit_code, "does not answer as a site" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    "secret", ["x\nmachine bank.example.org login eve password y", "two words", "", '"quoted"', "k" * 600, ["list"]]
)
def test_server_cannot_write_more_than_a_key_into_the_file(serve, file, secret):
    answers = {**codes("https://x.example.org/"), "device-token.api": (200, {"access_token": secret})}
    assert command(login, serve({**answers, **whoami()}), file, "--no-browser").exit_code == 3
    assert not file.exists()


@pytest.mark.parametrize("secret", ["x\nmachine y", "a b"])
def test_server_cannot_write_more_than_a_key_when_rotating(serve, file, secret):
    content = "machine 127.0.0.1 login apikey password khk_aaaaaaaaaaaa_b\n"
    file.write_text(content)
    assert command(rotate, serve({"security-rotateApiKey.api": (200, {"apikey": secret})}), file).exit_code == 3
    assert file.read_text() == content


@pytest.mark.parametrize("more", [{"user_code": "\x1b[2Jowned"}, {"expires_in": "soon"}, {"interval": None}, {}])
def test_made_up_answers_steer_no_terminal_and_end_in_one_line(serve, file, more):
    ended = {"device-token.api": (400, {"error": "access_denied", "exception": "\x1b[31mred"})}
    result = command(login, serve({**codes("https://x.example.org/", **more), **ended}), file, "--no-browser")
    assert result.exit_code in {1, 3}
    assert "\x1b" not in result.output


def test_no_redirect_is_followed(serve, file):
    result = command(login, serve({"device-authorize.api": (302, "")}), file)
    assert (result.exit_code, "sends on to https://evil" in result.stderr) == (3, True)
    assert "\x1b" not in result.output


def test_start_of_a_login_shows_no_key(serve, file, presented):
    file.write_text("machine 127.0.0.1 login apikey password khk_aaaaaaaaaaaa_secret\n")
    command(login, serve({}), file)
    command(login, serve({**codes("https://x.example.org/"), "device-token.api": (400, {"error": "x"})}), file)
    assert presented == []
