"""Attack: learn from answers, from work done or from limits which accounts exist."""

import pytest

from tests.attacks.wire import basic
from tests.site import OPERATOR, PASSWORD, Client

NAMES = {
    "known": "analyst@example.org",
    "unknown": "nobody@example.org",
    "service": "robot@example.org",
    "deactivated": "gone@example.org",
}


@pytest.fixture
def people(site, analyst):
    site.users.add(NAMES["service"], OPERATOR, is_service=True)
    site.users.deactivate(site.users.add(NAMES["deactivated"], OPERATOR, PASSWORD), OPERATOR)
    return NAMES


@pytest.fixture
def hashes(monkeypatch):
    """Count how often Argon2id runs: what takes the time."""
    import argon2.low_level
    from django.contrib.auth import hashers

    counted = []
    for name in ("hash_secret", "verify_secret"):
        original = getattr(argon2.low_level, name)

        def counting(*arguments, _original=original, **named):
            counted.append(1)
            return _original(*arguments, **named)

        monkeypatch.setattr(argon2.low_level, name, counting)
    verify = hashers.Argon2PasswordHasher.verify

    def counting_verify(self, password, encoded):
        counted.append(1)
        return verify(self, password, encoded)

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counting_verify)
    return counted


@pytest.mark.parametrize("kind", NAMES)
def test_every_account_costs_one_hash_whether_it_exists_or_not(site, front, people, hashes, kind):
    Client(front).get("/login-whoAmI.api", basic(people[kind], "not the password"))
    assert len(hashes) == 1
    Client(front).post("/login-loginApi.api", form={"email": people[kind], "password": "not the password"})
    assert len(hashes) == 2


@pytest.mark.parametrize("way", ["basic", "api", "page", "reset"])
def test_every_account_gets_the_same_answer(site, front, people, way):
    answers = set()
    for number, name in enumerate(people.values()):
        client = Client(front, keeps_cookies=False, cookies={"X-LABKEY-CSRF": "0" * 64}, address=f"192.0.2.{number}")
        form = {"email": name, "password": "not the password"}
        answer = {
            "basic": lambda client=client, name=name: client.get("/login-whoAmI.api", basic(name, "wrong")),
            "api": lambda client=client, form=form: client.post("/login-loginApi.api", form=form),
            "page": lambda client=client, form=form: client.post("/login-login.view", form=form),
            "reset": lambda client=client, form=form: client.post("/login-resetPassword.view", form=form),
        }[way]()
        answers.add((answer.status, answer.text.replace(name, "NAME"), tuple(sorted(map(tuple, answer.headers)))))
    assert len(answers) == 1


def test_unknown_keys_and_keys_of_anybody_are_the_same_to_a_stranger(site, client, analyst):
    from tests.site import issue

    key = issue(site, analyst)
    made_up = key[:17] + "0" * 38
    answers = {client.get("/login-whoAmI.api", {"apikey": text}).body for text in (made_up, "x", "khk_" + "0" * 51)}
    assert len(answers) == 1


def test_users_are_listed_to_administrators_alone(site, client, analyst, admin):
    from tests.site import issue

    answer = client.get("/user-showUsers.view", {"apikey": issue(site, analyst)})
    assert answer.status == 403 and admin.email not in answer.text
