"""Attack: a key in a URL, where proxies, logs, histories and Referer headers keep it."""

import logging

import pytest

from tests.site import issue


@pytest.mark.parametrize(
    "query", ["apikey={}", "APIKEY={}", "token={}", "a=1&b={}", "{}", "%61pikey={}", "returnUrl=/labkey/?k={}"]
)
def test_a_key_in_the_url_is_refused_and_not_echoed(site, client, analyst, query, caplog):
    caplog.set_level(logging.DEBUG)
    key = issue(site, analyst)
    answer = client.get("/login-whoAmI.api?" + query.format(key))
    assert (answer.status, answer.json["reason"]) == (400, "key_in_url")
    assert "revoke" in answer.json["exception"]
    assert key not in answer.text and key not in caplog.text and not answer.all("Set-Cookie")


def test_even_a_good_credential_beside_it_does_not_help(site, client, analyst):
    key = issue(site, analyst)
    assert client.get(f"/login-whoAmI.api?x={key}", {"apikey": key}).status == 400


def test_the_attempt_is_recorded_without_the_key(site, client, analyst):
    from keyhouse.audit.models import AuditEvent

    key = issue(site, analyst)
    client.get(f"/login-whoAmI.api?apikey={key}", {"Referer": key, "User-Agent": key})
    row = AuditEvent.objects.get(reason="key_in_url")
    assert key[17:] not in repr(row.__dict__)


def test_pages_never_send_their_address_to_other_sites(site, client):
    assert client.get("/login-login.view").header("Referrer-Policy") == "same-origin"
