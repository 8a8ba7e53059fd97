"""Attack: stand between the site and its directory, and have passwords sent in the clear or to oneself."""

import socket
import ssl
import threading
from contextlib import suppress

import pytest

from tests.providers.authority import Authority
from tests.providers.slapd import READER_PASSWORD, configured
from tests.providers.slapd_visits import by_form, events

SECRETS = (b"right donkey clip", READER_PASSWORD.encode())
# An ExtendedResponse that says protocolError to the first request (RFC 4511, 4.12).
REFUSES_TLS = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"


class Listener:
    """Takes connections, remembers what came in the clear, and answers each first message in one way."""

    def __init__(self, answer: bytes = b"", context: ssl.SSLContext | None = None) -> None:
        self.heard = b""
        self._answer, self._context = answer, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(3)
                with suppress(OSError):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True)
        while data := connection.recv(4096):
            self.heard += data
            if self._answer:
                connection.sendall(self._answer)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener():
    made = []

    def listen(*arguments):
        made.append(Listener(*arguments))
        return made[-1]

    yield listen
    for each in made:
        each.close()


def server_context(tmp_path, authority: Authority, host: str, is_expired: bool = False) -> ssl.SSLContext:
    certificate, key = authority.issue(host, is_expired)
    (tmp_path / "c.pem").write_text(certificate)
    (tmp_path / "k.pem").write_text(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    return context


def findings(site, row):
    return " ".join(f"{each.text} {each.advice}" for each in site.configurations.test(row) if not each.is_ok)


def is_down(front) -> bool:
    return by_form(front, "erika").status == 503


def test_a_server_that_refuses_starttls_gets_no_password(site, front, listener, directory):
    stripped = listener(REFUSES_TLS)
    row = configured(site, directory, servers=f"ldap://127.0.0.1:{stripped.port}")
    assert is_down(front)
    assert stripped.heard and not any(secret in stripped.heard for secret in SECRETS)
    assert "the server refuses StartTLS" in findings(site, row)


def test_a_directory_that_knows_no_tls_gets_no_password(site, front, directory_without_tls):
    configured(site, directory_without_tls)
    assert is_down(front)
    (event,) = events("sign-in failed")
    assert directory_without_tls.url in event.comment


def test_a_certificate_of_another_authority_is_refused(site, front, directory):
    row = configured(site, directory, ca_certificate=Authority("Somebody else").pem)
    assert is_down(front)
    assert "its certificate is refused" in findings(site, row)
    (event,) = events("sign-in failed")
    assert "its certificate is refused" in event.comment


def test_a_certificate_of_no_authority_at_all_is_refused(site, front, directory):
    configured(site, directory, ca_certificate="")
    assert is_down(front)


@pytest.mark.parametrize("security", ["starttls", "ldaps"])
def test_a_certificate_of_another_host_is_refused(site, front, directory, security):
    elsewhere = directory.url.replace("127.0.0.1", "127.0.0.2")
    servers = elsewhere if security == "starttls" else directory.tls_url.replace("127.0.0.1", "localhost")
    row = configured(site, directory, security=security, servers=servers)
    assert is_down(front)
    assert "its certificate is refused" in findings(site, row)
    assert "subjectAltName" in findings(site, row)


def test_an_expired_certificate_is_refused(site, front, directory, listener, tmp_path):
    context = server_context(tmp_path, directory.authority, "127.0.0.1", is_expired=True)
    old = listener(b"", context)
    row = configured(site, directory, security="ldaps", servers=f"ldaps://127.0.0.1:{old.port}")
    assert is_down(front)
    assert old.heard == b""
    assert "expired" in findings(site, row) and "Renew the certificate" in findings(site, row)


def test_neither_the_environment_nor_a_file_of_the_machine_switches_verification_off(
    site, front, directory, monkeypatch, tmp_path
):
    (tmp_path / "ldaprc").write_text("TLS_REQCERT never\n")
    monkeypatch.setenv("LDAPCONF", str(tmp_path / "ldaprc"))
    monkeypatch.setenv("LDAPTLS_REQCERT", "never")
    import ldap

    before = ldap.get_option(ldap.OPT_X_TLS_REQUIRE_CERT)
    ldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_NEVER)
    try:
        configured(site, directory, ca_certificate=Authority("Somebody else").pem)
        assert is_down(front)
    finally:
        ldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, before)


@pytest.mark.parametrize("server", ["ldap://directory.example.org", "ldap://192.0.2.1", "ldap://127.0.0.1.example.org"])
def test_no_encryption_is_accepted_for_no_other_machine(site, directory, server):
    from keyhouse.signin.configurations import ConfigurationError

    with pytest.raises(ConfigurationError, match="Without encryption"):
        configured(site, directory, security="none", servers=server)


def test_no_encryption_is_used_for_no_other_machine_even_if_it_was_stored(site, front, directory):
    row = configured(site, directory, security="none")
    row.settings["servers"] = "ldap://192.0.2.1"
    row.save()
    assert is_down(front)
    (event,) = events("sign-in failed")
    assert "without encryption only on this very machine" in event.comment


def test_no_encryption_works_on_this_machine(site, front, directory):
    configured(site, directory, security="none", creates_accounts=True)
    assert by_form(front, "erika").status == 303


def test_a_plain_address_does_not_turn_ldaps_off(site, front, directory):
    row = configured(site, directory, security="ldaps", servers=directory.tls_url)
    row.settings["servers"] = directory.url
    row.save()
    assert is_down(front)


@pytest.mark.timeout(60)
def test_a_server_that_never_answers_holds_a_sign_in_for_its_time_alone(site, front, directory, listener):
    configured(site, directory, servers=f"ldap://127.0.0.1:{listener().port}", connect_seconds=1, search_seconds=1)
    assert is_down(front)
