"""Attack: learn from answers, or from the work done, who is in the directory."""

import re

import pytest

from tests.providers.slapd import configured
from tests.providers.slapd_visits import by_api, by_basic, by_form, events

NAMES = ["erika", "nobody", "locked", "expired", "ad.disabled", "twins@example.org", "nomail", "max@example.org"]


@pytest.fixture
def campus(site, directory):
    return configured(site, directory)


@pytest.mark.parametrize("visit", [by_form, by_api, by_basic])
def test_every_name_gets_the_same_answer_to_a_wrong_password(front, campus, visit):
    answers = {}
    for number, name in enumerate(NAMES):
        answer = visit(front, name, "wrong", f"192.0.2.{number}")
        answers[name] = (answer.status, _without_what_was_typed(answer.text, name))
    assert len(set(answers.values())) == 1, answers


@pytest.mark.parametrize("visit", [by_form, by_api, by_basic])
def test_an_account_that_is_disabled_answers_a_right_password_as_a_wrong_one(front, campus, visit):
    wrong = visit(front, "erika", "wrong", "192.0.2.1")
    for number, name in enumerate(["locked", "expired", "ad.disabled", "twins@example.org"], 2):
        right = visit(front, name, address=f"192.0.2.{number}")
        told = [_without_what_was_typed(each.text, login) for each, login in ((right, name), (wrong, "erika"))]
        assert (right.status, told[0]) == (wrong.status, told[1])


@pytest.fixture
def binds(monkeypatch):
    """Counts what takes the time: connections, each with its handshake and its bind."""
    from keyhouse.signin.ldap import connect as ldap_connect

    counted, original = [], ldap_connect._bound_at

    def counting(*arguments):
        counted.append(arguments[2])
        return original(*arguments)

    monkeypatch.setattr(ldap_connect, "_bound_at", counting)
    return counted


def test_every_name_costs_two_binds_whether_it_is_there_or_not(front, campus, binds):
    for number, name in enumerate(NAMES, 1):
        by_basic(front, name, "wrong", f"192.0.2.{number}")
        assert len(binds) == 2 * number, name


def test_who_is_not_there_is_asked_for_without_sending_what_was_typed(front, campus, monkeypatch):
    from ldap.ldapobject import SimpleLDAPObject

    sent, original = [], SimpleLDAPObject.simple_bind

    def remembering(self, who, password, *arguments, **named):
        sent.append((who, password))
        return original(self, who, password, *arguments, **named)

    monkeypatch.setattr(SimpleLDAPObject, "simple_bind", remembering)
    by_basic(front, "nobody", "a typed secret")
    assert len(sent) == 2
    assert "a typed secret" not in str(sent)


def test_only_the_log_knows_the_difference(front, campus):
    by_basic(front, "locked")
    by_basic(front, "nobody")
    told = [each.comment for each in events("sign-in failed")]
    assert "the account is locked" in told[0] and "locked" not in told[1]


def _without_what_was_typed(text: str, name: str) -> str:
    return re.sub(r"[0-9a-f]{64}", "CSRF", text).replace(name, "NAME")
