"""A real SAML identity provider: pysaml2's server, Debian's xmlsec1, and the few pages that people see of one.

It signs and encrypts with a library and a program that the product does not use. `answer` makes what it would post, so
that tests without a browser have really signed answers to take apart; over HTTP it has a sign-in form and a session.
"""

import functools
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, saml, sigver, time_util
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.s_utils import sid
from saml2.server import Server
from saml2.sigver import pre_encryption_part
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

# It is read anew for each site that is registered, which takes longer than all else that a test does.
sigver.import_rsa_key_from_file = functools.cache(sigver.import_rsa_key_from_file)
XMLSEC = "/usr/bin/xmlsec1"
PASSWORD = "campus password"
PASSWORD_CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
MFA = "https://refeds.org/profile/mfa"
_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
PEOPLE: dict[str, dict[str, Any]] = {
    "ana": {"mail": "ana@example.org", "displayName": "Ana Lyst", "eduPersonPrincipalName": "ana@campus.example"},
    "bob": {"mail": "bob@example.org", "displayName": "Bob Iologist", "eduPersonPrincipalName": "bob@campus.example"},
}


def make_key(folder: Path, name: str, days: tuple[float, float] = (-1, 100)) -> tuple[str, str]:
    """Make a key and a certificate that is valid between these days from now; return the names of their files."""
    key, now = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    dated = builder.serial_number(x509.random_serial_number()).not_valid_before(now + timedelta(days=days[0]))
    certificate = dated.not_valid_after(now + timedelta(days=days[1])).sign(key, hashes.SHA256())
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.crt"
    encoding = serialization.Encoding.PEM
    pkcs1, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(encoding, pkcs1, plain))
    certificate_file.write_bytes(certificate.public_bytes(encoding))
    return str(key_file), str(certificate_file)


class _Server(Server):  # type: ignore[misc]
    """pysaml2's server, but encrypting as the standard has it since 2013 instead of with triple DES."""

    encrypts_with = (_GCM, "aes-256")

    def _encrypt_assertion(self, encrypt_cert: Any, sp_entity_id: str, response: Any, node_xpath: Any = None) -> Any:
        [(_, certificate)] = self.metadata.certs(sp_entity_id, "any", "encryption")
        pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
        algorithm, key_type = self.encrypts_with
        with tempfile.NamedTemporaryFile("w", suffix=".crt") as file:
            file.write(pem)
            file.flush()
            template = pre_encryption_part(msg_enc=algorithm)
            return self.sec.encrypt_assertion(response, file.name, template, key_type=key_type, node_xpath=node_xpath)


@dataclass
class Asked:
    """A request of a site, as the provider has read it."""

    id: str
    acs: str
    entity_id: str
    is_forced: bool
    relay_state: str
    contexts: tuple[str, ...]


@dataclass
class Session:
    """Somebody who is signed in at the provider."""

    user: str
    index: str
    at: datetime
    sites: dict[str, str] = field(default_factory=dict)


class IdentityProvider:
    """A provider on loopback. `certificates` may be (key file, certificate file) of its signing key."""

    def __init__(self, folder: Path, name: str = "campus", key: tuple[str, str] | None = None) -> None:
        self.folder = folder
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _pages_of(self))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self.entity_id = f"{self.url}/{name}"
        self.key = key or make_key(folder, name)
        self.sessions: dict[str, Session] = {}
        self.people = {user: dict(attributes) for user, attributes in PEOPLE.items()}
        self.context = PASSWORD_CONTEXT
        self.name_format = saml.NAMEID_FORMAT_PERSISTENT
        self.signs_response = self.signs_assertion = True
        self.encrypts = False
        self._lock = threading.Lock()
        self._sites: dict[str, str] = {}
        self.server = self._server()
        threading.Thread(target=self._http.serve_forever, name=f"provider {name}", daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def metadata(self) -> str:
        """The metadata of this provider, which pysaml2 has written."""
        return str(entity_descriptor(self.server.config))

    @property
    def certificate(self) -> str:
        return Path(self.key[1]).read_text()

    def register(self, metadata: str) -> None:
        """Let a site use this provider; its metadata is what the site itself serves."""
        entity_id = metadata.partition('entityID="')[2].partition('"')[0]
        self._sites[entity_id] = metadata
        self.server = self._server()

    def use_key(self, key: tuple[str, str]) -> None:
        """Sign with another key from now on, and publish it."""
        self.key = key
        self.server = self._server()

    def read(self, url: str) -> Asked:
        """Read a request from the address to which a site leads, and verify its signature where it has one."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        signed = {"sigalg": query.get("SigAlg"), "signature": query.get("Signature")}
        relay_state = query.get("RelayState", "")
        known = {**signed, "relay_state": relay_state} if query.get("Signature") else {}
        parsed = self.server.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT, **known)
        message = parsed.message
        wanted = message.requested_authn_context
        contexts = tuple(each.text for each in wanted.authn_context_class_ref) if wanted else ()
        acs, entity_id = message.assertion_consumer_service_url, message.issuer.text
        return Asked(message.id, acs, entity_id, message.force_authn == "true", relay_state, contexts)

    def answer(self, asked: Asked, user: str = "ana", **how: Any) -> str:
        """Return the XML of the answer about a person. `how`: sign_response, sign_assertion, encrypt_assertion,
        in_response_to, destination, audience, format, name, index, at, context, attributes, lifetime (minutes)."""
        attributes = how.get("attributes", self.people[user])
        destination = how.get("destination", asked.acs)
        audience = how.get("audience", asked.entity_id)
        name = saml.NameID(
            format=how.get("format", self.name_format),
            text=how.get("name", f"id-of-{user}"),
            **how.get("qualifiers", {}),
        )
        at = how.get("at", datetime.now(UTC))
        self.server.config.getattr("policy", "idp")._restrictions["default"]["lifetime"] = {
            "minutes": how.get("lifetime", 5)
        }
        # pysaml2 makes the name of the session up by itself, and tells nobody.
        with self._lock, mock.patch("saml2.assertion.sid", lambda: how.get("index") or sid()):
            return str(self._response(asked, user, attributes, destination, audience, name, at, how))

    def _response(
        self,
        asked: Asked,
        user: str,
        attributes: dict[str, Any],
        destination: str,
        audience: str,
        name: Any,
        at: datetime,
        how: dict[str, Any],
    ) -> Any:
        return self.server.create_authn_response(
            attributes,
            in_response_to=how.get("in_response_to", asked.id),
            destination=destination,
            sp_entity_id=audience,
            name_id=name,
            userid=user,
            authn={"class_ref": how.get("context", self.context), "authn_instant": int(at.timestamp())},
            sign_response=how.get("sign_response", self.signs_response),
            sign_assertion=how.get("sign_assertion", self.signs_assertion),
            encrypt_assertion=how.get("encrypt_assertion", self.encrypts),
            encrypted_advice_attributes=False,
            issuer=how.get("issuer"),
            sign_alg=how.get("sign_alg", SIG_RSA_SHA256),
            digest_alg=how.get("digest_alg", DIGEST_SHA256),
        )

    def logout_request(self, entity_id: str, name: str, index: str | None, address: str, **how: Any) -> dict[str, Any]:
        """Return what leads a browser to a site with a sign-out: ``url`` for a redirect, ``data`` (HTML) for a post."""
        binding = how.get("binding", BINDING_HTTP_REDIRECT)
        is_signed = how.get("is_signed", True)
        _, request = self.server.create_logout_request(
            how.get("destination", address),
            entity_id,
            name_id=saml.NameID(format=how.get("format", self.name_format), text=name),
            session_indexes=[index] if index else None,
            expire=time_util.in_a_while(minutes=5),
            sign=is_signed and binding == BINDING_HTTP_POST,
            sign_alg=SIG_RSA_SHA256,
            digest_alg=DIGEST_SHA256,
        )
        sign = {"sign": is_signed, "sigalg": SIG_RSA_SHA256} if binding == BINDING_HTTP_REDIRECT else {}
        return dict(self.server.apply_binding(binding, str(request), address, relay_state="state", **sign))

    def sign_out(self, user: str) -> list[str]:
        """End every session of a person here; return the addresses that tell it to the sites where they were."""
        urls = []
        for cookie, session in list(self.sessions.items()):
            if session.user == user:
                del self.sessions[cookie]
                urls += [self.logout_url(session, entity_id) for entity_id in session.sites]
        return urls

    def logout_url(self, session: Session, entity_id: str) -> str:
        [service] = self.server.metadata.single_logout_service(entity_id, BINDING_HTTP_REDIRECT, "spsso")
        made = self.logout_request(entity_id, session.sites[entity_id], session.index, service["location"])
        return str(dict(made["headers"])["Location"])

    def _server(self) -> _Server:
        endpoints = {
            "single_sign_on_service": [(f"{self.url}/sso", BINDING_HTTP_REDIRECT)],
            "single_logout_service": [(f"{self.url}/slo", BINDING_HTTP_REDIRECT)],
        }
        idp = {
            "name": "Campus",
            "endpoints": endpoints,
            "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": saml.NAME_FORMAT_URI}},
            "sign_response": True,
            "sign_assertion": True,
            "signing_algorithm": SIG_RSA_SHA256,
            "digest_algorithm": DIGEST_SHA256,
            "want_authn_requests_signed": False,
        }
        settings = {
            "entityid": self.entity_id,
            "service": {"idp": idp},
            "key_file": self.key[0],
            "cert_file": self.key[1],
            "xmlsec_binary": XMLSEC,
            "metadata": {"inline": list(self._sites.values())},
            "accepted_time_diff": 60,
        }
        return _Server(config=IdPConfig().load(settings))


def _pages_of(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        """What a browser sees of the provider."""

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/metadata":
                self._send(provider.metadata, "application/samlmetadata+xml")
            elif path == "/sso":
                self._sso()
            elif path == "/slo":
                self._slo()
            elif path == "/sign-out":
                self._sign_out()
            else:
                self._send("<h1>Campus</h1>")

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            user, password = form["user"][0], form["password"][0]
            if user not in provider.people or password != PASSWORD:
                self._form(form["request"][0], "Wrong name or password.")
                return
            session = Session(user, sid(), datetime.now(UTC))
            cookie = sid()
            provider.sessions[cookie] = session
            self._answer(provider.read(form["request"][0]), session, f"campus={cookie}; Path=/")

        def _sso(self) -> None:
            asked, session = provider.read(self.path), self._session()
            if session is None or asked.is_forced:
                self._form(self.path)
            else:
                self._answer(asked, session)

        def _answer(self, asked: Asked, session: Session, cookie: str = "") -> None:
            name = f"id-of-{session.user}"
            session.sites[asked.entity_id] = name
            xml = provider.answer(asked, session.user, index=session.index, at=session.at)
            made = provider.server.apply_binding(
                BINDING_HTTP_POST, xml, asked.acs, relay_state=asked.relay_state, response=True
            )
            self._send(made["data"], cookie=cookie)

        def _form(self, request: str, problem: str = "") -> None:
            self._send(
                f"<title>Campus</title><h1>Campus sign-in</h1><p>{problem}</p><form method=post action=/login>"
                f'<input type=hidden name=request value="{escape(request)}">'
                "<label>User <input name=user></label> <label>Password <input type=password name=password></label> "
                "<button>Sign in at the campus</button></form>"
            )

        def _slo(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            if "SAMLResponse" in query:
                self._send("<h1>You are signed out everywhere</h1>")
                return
            signed = {"sigalg": query["SigAlg"], "signature": query["Signature"]}
            if "RelayState" in query:
                signed["relay_state"] = query["RelayState"]
            request = provider.server.parse_logout_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT, **signed)
            gone = [cookie for cookie, each in provider.sessions.items() if self._is_of(each, request.message)]
            for cookie in gone:
                del provider.sessions[cookie]
            response = provider.server.create_logout_response(request.message, [BINDING_HTTP_REDIRECT], sign=False)
            [service] = provider.server.metadata.single_logout_service(
                request.message.issuer.text, BINDING_HTTP_REDIRECT, "spsso"
            )
            made = provider.server.apply_binding(
                BINDING_HTTP_REDIRECT,
                str(response),
                service["location"],
                response=True,
                relay_state=query.get("RelayState", ""),
                sign=True,
                sigalg=SIG_RSA_SHA256,
            )
            self._redirect(str(dict(made["headers"])["Location"]))

        @staticmethod
        def _is_of(session: Session, message: Any) -> bool:
            return bool(message.name_id.text in session.sites.values())

        def _sign_out(self) -> None:
            session = self._session()
            urls = provider.sign_out(session.user) if session else []
            self._redirect(urls[0]) if urls else self._send("<h1>Nobody is signed in</h1>")

        def _session(self) -> Session | None:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("campus")
            return provider.sessions.get(cookie.value) if cookie else None

        def _send(self, text: str, kind: str = "text/html; charset=utf-8", cookie: str = "") -> None:
            body = str(text).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if cookie:
                self.send_header("Set-Cookie", cookie)
            self.end_headers()
            self.wfile.write(body)

        def _redirect(self, url: str) -> None:
            self.send_response(302)
            self.send_header("Location", url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing: the tests look at what the site logs."""

    return Pages


@contextmanager
def running(folder: Path, **how: Any) -> Iterator[IdentityProvider]:
    """Run a provider until the block ends."""
    if shutil.which(XMLSEC) is None:
        pytest.skip("Debian's package xmlsec1 is not installed")
    provider = IdentityProvider(folder, **how)
    try:
        yield provider
    finally:
        provider.close()
