"""Attack: make a cookie that names somebody else's key or account."""

import base64
import hashlib
import hmac

import pytest

from tests.site import issue


@pytest.fixture
def cookie(site, client, analyst):
    client.get("/login-whoAmI.api", {"apikey": issue(site, analyst)})
    return client.cookies["JSESSIONID"]


def sign(body: str, key: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.new(key, body.encode(), hashlib.sha256).digest()).decode().rstrip("=")


def test_guessed_signing_keys_open_nothing(client, cookie, admin):
    body = cookie.rpartition(".")[0]
    for key in (b"", b"secret", b"keyhouse opened session\0", hashlib.sha256(b"keyhouse opened session\0").digest()):
        for forged in (body, f"o.p.{admin.id}-0." + ".".join(body.split(".")[3:])):
            client.cookies["JSESSIONID"] = f"{forged}.{sign(forged, key)}"
            assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_a_signature_is_good_for_its_own_text_alone(site, front, client, cookie, admin):
    from tests.site import Client

    other = Client(front)
    other.get("/login-whoAmI.api", {"apikey": issue(site, admin)})
    body, signature = cookie.rpartition(".")[0], other.cookies["JSESSIONID"].rpartition(".")[2]
    client.cookies["JSESSIONID"] = f"{body}.{signature}"
    assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_an_old_cookie_cannot_be_made_young(client, cookie):
    parts = cookie.split(".")
    for position in (3, 4):
        younger = list(parts)
        younger[position] = str(int(parts[position]) + 60)
        client.cookies["JSESSIONID"] = ".".join(younger)
        assert client.get("/login-whoAmI.api").json["email"] == "guest"


def test_the_cookie_does_not_hold_the_key(site, client, analyst):
    key = issue(site, analyst)
    client.get("/login-whoAmI.api", {"apikey": key})
    assert key[17:49] not in client.cookies["JSESSIONID"]
