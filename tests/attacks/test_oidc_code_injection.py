"""Attack: bring a code into a sign-in that it was not given for (RFC 9700, 4.5), or use one twice."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.providers.oidc import Visitor
from tests.providers.oidc_forger import forging, nonce_in, signed, state_in
from tests.providers.oidc_visits import begin, come_back, configured, sign_in, who
from tests.site import Client


@pytest.fixture
def row(site, admin, oidc_provider):
    return configured(oidc_provider, site=site)


@pytest.fixture
def forger():
    with forging() as provider:
        yield provider


def test_code_of_another_browser_signs_nobody_in(front, row):
    """The real provider compares the verifier with what the code was asked with (PKCE, RFC 7636)."""
    attacker, victim = Client(front), Client(front)
    stolen = Visitor().sign_in(begin(victim, row), "ana")
    own = Visitor().sign_in(begin(attacker, row), "mia")
    answer = come_back(attacker, row, {**own, "code": stolen["code"]})
    assert (answer.status, who(attacker)) == (403, "guest")
    assert "has been used already, or took too long" in answer.text
    assert come_back(victim, row, stolen).status in {303, 403}, "at worst the victim signs in again"


def test_code_of_another_tab_signs_nobody_in(front, row):
    client, visitor = Client(front), Visitor()
    first, second = begin(client, row), begin(client, row)
    one, two = visitor.sign_in(first, "ana"), visitor.sign_in(second, "ana")
    assert come_back(client, row, {**one, "code": two["code"]}).status == 403
    assert who(client) == "guest"


def test_two_tabs_each_with_their_own_answer_both_go_on(front, row):
    client, visitor = Client(front), Visitor()
    first, second = begin(client, row), begin(client, row, returnUrl="/labkey/home/project-begin.view")
    one, two = visitor.sign_in(first, "ana"), visitor.sign_in(second, "ana")
    assert come_back(client, row, two).status == 303
    assert who(client) == "ana@example.org"
    # The first tab's journey ended with the session it was begun in, and harms nobody.
    come_back(client, row, one)
    assert who(client) == "ana@example.org"


def test_answer_works_once(front, row):
    client = Client(front)
    came = Visitor().sign_in(begin(client, row), "ana")
    assert come_back(client, row, came).status == 303
    assert come_back(client, row, came).status == 403
    other = Client(front, cookies=dict(client.cookies))
    assert come_back(other, row, came).status == 403


def test_answer_for_another_nonce_is_refused_though_the_provider_knows_no_pkce(front, site, admin, forger):
    row = configured(forger, site=site)
    attacker, victim = Client(front), Client(front)
    theirs, own = begin(victim, row), begin(attacker, row)
    forger.says(signed(forger.claims(nonce=nonce_in(theirs))))
    assert come_back(attacker, row, {"code": "stolen", "state": state_in(own)}).status == 403
    assert who(attacker) == "guest"


def test_verifier_stays_here_and_fits_the_challenge(front, site, admin, forger):
    row = configured(forger, site=site)
    client = Client(front)
    url = begin(client, row)
    forger.says(signed(forger.claims(nonce=nonce_in(url))))
    come_back(client, row, {"code": "code-1", "state": state_in(url)})
    asked, sent = parse_qs(urlsplit(url).query), forger.forms[0]
    verifier = sent["code_verifier"]
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert (asked["code_challenge"], asked["code_challenge_method"]) == ([challenge], ["S256"])
    assert len(verifier) >= 43 and verifier not in url
    assert sent["redirect_uri"] == asked["redirect_uri"][0]


def test_two_journeys_share_no_state_nonce_or_verifier(front, row):
    urls = [parse_qs(urlsplit(begin(Client(front), row)).query) for _ in range(2)]
    assert all(urls[0][name] != urls[1][name] for name in ("state", "nonce", "code_challenge"))


def test_answer_with_two_codes_or_states_is_refused_and_nothing_is_exchanged(front, site, admin, forger):
    row = configured(forger, site=site)
    for name in ("code", "state", "iss"):
        client = Client(front)
        url = begin(client, row)
        forger.says(signed(forger.claims(nonce=nonce_in(url))))
        path = f"/oidc-validate.view?configuration={row.id}&code=a&state={state_in(url)}&iss={forger.url}"
        twice = {"code": "b", "state": state_in(url), "iss": forger.url}[name]
        assert client.get(f"{path}&{name}={twice}").status == 403, name
        assert who(client) == "guest"
    assert forger.forms == []


def test_code_with_control_characters_or_of_any_length_is_not_passed_on(front, site, admin, forger):
    row = configured(forger, site=site)
    for code in ("", "a\r\nb", "x" * 9_000):
        client = Client(front)
        assert come_back(client, row, {"code": code, "state": state_in(begin(client, row))}).status == 403
    assert forger.forms == []


def test_person_who_signs_in_as_usual_is_let_in(front, row):
    """Else the refusals above would prove nothing."""
    client = Client(front)
    assert sign_in(client, row, "ana").status == 303


def test_of_two_answers_to_one_journey_at_once_the_provider_hears_of_one(monkeypatch, front, site, forger):
    """Both requests have read the session before either has written it."""
    from keyhouse.signin import flows

    row, client = configured(forger, site=site), Client(front)
    url = begin(client, row)
    forger.says(signed(forger.claims(nonce=nonce_in(url), email_verified=False)))
    monkeypatch.setattr(flows, "_keep", lambda *_: None)
    came = {"code": "code-1", "state": state_in(url)}
    first, second = come_back(client, row, came), come_back(client, row, came)
    assert (first.status, second.status) == (403, 403)
    assert "used already" in second.text
    assert len(forger.forms) == 1
