"""Attack: learn from answers, from work done or from limits which accounts exist."""

import re

import pytest

from tests.attacks.wire import basic
from tests.providers.made_up import configured, sign_in_at, stand_in
from tests.site import OPERATOR, PASSWORD, Client, set_site

NAMES = {
    "known": "analyst@example.org",
    "unknown": "nobody@example.org",
    "service": "robot@example.org",
    "deactivated": "gone@example.org",
    "by a provider": "sso@example.org",
    "second factor": "careful@example.org",
}


@pytest.fixture
def people(site, front, analyst):
    from allauth.mfa.models import Authenticator

    site.users.add(NAMES["by a provider"], OPERATOR)
    careful = site.users.add(NAMES["second factor"], OPERATOR, PASSWORD)
    # Only that there is one is asked for: its secret opens nothing.
    Authenticator.objects.create(user=careful, type=Authenticator.Type.TOTP, data={"secret": ""})
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


def answers_of(front, people, way):
    answers = set()
    for number, name in enumerate(people.values()):
        client = Client(front, keeps_cookies=False, cookies={"X-LABKEY-CSRF": "0" * 64}, address=f"192.0.2.{number}")
        form = {"email": name, "password": "not the password"}
        answer = {
            "basic": lambda client=client, name=name: client.get("/login-whoAmI.api", basic(name, "wrong")),
            "api": lambda client=client, form=form: client.post("/login-loginApi.api", form=form),
            "page": lambda client=client, form=form: client.post("/login-login.view", form=form),
            "reset": lambda client=client, form=form: client.post("/login-resetPassword.view", form=form),
            "register": lambda client=client, form=form: client.post("/login-register.view", form=form),
            "domain": lambda client=client, name=name: client.post("/login-login.view", form={"email": name}),
            "passkey": lambda client=client, form=form: client.post("/login-passkey.view", form=form),
        }[way]()
        headers = [tuple(pair) for pair in answer.headers if pair[0] != "Set-Cookie"]
        cookies = [line.partition("=")[0] for line in answer.all("Set-Cookie")]
        text = re.sub(r"[0-9a-f]{64}", "TOKEN", answer.text.replace(name, "NAME"))
        answers.add((answer.status, text, tuple(sorted(headers)), tuple(cookies)))
    return answers


@pytest.mark.parametrize("way", ["basic", "api", "page", "reset", "register", "domain", "passkey"])
@pytest.mark.parametrize("has_provider", [False, True])
def test_every_account_gets_the_same_answer(site, front, people, way, has_provider):
    set_site(site, selfRegistration=True)
    if has_provider:
        configured(domains=["example.org"] if way == "domain" else [])
    assert len(answers_of(front, people, way)) == 1


@pytest.mark.parametrize("way", ["basic", "api", "page", "reset", "register", "domain", "passkey"])
def test_every_account_is_as_much_work_for_the_disk(site, front, people, way):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    set_site(site, selfRegistration=True)
    work = {}
    for kind, name in people.items():
        with CaptureQueriesContext(connection) as told:
            answers_of(front, {kind: name}, way)
        work[kind] = sum(query["sql"].startswith("COMMIT") for query in told)
    assert len(set(work.values())) == 1, work


@pytest.mark.parametrize("way", ["basic", "api", "page"])
def test_the_hint_at_a_provider_is_of_the_domain_and_not_of_the_account(site, front, people, way):
    configured(domains=["example.org"])
    assert len(answers_of(front, people, way)) == 1


def test_an_address_without_a_password_leads_to_its_provider_whether_it_has_an_account_or_not(front, people):
    row = configured(domains=["example.org"])
    for name in people.values():
        client = Client(front)
        client.get("/login-whoAmI.api")
        led = client.post("/login-login.view", form={"email": name})
        location = f"/labkey/login-ssoRedirect.view?configuration={row.id}"
        assert (led.status, led.header("Location")) == (303, location)


def test_a_provider_that_does_not_vouch_for_an_address_learns_nothing_of_it(site, front, people, monkeypatch):
    made, row, answers = stand_in(monkeypatch, site), configured(), set()
    for name in people.values():
        made.says(subject=f"subject of {name}", email=name, is_email_verified=False)
        answer = sign_in_at(Client(front), row)
        answers.add((answer.status, re.sub(r"[0-9a-f]{64}", "TOKEN", answer.text.replace(name, "NAME"))))
    assert len(answers) == 1


def test_what_a_second_factor_is_asked_with_tells_a_guest_nothing(front, people):
    answers = set()
    for name in [*people.values(), ""]:
        client = Client(front)
        client.get("/login-whoAmI.api")
        for path in ("/login-secondFactor.view", "/login-setUpTotp.view"):
            answer = client.post(path, form={"email": name, "way": "totp", "code": "123456"})
            answers.add((path, answer.status, answer.header("Location")))
    assert len(answers) == 2


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
