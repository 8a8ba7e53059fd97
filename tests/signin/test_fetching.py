"""Documents of providers are fetched with care: what must not be reached is not reached, and the cause is said."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from keyhouse.signin.fetching import FetchFailed, address_problem, document_of, fetch, fetch_document
from keyhouse.signin.method import Provider, ProviderDown


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answers = {
            "/well": (200, {}, b"<well/>"),
            "/gone": (404, {}, b"no such thing"),
            "/here": (302, {"Location": "/well"}, b""),
            "/round": (302, {"Location": "/round"}, b""),
            "/away": (302, {"Location": "http://localhost:1/secret"}, b""),
            "/large": (200, {}, b"x" * 3000),
            "/drip": (200, {"Content-Length": "50"}, b"x"),
        }
        status, headers, body = answers[self.path]
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/drip":
            self.server.released.wait(10)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/here":
            self.send_response(302)
            self.send_header("Location", "/well")
            body = b""
        else:
            self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.released = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.released.set()
    server.shutdown()
    server.server_close()


def test_document_is_fetched(url):
    assert fetch_document(f"{url}/well") == b"<well/>"
    assert fetch_document(f"{url}/here") == b"<well/>"


def test_answer_of_any_status_is_returned_with_its_body(url):
    answer = fetch(f"{url}/x", b"grant_type=code")
    assert (answer.status, answer.text) == (400, "grant_type=code")


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/gone", "answered with status 404"),
        ("/away", "redirects to another host"),
        ("/round", "status 302"),
    ],
)
def test_what_is_not_the_document_is_refused_with_its_cause(url, path, cause):
    with pytest.raises(FetchFailed, match=cause):
        fetch_document(f"{url}{path}")


def test_answer_is_bounded(url):
    with pytest.raises(FetchFailed, match="more than 2,000 bytes"):
        fetch(f"{url}/large", most_bytes=2000)


def test_who_drips_is_left(url):
    with pytest.raises(FetchFailed, match=r"no answer within 0\.2 seconds"):
        fetch(f"{url}/drip", seconds=0.2)


def test_what_is_posted_is_not_sent_on(url):
    with pytest.raises(FetchFailed, match="redirects what was posted"):
        fetch(f"{url}/here", b"client_secret=x")


def test_provider_that_is_down_is_named_to_the_person_and_its_cause_to_the_log():
    provider = Provider(1, "saml", "Our Institute", {}, "http://localhost")
    with pytest.raises(ProviderDown, match="Our Institute cannot be reached") as failure:
        document_of(provider, "http://127.0.0.1:1/metadata")
    assert "the connection was refused" in failure.value.detail


@pytest.mark.parametrize(
    "address",
    [
        "http://idp.example.org/metadata",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https://",
        "https://me:secret@idp.example.org/",
        "https://idp.example.org/a b",
        "https://idp.example.org/\r\nX: y",
        "https://[::1",
        "https://idp.example.org:99999/",
        "http://127.0.0.1.example.org/",
    ],
)
def test_address_that_is_not_encrypted_or_no_address_is_never_asked(address):
    assert address_problem(address)
    with pytest.raises(FetchFailed):
        fetch(address)


@pytest.mark.parametrize("address", ["https://idp.example.org/x?y=1", "http://localhost:8080/x", "http://[::1]:80/"])
def test_good_address_is_well(address):
    assert not address_problem(address)
