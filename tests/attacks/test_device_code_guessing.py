"""Attack: find a login that waits by trying codes, on the page or at the counter where keys are handed out."""

import itertools

import pytest

from keyhouse.keys.device_codes import LETTERS
from tests.devices import PAGE, answer, program
from tests.site import OPERATOR, PASSWORD, Client, set_site, sign_in


@pytest.fixture
def device(site, front, analyst):
    set_site(site, allowApiKeys=True)
    return program(front)


def codes():
    yield from ("".join(letters) for letters in itertools.product(LETTERS, repeat=8))


@pytest.fixture
def guesser(client, device):
    """The analyst, who has typed wrong codes until not one more was heard."""
    sign_in(client, "analyst@example.org")
    for count, code in enumerate(codes()):
        if client.get(PAGE, user_code=code).status == 429:
            assert 10 <= count <= 12
            return client
        assert count < 12
    raise AssertionError("there are more codes than that")


def test_after_some_wrong_codes_even_the_right_one_is_not_heard(device, guesser):
    code = device.start()["user_code"]
    refused = guesser.get(PAGE, user_code=code)
    assert (refused.status, device.start()["user_code"] in refused.text) == (429, False)
    assert int(refused.header("Retry-After")) >= 60
    device.start()
    assert answer(guesser, device.codes["user_code"]).status == 429
    assert device.error() == "authorization_pending"


def test_a_new_session_or_address_does_not_help(front, device, guesser):
    other = Client(front, address="203.0.113.9")
    sign_in(other, "analyst@example.org")
    assert other.get(PAGE, user_code=device.start()["user_code"]).status == 429


def test_nobody_else_is_held_up(site, front, device, guesser):
    site.users.add("other@example.org", OPERATOR, PASSWORD)
    other = Client(front)
    sign_in(other, "other@example.org")
    assert answer(other, device.start()["user_code"]).status == 303


def test_each_wrong_code_is_in_the_audit_log_and_the_pause_once(device, guesser):
    from keyhouse.audit.models import AuditEvent

    assert AuditEvent.objects.filter(kind="access refused").count() >= 10
    assert AuditEvent.objects.filter(kind="throttled", user="analyst@example.org").count() == 1


def test_a_guest_learns_nothing_about_codes(front, device):
    right, wrong = device.start()["user_code"], "BBBB-BBBB"
    answers = [Client(front).get(PAGE, user_code=code) for code in (right, wrong)]
    assert [each.status for each in answers] == [302, 302]


def test_device_codes_near_the_right_one_are_as_unknown_as_any(device, client):
    right = device.start()["device_code"]
    for near in (right[:-1], right + "=", right.swapcase(), right[::-1], "%"):
        assert device.ask(near).json["error"] == "invalid_grant"
