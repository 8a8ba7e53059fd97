"""A security key in software, which signs whatever a test wants it to sign."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

from tests.site import Answer, Client, sign_in

HOST, ORIGIN = "localhost:8080", "http://localhost:8080"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class SecurityKey:
    """Holds one credential."""

    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: str = ""

    def make(self, options: dict[str, Any], origin: str = ORIGIN, flags: int = PRESENT | VERIFIED) -> str:
        """Answer what the page asks when a passkey is added."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        numbers = self.private.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor.encode(key)
        data = self._data(asked["rp"]["id"], flags | ATTESTED) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        said = _client_data("webauthn.create", asked["challenge"], origin)
        return self._answer({"clientDataJSON": b64(said), "attestationObject": b64(attestation)})

    def sign(
        self,
        options: dict[str, Any],
        origin: str = ORIGIN,
        flags: int = PRESENT | VERIFIED,
        challenge: str = "",
        rp_id: str = "",
        handle: str | None = None,
        kind: str = "webauthn.get",
    ) -> str:
        """Answer what the page asks when a passkey is used; every part may be a lie."""
        asked = options["publicKey"]
        self.counter += 1
        data = self._data(rp_id or asked["rpId"], flags)
        said = _client_data(kind, challenge or asked["challenge"], origin)
        signature = self.private.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
        user = self.handle if handle is None else handle
        return self._answer({name: b64(part) for name, part in parts.items()} | ({"userHandle": user} if user else {}))

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _answer(self, response: dict[str, str]) -> str:
        name = b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def at_localhost(site: Any) -> None:
    """Let a site be at an address for which browsers keep passkeys."""
    from keyhouse.signin.factors.passkeys import Passkeys

    site.second_factors.passkeys = Passkeys(f"{ORIGIN}/labkey", site.clock)


def options_for(client: Client, what: str) -> Answer:
    """Ask what the browser is to ask of a passkey."""
    return client.post("/login-passkeyOptions.api", {"Host": HOST}, form={"for": what})


def owned(site: Any, front: Any, user: Any) -> SecurityKey:
    """Return a passkey that a person has added."""
    at_localhost(site)
    client, made = Client(front), SecurityKey()
    sign_in(client, user.email)
    assert add_passkey(client, made).status == 303
    return made


def add_passkey(client: Client, key: SecurityKey, name: str = "Blue key") -> Answer:
    """Add a passkey in a browser that may."""
    answer = key.make(options_for(client, "add").json)
    return client.post("/login-setUpPasskey.view", {"Host": HOST}, form={"name": name, "credential": answer})


def sign_in_with(client: Client, credential: str) -> Answer:
    """Sign in with a passkey alone."""
    return client.post("/login-passkey.view", {"Host": HOST}, form={"credential": credential})


def show_passkey(client: Client, credential: str) -> Answer:
    """Show a passkey as second factor."""
    return client.post("/login-secondFactor.view", {"Host": HOST}, form={"way": "passkey", "credential": credential})
