"""Attack: make a browser go on as the attacker, whose folder the victim then fills (login CSRF)."""

import pytest

from tests.providers.oidc_forger import forging, nonce_in, signed, state_in
from tests.providers.oidc_visits import begin, come_back, configured, who
from tests.site import Client, sign_in


@pytest.fixture
def forger():
    with forging() as provider:
        yield provider


@pytest.fixture
def row(site, admin, forger):
    return configured(forger, site=site)


@pytest.fixture
def attackers_answer(front, row, forger):
    """A whole answer, good in the attacker's own browser."""
    attacker = Client(front)
    url = begin(attacker, row)
    forger.says(signed(forger.claims(nonce=nonce_in(url), sub="mallory", email="mallory@example.org")))
    return attacker, {"code": "code-1", "state": state_in(url)}


def test_answer_of_the_attackers_browser_signs_no_other_browser_in(front, row, forger, attackers_answer):
    attacker, came = attackers_answer
    victim = Client(front)
    answer = come_back(victim, row, came)
    assert (answer.status, who(victim)) == (403, "guest")
    assert "was not begun in this browser" in answer.text
    assert forger.forms == []
    assert come_back(attacker, row, came).status == 303, "it was good where it belongs"


def test_person_who_is_signed_in_stays_who_they_are(front, row, admin, attackers_answer):
    _, came = attackers_answer
    victim = Client(front)
    sign_in(victim, "admin@example.org")
    assert come_back(victim, row, came).status == 403
    assert who(victim) == "admin@example.org"


def test_person_with_a_journey_of_their_own_is_not_moved_to_anothers(front, row, attackers_answer):
    _, came = attackers_answer
    victim = Client(front)
    begin(victim, row)
    assert come_back(victim, row, came).status == 403
    assert who(victim) == "guest"


def test_made_up_state_is_nobodys(client, row):
    begin(client, row)
    for state in ("", "x", "\u00e4" * 50, "' OR 1=1", "a" * 5_000):
        assert come_back(client, row, {"code": "code-1", "state": state}).status == 403, state
    assert who(client) == "guest"


def test_answer_without_a_state_is_refused(client, row, forger):
    begin(client, row)
    assert come_back(client, row, {"code": "code-1"}).status == 403
    assert forger.forms == []


def test_answer_cannot_be_posted_from_another_site(client, row, forger):
    url = begin(client, row)
    form = {"code": "code-1", "state": state_in(url)}
    answer = client.post(f"/oidc-validate.view?configuration={row.id}", form=form, csrf=False)
    assert answer.status == 405
    assert forger.forms == []


def test_cookie_from_before_the_sign_in_is_worth_nothing_after_it(front, row, forger):
    """A cookie that an attacker knew, or set, before the sign-in (session fixation)."""
    victim = Client(front)
    url = begin(victim, row)
    known = victim.cookies["JSESSIONID"]
    forger.says(signed(forger.claims(nonce=nonce_in(url))))
    assert come_back(victim, row, {"code": "code-1", "state": state_in(url)}).status == 303
    assert victim.cookies["JSESSIONID"] != known
    assert who(Client(front, cookies={"JSESSIONID": known})) == "guest"


def test_sign_in_never_leads_on_to_another_site(front, row, forger):
    for where in ("https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "javascript:x"):
        client = Client(front)
        url = begin(client, row, returnUrl=where)
        assert "evil" not in url
        forger.says(signed(forger.claims(nonce=nonce_in(url))))
        answer = come_back(client, row, {"code": "code-1", "state": state_in(url), "returnUrl": where})
        assert answer.header("Location") == "/labkey/home/project-begin.view", where
