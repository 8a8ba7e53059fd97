"""Attack: collect a key a second time, with a device code that was overheard or left behind."""

import threading

import pytest

from tests.devices import answer, program, who
from tests.site import set_site, sign_in


@pytest.fixture
def approved(site, front, client, analyst):
    """A program whose login the analyst has approved."""
    set_site(site, allowApiKeys=True)
    device = program(front)
    sign_in(client, "analyst@example.org")
    assert answer(client, device.start()["user_code"]).status == 303
    return device


def test_second_collection_gets_nothing_and_ends_the_key(front, approved):
    key = approved.ask().json["access_token"]
    assert who(front, key).status == 200
    thief = program(front, "203.0.113.9")
    refused = thief.ask(approved.codes["device_code"])
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
    assert who(front, key).json["reason"] == "key_revoked"


def test_of_many_that_ask_at_once_one_at_most_gets_a_key(approved):
    from django.db import connections

    from keyhouse.keys.models import ApiKey

    keys: list[str] = []
    gate = threading.Barrier(8)

    def poll() -> None:
        gate.wait(20)
        asked = approved.ask()
        keys.extend([asked.json["access_token"]] if asked.status == 200 else [])
        connections.close_all()

    threads = [threading.Thread(target=poll) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(keys) == 1
    assert ApiKey.objects.count() == 1


def test_key_that_was_collected_and_given_up_is_revoked(front, approved):
    key = approved.ask().json["access_token"]
    approved.client.post("/device-cancel.api", form={"device_code": approved.codes["device_code"]})
    assert who(front, key).json["reason"] == "key_revoked"


def test_device_code_in_a_url_is_not_taken(approved):
    code = approved.codes["device_code"]
    refused = approved.client.post(
        f"/device-token.api?device_code={code}", form={"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    )
    assert (refused.status, refused.json["error"]) == (400, "invalid_request")
    assert code not in refused.text


def test_short_code_collects_nothing(approved):
    assert approved.ask(approved.codes["user_code"]).json["error"] == "invalid_grant"
