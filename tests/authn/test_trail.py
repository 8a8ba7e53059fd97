"""The authentication logger: every step and the exact reason, and never a secret."""

import base64
import logging
from datetime import timedelta

import pytest
from tests.site import OPERATOR, PASSWORD, issue

from keyhouse.authn.trail import LOGGER_NAME
from keyhouse.core.tokens import TokenKind, mint
from keyhouse.system import entropy, now

WHO = "/login-whoAmI.api"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.DEBUG, LOGGER_NAME)
    return lambda: [record.getMessage() for record in caplog.records if record.name == LOGGER_NAME]


def basic(user: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def test_each_refusal_is_logged_with_its_exact_reason(site, client, analyst, lines):
    client.keeps_cookies = False
    key = issue(site, analyst)
    for headers, reason in {
        ("apikey", key[:-1] + ("0" if key[-1] != "0" else "1")): "malformed key: checksum wrong",
        ("apikey", f"apikey|{key}"): "malformed key: has the old apikey| prefix in front of the key",
        ("apikey", f"{key}abc"): "malformed key: 3 characters too long",
        ("apikey", key[:-1]): "malformed key: 1 character too short",
        ("apikey", f"{key} "): "malformed key: has blanks or a line end around it",
        ("apikey", mint(TokenKind.API_KEY, entropy).text): "no such key on this server",
        ("Authorization", "Basic %"): "credentials could not be read: Authorization: Basic: what follows",
        ("Authorization", basic("analyst@example.org", "wrong")["Authorization"]): "refused, wrong password",
        ("Authorization", basic("nobody@example.org", "wrong")["Authorization"]): "refused, no account with this",
    }.items():
        client.get(WHO, dict([headers]))
        assert reason in lines()[-1], headers


def test_a_refused_known_key_is_logged_with_its_id_and_owner(site, client, analyst, lines):
    from keyhouse.keys.models import ApiKey

    key = issue(site, analyst)
    ApiKey.objects.update(expires_at=now() - timedelta(days=1))
    client.get(WHO, {"apikey": key})
    assert lines()[-1] == (
        f"Authentication ends: refused, the key has expired (key id {key[4:16]}), owner analyst@example.org"
    )


def test_success_is_logged_step_by_step(site, client, analyst, lines):
    key = issue(site, analyst)
    client.get(WHO, {"apikey": key})
    assert lines() == [
        "Authentication begins: request from 127.0.0.1",
        "   the apikey header: a key of 55 characters",
        f"   the apikey header: well-formed, key id {key[4:16]}, known",
        "Authentication ends: analyst@example.org, through an API key",
    ]


def test_no_secret_of_a_hundred_is_ever_logged(site, client, analyst, lines):
    secrets = [PASSWORD]
    for number in range(100):
        key = issue(site, analyst)
        secrets.append(key[17:])
        envelope = (
            {"apikey": key},
            basic("apikey", key),
            basic(key, ""),
            basic(key, "x"),
            {"Authorization": f"Bearer {key}"},
        )
        client.get(WHO, envelope[number % len(envelope)])
        client.get(f"{WHO}?apikey={key}")
        client.get(WHO, {"apikey": key[:-1]})
        client.cookies.clear()
    client.get(WHO, basic("analyst@example.org", PASSWORD))
    text = "\n".join(lines())
    assert len(lines()) > 500
    assert not [secret for secret in secrets if secret in text or secret[:30] in text]


def test_nothing_is_written_at_the_ordinary_level(site, client, caplog):
    caplog.set_level(logging.INFO)
    client.get(WHO, {"apikey": "wrong"})
    assert not [record for record in caplog.records if record.name == LOGGER_NAME]


def test_a_user_name_cannot_begin_a_line_of_the_log(site, client, lines):
    forged = "ada@example.org\nAuthentication ends: admin@example.org, through an API key"
    client.get(WHO, basic(forged, "x"))
    assert all("\n" not in line for line in lines())
    assert not any(line.startswith("Authentication ends: admin") for line in lines())


def test_deactivated_owner_is_named_as_the_reason(site, client, analyst, lines):
    key = issue(site, analyst)
    site.users.deactivate(analyst, OPERATOR)
    client.get(WHO, {"apikey": key})
    assert "the owner's account is deactivated" in lines()[-1]
