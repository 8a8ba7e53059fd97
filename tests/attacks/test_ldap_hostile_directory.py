"""Attack: a directory, or who sits on its address, answers with what no directory says, or without end."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.providers.slapd import configured
from tests.providers.slapd_visits import by_form

BIND, SEARCH = 0x60, 0x63
PAGES = b"1.2.840.113556.1.4.319"
BASE = "dc=example,dc=org"


def ber(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x84" + len(body).to_bytes(4, "big")
    return bytes([tag]) + size + body


def entry(dn: bytes, **attributes: bytes) -> bytes:
    pairs = (ber(0x30, ber(4, name.encode()), ber(0x31, ber(4, value))) for name, value in attributes.items())
    return ber(0x64, ber(4, dn), ber(0x30, *pairs))


def result(tag: int, cookie: bytes = b"") -> list[bytes]:
    controls = ber(0xA0, ber(0x30, ber(4, PAGES), ber(4, ber(0x30, ber(2, b"\0"), ber(4, cookie)))))
    return [ber(tag, b"\x0a\x01\0\x04\0\x04\0"), *([controls] if cookie else [])]


class Hostile:
    """Speaks LDAP as a test wants: each search is answered with messages, or with nothing at all."""

    def __init__(self, answers: Callable[[int], list[list[bytes]]]) -> None:
        self.searches = 0
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"ldap://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._talk, args=[self._socket.accept()[0]], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while data := connection.recv(65536):
                number, kind = _read(data)
                for message in self._said(kind):
                    connection.sendall(ber(0x30, ber(2, number), *message))

    def _said(self, kind: int) -> list[list[bytes]]:
        if kind == BIND:
            return [result(0x61)]
        if kind != SEARCH:
            return []
        self.searches += 1
        return self._answers(self.searches)


def _read(data: bytes) -> tuple[bytes, int]:
    at = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    return data[at + 2 : at + 2 + data[at + 1]], data[at + 2 + data[at + 1]]


@pytest.fixture
def hostile(site, directory) -> Iterator[Callable[..., Hostile]]:
    made: list[Hostile] = []

    def listen(answers: Callable[[int], list[list[bytes]]], **settings: object) -> Hostile:
        made.append(Hostile(answers))
        how = {"security": "none", "search_base": BASE, "bind_dn": "", "bind_password": "", "search_seconds": 1}
        configured(site, directory, servers=made[-1].url, creates_accounts=True, **how, **settings)
        return made[-1]

    yield listen
    for each in made:
        each.close()


def erika(dn: bytes = b"uid=erika,dc=example,dc=org", **more: bytes) -> list[bytes]:
    said = {"uid": b"erika", "mail": b"erika@example.org", "entryUUID": b"e1"}
    return [entry(dn, **{**said, **more})]


def test_groups_that_never_end_hold_nobody(front, hostile):
    groups = {"group_kind": "groupOfNames", "group_base": BASE}
    server = hostile(lambda n: [erika(), result(0x65)] if n == 1 else [result(0x65, b"more")], **groups)
    assert "does not say enough about your account" in by_form(front, "erika").text
    assert server.searches < 100


def test_a_search_of_groups_that_is_never_answered_ends(front, hostile):
    groups = {"group_kind": "groupOfNames", "group_base": BASE}
    hostile(lambda n: [erika(), result(0x65)] if n == 1 else [], **groups)
    assert by_form(front, "erika").status == 503


@pytest.mark.parametrize(
    "said",
    [
        erika(b"uid=\xff\xfe,dc=example"),
        erika(mail=b"\xff\0@example.org"),
        erika(mail=b"erika\0@example.org", displayName=b"\0\xff" * 300),
        erika(cn=b"Erika\r\nX: y\0", displayName=b""),
        [entry(b"", uid=b"erika")],
        [b"\x64\x03\x04\x7f\x00"],
        [ber(0x73, ber(4, b"ldap://127.0.0.1:1/dc=evil"))],
    ],
)
def test_what_no_directory_says_is_no_error_of_ours(front, hostile, said):
    hostile(lambda n: [said, result(0x65)])
    assert by_form(front, "erika").status in {303, 401, 403, 503}
    # Once more: an identity that is known by now is written, too.
    assert by_form(front, "erika").status in {303, 401, 403, 503}


def test_thousands_of_entries_that_nobody_asked_for_are_nobody(front, hostile):
    hostile(lambda n: [*(erika(f"uid=e{each},dc=example".encode()) for each in range(3000)), result(0x65)])
    assert by_form(front, "erika").status == 401


def test_the_test_of_a_configuration_says_so_too(site, hostile):
    from keyhouse.signin.models import Configuration

    hostile(lambda n: [erika(b"uid=\xff"), result(0x65)])
    told = [each for each in site.configurations.test(Configuration.objects.get()) if not each.is_ok]
    assert "no text in UTF-8" in told[-1].text


@pytest.mark.parametrize("security", ["ldaps", "starttls"])
def test_a_handshake_that_never_ends_holds_nobody(front, site, directory, security):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scheme = "ldaps" if security == "ldaps" else "ldap"
        server = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        configured(site, directory, servers=server, security=security, connect_seconds=1, search_seconds=1)
        assert by_form(front, "erika").status == 503
