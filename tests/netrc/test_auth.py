"""The authentication objects for requests and httpx: what they send, what they refuse, what they say."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import httpx
import pytest
import requests

from keyhouse.netrc import HttpxAuth, NetrcParseError, RequestsAuth

FILE = b"machine 127.0.0.1 login ada password T0pSecret\nmachine h.test login bob password other\n"


class _Recorder(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.headers.get("Authorization"))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Recorder) as running:
        running.seen = []
        running.url = f"http://127.0.0.1:{running.server_port}/"
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_bytes(FILE)
    return str(path)


def _basic(login: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def _request(url: str, **headers: str) -> SimpleNamespace:
    return SimpleNamespace(url=url, headers=headers)


def test_requests_sends_the_entry_of_the_machine(server, file):
    requests.get(server.url, auth=RequestsAuth(file), timeout=10)
    session = requests.Session()
    session.auth = RequestsAuth(file)
    session.get(server.url, timeout=10)
    assert server.seen == [_basic("ada", "T0pSecret")] * 2


def test_requests_keeps_a_header_the_program_sets_itself(server, file):
    requests.get(server.url, auth=RequestsAuth(file), headers={"Authorization": "Bearer mine"}, timeout=10)
    assert server.seen == ["Bearer mine"]


def test_httpx_sends_the_entry_of_the_machine(server, file):
    httpx.get(server.url, auth=HttpxAuth(file), timeout=10)
    assert server.seen == [_basic("ada", "T0pSecret")]


def test_httpx_is_given_a_callable_and_a_flow_that_both_set_the_header(file):
    for send in (HttpxAuth(file), lambda request: next(HttpxAuth(file).auth_flow(request))):
        request = _request("https://h.test/")
        assert send(request) is request
        assert request.headers == {"Authorization": _basic("bob", "other")}


def test_a_machine_without_entry_gets_nothing_and_hears_why(file):
    auth = RequestsAuth(file)
    assert auth(_request("https://elsewhere.test/")).headers == {}
    assert "no entry for elsewhere.test" in str(auth.explain("https://elsewhere.test/"))


def test_the_file_is_the_one_netrc_names_or_that_of_the_home_folder(file, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", file)
    assert RequestsAuth().explain("https://h.test/").path == file
    monkeypatch.delenv("NETRC")
    assert "no netrc file" in str(RequestsAuth().explain("https://h.test/"))
    (tmp_path / ".netrc").touch(0o600)
    (tmp_path / ".netrc").write_bytes(FILE)
    assert RequestsAuth().explain("https://h.test/").path == str(tmp_path / ".netrc")


def test_an_explanation_names_entry_and_reason_and_never_the_secret(file):
    explanation = RequestsAuth(file).explain("https://h.test/")
    assert str(explanation).startswith("login 'bob', secret of 5 bytes, fingerprint ")
    assert str(explanation).endswith("line 2: machine h.test")
    assert "other" not in repr(explanation).replace(file, "") + repr(RequestsAuth(file))


def test_what_clients_read_differently_is_refused(tmp_path):
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_bytes(b"machine h.test login bob password two Words\n")
    with pytest.raises(NetrcParseError) as refused:
        RequestsAuth(str(path))(_request("https://h.test/"))
    assert "Words" not in str(refused.value)


def test_a_file_others_may_read_is_refused_with_the_command_that_helps(tmp_path):
    path = tmp_path / "keys"
    path.write_bytes(FILE)
    path.chmod(0o644)
    with pytest.raises(NetrcParseError, match="chmod 600"):
        RequestsAuth(str(path)).explain("https://h.test/")


def test_an_entry_without_password_is_not_sent(tmp_path):
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_bytes(b"machine h.test login bob\n")
    assert "lacks" in str(RequestsAuth(str(path)).explain("https://h.test/"))


def test_of_two_entries_the_first_is_sent_and_the_other_is_told(tmp_path):
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_bytes(b"machine h.test login a password b\nmachine h.test login c password d\n")
    explanation = RequestsAuth(str(path)).explain("https://h.test/")
    assert explanation.login == "a"
    assert "1 more" in explanation.why
