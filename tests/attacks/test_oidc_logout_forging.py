"""Attack: end other people's sessions with a logout token that is made up, replayed or not for us."""

import time

import pytest

from tests.providers.oidc_forger import (
    LOGOUT_EVENT,
    MISSING,
    arrive,
    forging,
    key,
    part,
    signed,
    signed_with_secret,
)
from tests.providers.oidc_visits import configured, who
from tests.site import Client, set_site

NOW = int(time.time())


@pytest.fixture
def forger():
    with forging() as provider:
        provider.keys["keys"].append(key("e1", "EC").as_dict(private=False))
        yield provider


@pytest.fixture
def row(site, admin, forger):
    set_site(site, allowSessionKeys=True)
    return configured(forger, site=site)


@pytest.fixture
def person(front, row, forger):
    """Somebody who signed in at the provider."""
    client = Client(front)
    assert arrive(client, row, forger, signed).status == 303
    return client


def tell(front, row, token, **how):
    """Post a logout token as a provider does: without a cookie, from elsewhere."""
    client = Client(front, keeps_cookies=False, address=how.pop("address", "10.0.0.9"))
    path = f"/oidc-backchannelLogout.view?configuration={how.pop('number', row.id)}"
    return client.post(path, {"user-agent": "provider/1"}, csrf=False, **(how or {"form": {"logout_token": token}}))


def test_good_token_ends_the_session_and_its_keys(front, row, forger, person):
    """Else the refusals below would prove nothing."""
    session_key = person.post("/security-createApiKey.api", form={"type": "session"}).json["apikey"]
    answer = tell(front, row, signed(forger.logout_claims(), typ="logout+jwt"))
    assert (answer.status, answer.body) == (200, b"")
    assert "no-store" in answer.header("Cache-Control")
    assert who(person) == "guest"
    refused = Client(front, keeps_cookies=False).get("/login-whoAmI.api", {"apikey": session_key})
    assert (refused.status, refused.json["reason"]) == (401, "session_ended")


def test_token_may_name_the_person_or_the_session_and_be_of_an_older_type(front, row, forger):
    for header in ({}, {"typ": "JWT"}, {"typ": "application/logout+jwt"}):
        for claims in ({"sid": MISSING}, {"sub": MISSING}):
            client = Client(front)
            arrive(client, row, forger, signed)
            assert tell(front, row, signed(forger.logout_claims(**claims), **header)).status == 200, (header, claims)
            assert who(client) == "guest"


def test_forged_tokens_end_nothing(front, row, forger, person):
    other = "https://evil.example.org"
    cases = (
        {"nonce": "n"},
        {"nonce": None},
        *({"events": events} for events in (MISSING, {}, [LOGOUT_EVENT], LOGOUT_EVENT, {LOGOUT_EVENT: 1}, {"x": {}})),
        *({"iss": issuer} for issuer in (other, MISSING, f"{forger.url}/", [forger.url])),
        *({"aud": audience} for audience in ("another", MISSING, ["another"], [])),
        *({"jti": jti} for jti in (MISSING, "", 1, ["a"], "x" * 256)),
        *({"iat": moment} for moment in (MISSING, NOW + 3600, NOW - 3600, "now", True)),
        *({"exp": moment} for moment in (MISSING, NOW - 120, "later", float("nan"))),
        {"sid": MISSING, "sub": MISSING},
        {"sid": "", "sub": ""},
        {"sid": ["sid-1"]},
        {"sub": 1},
    )
    tokens = {str(case): signed(forger.logout_claims(**case)) for case in cases}
    good = forger.logout_claims
    tokens |= {
        "unsigned": f"{part({'alg': 'none'})}.{part(good())}.",
        "a shared secret": signed_with_secret(good(), b"forger's secret"),
        "the public key as a secret": signed_with_secret(good(), key().as_pem(private=False)),
        "another key": signed(good(), key("other"), kid="k1"),
        "a key in the header": signed(good(), key("other"), jwk=key("other").as_dict(private=False)),
        "an access token's type": signed(good(), typ="at+jwt"),
        "no type that is a text": signed(good(), typ=["logout+jwt"]),
        "an ID token": signed(forger.claims(nonce="n")),
        "an ID token without a nonce": signed(forger.claims(jti="j")),
        "nothing": "",
        "no token": "a.b",
        "deep": f"{part({'alg': 'RS256', 'kid': 'k1'})}.{part(good())}.{'A' * 60_000}",
    }
    answers = {name: tell(front, row, token, address=f"10.0.{n}.1") for n, (name, token) in enumerate(tokens.items())}
    assert {name: each.status for name, each in answers.items() if each.status != 400} == {}
    for each in answers.values():
        assert each.json == {"error": "invalid_request", "error_description": "the logout token was refused"}
        assert "no-store" in each.header("Cache-Control")
    assert who(person) == "ana@example.org"


def test_token_works_once(front, row, forger, person):
    token = signed(forger.logout_claims())
    assert tell(front, row, token).status == 200
    again = Client(front)
    arrive(again, row, forger, signed)
    assert tell(front, row, token).status == 400
    assert who(again) == "ana@example.org"


def test_session_of_one_person_with_the_name_of_another_ends_nothing(front, row, forger, person):
    tell(front, row, signed(forger.logout_claims(sub="somebody else")))
    tell(front, row, signed(forger.logout_claims(sid="another session")))
    assert who(person) == "ana@example.org"


def test_provider_ends_only_sessions_of_its_own(front, site, row, forger, person):
    """The other one signs well, for itself, and names the person and the session just so."""
    with forging() as evil:
        evil.keys = {"keys": [key("e2", "EC").as_dict(private=False)]}
        other = configured(evil, "Evil", site=site)
        own = signed(evil.logout_claims(), key("e2", "EC"), "ES256")
        posing = signed(evil.logout_claims(iss=forger.url), key("e2", "EC"), "ES256")
        assert tell(front, other, own).status == 200
        assert [tell(front, row, own).status, tell(front, row, posing).status] == [400, 400]
        assert [tell(front, other, posing).status, tell(front, other, signed(forger.logout_claims())).status] == [
            400,
            400,
        ]
    assert who(person) == "ana@example.org"


def test_refusal_is_in_the_log_with_its_cause_and_the_caller_learns_none(front, row, forger, person):
    from keyhouse.audit.models import AuditEvent

    answer = tell(front, row, signed(forger.logout_claims(nonce="n")))
    event = AuditEvent.objects.filter(kind="sign-in failed").latest("sequence")
    assert "a logout token has no nonce" in event.comment
    assert event.address == "10.0.0.9"
    assert "nonce" not in answer.text


def test_body_is_bounded_and_only_a_form_counts(front, row, forger, person):
    token = signed(forger.logout_claims())
    assert tell(front, row, "x" * 200_000).status == 413
    assert tell(front, row, token, json={"logout_token": token}).status == 400
    path = f"/oidc-backchannelLogout.view?configuration={row.id}&logout_token={token}"
    client = Client(front, keeps_cookies=False)
    assert client.get(path).status == 405
    assert client.post(path, {"user-agent": "x"}, form={}, csrf=False).status == 400
    assert who(person) == "ana@example.org"


def test_unknown_configuration_is_said_to_be_unknown(front, row):
    for number in ("999", "-1", "0", "x", str(2**70)):
        answer = tell(front, row, "x", number=number)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_flood_of_forged_tokens_is_slowed_by_address_and_asks_the_provider_rarely(front, row, forger, person):
    asked = len(forger.asked)
    statuses = [tell(front, row, signed(forger.logout_claims(), key("other"))).status for _ in range(70)]
    assert statuses.count(400) < 65 and statuses[-1] == 429
    assert len(forger.asked) - asked <= 2
    assert tell(front, row, signed(forger.logout_claims()), address="10.9.9.9").status == 200
    assert who(person) == "guest"
