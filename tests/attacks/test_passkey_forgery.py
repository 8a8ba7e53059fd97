"""Attack: an answer of a passkey that was made for another page, another moment, another person, or by a copy."""

import pytest

from tests.authenticator import (
    HOST,
    PRESENT,
    SecurityKey,
    add_passkey,
    at_localhost,
    b64,
    options_for,
    owned,
    show_passkey,
    sign_in_with,
)
from tests.second_factors import begin, who
from tests.site import Client, sign_in


@pytest.fixture
def key(site, front, analyst):
    """The analyst's passkey."""
    return owned(site, front, analyst)


@pytest.fixture
def guest(front):
    client = Client(front)
    client.get("/login-login.view", {"Host": HOST})
    return client


def refused(client, credential) -> str:
    """See a sign-in refused; return what the log says of it."""
    from keyhouse.audit.models import AuditEvent

    answer = sign_in_with(client, credential)
    assert answer.status == 403 and "was not accepted" in answer.text
    assert who(client) == "guest"
    event = AuditEvent.objects.filter(kind="sign-in failed").latest("sequence")
    assert event.reason == "second_factor_wrong"
    return event.comment


@pytest.mark.parametrize(
    "lie, words",
    [
        ({"origin": "http://localhost.evil.example:8080"}, "origin"),
        ({"origin": "https://localhost:8080"}, "origin"),
        ({"origin": "http://localhost:9090"}, "origin"),
        ({"challenge": b64(b"0" * 32)}, "challenge"),
        ({"rp_id": "evil.example"}, "RP ID"),
        ({"kind": "webauthn.create"}, "type"),
        ({"flags": PRESENT}, "verification"),
        ({"flags": 0}, "Present"),
        ({"handle": ""}, "does not say whose"),
        ({"handle": b64(b"999999")}, "nobody"),
        ({"handle": b64(b"\xff")}, "nobody"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_was_not_signed_for_this_page_and_moment_is_refused(guest, key, lie, words):
    assert words in refused(guest, key.sign(options_for(guest, "sign-in").json, **lie))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"id": 1}', '{"rawId": "x", "response": null}', "x" * 30_000])
def test_what_is_no_answer_is_refused(guest, key, text):
    options_for(guest, "sign-in")
    refused(guest, text)


def test_a_challenge_is_answered_once(front, guest, key, analyst):
    credential = key.sign(options_for(guest, "sign-in").json)
    cookies = dict(guest.cookies)
    assert sign_in_with(guest, credential).status == 303
    refused(Client(front, cookies=cookies), credential)


def test_a_challenge_is_used_up_by_a_wrong_answer_too(guest, key):
    options = options_for(guest, "sign-in").json
    refused(guest, key.sign(options, origin="http://evil.example"))
    assert "no passkey was asked" in refused(guest, key.sign(options))


def test_a_challenge_of_another_browser_is_refused(front, guest, key):
    other = Client(front)
    other.get("/login-login.view", {"Host": HOST})
    options = options_for(other, "sign-in").json
    options_for(guest, "sign-in")
    assert "challenge" in refused(guest, key.sign(options))


def test_a_challenge_that_waited_too_long_is_refused(site, guest, key, monkeypatch):
    from datetime import timedelta

    options = options_for(guest, "sign-in").json
    later = site.clock() + timedelta(minutes=6)
    monkeypatch.setattr(site.second_factors.passkeys, "_clock", lambda: later)
    assert "too long" in refused(guest, key.sign(options))


def test_a_copy_shows_by_its_counter(front, key, analyst):
    copied = SecurityKey(key.counter, key.credential_id, key.private, key.handle)
    client = begin(front, analyst)
    assert show_passkey(client, key.sign(options_for(client, "second-factor").json)).status == 303
    client = begin(front, analyst)
    assert show_passkey(client, copied.sign(options_for(client, "second-factor").json)).status == 403
    assert who(client) == "guest"


def test_another_persons_passkey_is_no_second_factor_of_mine(site, front, key, analyst, admin):
    others = owned(site, front, admin)
    client = begin(front, analyst)
    options = options_for(client, "second-factor").json
    assert show_passkey(client, others.sign(options)).status == 403
    options = options_for(client, "second-factor").json
    # It claims to be the analyst's, and is signed by another key.
    assert show_passkey(client, others.sign(options, handle=key.handle)).status == 403
    assert who(client) == "guest"


def test_a_passkey_that_names_another_person_opens_no_account_of_theirs(site, front, guest, key, admin):
    victims = owned(site, front, admin)
    refused(guest, key.sign(options_for(guest, "sign-in").json, handle=victims.handle))


def test_a_challenge_for_signing_in_alone_is_no_second_factor_and_the_other_way_round(front, guest, key, analyst):
    client = begin(front, analyst)
    options = options_for(client, "sign-in").json
    assert show_passkey(client, key.sign(options)).status == 403
    options = options_for(client, "second-factor").json
    answer = sign_in_with(client, key.sign(options, flags=PRESENT))
    assert answer.status == 403 and who(client) == "guest"


def test_a_passkey_of_another_account_is_not_added_to_mine(site, front, key, admin):
    client = Client(front)
    sign_in(client, admin.email)
    assert add_passkey(client, key).status == 400
    assert not site.factors.has_factor(admin.id)


@pytest.mark.parametrize("lie", [{"origin": "http://evil.example"}, {"flags": 0}])
def test_a_passkey_that_another_page_made_is_not_added(site, front, admin, lie):
    at_localhost(site)
    client, made = Client(front), SecurityKey()
    sign_in(client, admin.email)
    credential = made.make(options_for(client, "add").json, **lie)
    form = {"name": "x", "credential": credential}
    assert client.post("/login-setUpPasskey.view", {"Host": HOST}, form=form).status == 400
    assert not site.factors.has_factor(admin.id)


def test_nobody_adds_a_passkey_from_a_browser_that_is_not_signed_in(site, front, guest, key):
    at_localhost(site)
    assert options_for(guest, "add").status == 401
    assert options_for(guest, "second-factor").status == 400
