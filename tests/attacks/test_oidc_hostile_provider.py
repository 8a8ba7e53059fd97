"""Attack: a provider of OpenID Connect, or who has taken its address, answers with what harms or bends its reader."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from keyhouse.signin.method import SignInFailed
from tests.providers.oidc_forger import EMAIL, MISSING, SUBJECT, arrive, forging, key, nonce_in, signed, state_in
from tests.providers.oidc_visits import begin, come_back, configured, who

DISCOVERY, METADATA_SERVICE = "/.well-known/openid-configuration", "http://169.254.169.254/latest/meta-data/"
DOWN = "Campus directory cannot be reached at present"


@pytest.fixture
def forger():
    with forging() as provider:
        yield provider


@pytest.fixture
def row(site, admin, forger):
    return configured(forger, site=site)


@pytest.fixture
def tried(client, site, forger):
    """Try to sign in while the provider answers one path in some way; return the answer and what was logged."""

    def try_(path, status, headers, body, row):
        from keyhouse.audit.models import AuditEvent
        from keyhouse.signin.oidc.method import method

        method.documents.forget()
        forger.answers = {path: (status, headers, body)}
        led = client.get("/login-ssoRedirect.view", configuration=row.id)
        if led.status == 302:
            url = led.header("Location")
            forger.says(signed(forger.claims(nonce=nonce_in(url), email=MISSING)))
            led = come_back(client, row, {"code": "code-1", "state": state_in(url)})
        return led, AuditEvent.objects.filter(kind="sign-in failed").latest("sequence").comment

    return try_


BAD_BODIES = {
    "not JSON": (200, {}, b"<html>Sign in to the Wi-Fi</html>"),
    "nothing": (200, {}, b""),
    "a list": (200, {}, b"[]"),
    "deep": (200, {}, b"[" * 100_000),
    "endless": (200, {}, b" " * (2 * 1024 * 1024 + 1)),
    "a huge number": (200, {}, b'{"issuer": ' + b"9" * 100_000 + b"}"),
    "not found": (404, {}, b"{}"),
    "an error": (500, {}, b"Traceback"),
    "to the metadata service": (302, {"Location": METADATA_SERVICE}, b""),
    "to a file": (302, {"Location": "file:///etc/passwd"}, b""),
    "in a circle": (302, {"Location": DISCOVERY}, b""),
}


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token", "/userinfo"])
def test_document_of_another_shape_signs_nobody_in_and_is_told_in_the_log(client, row, tried, path):
    for name, (status, headers, body) in BAD_BODIES.items():
        answer, logged = tried(path, status, headers, body, row)
        assert answer.status in {403, 503}, (name, answer.status)
        assert logged.startswith("Campus directory: "), name
        assert "Traceback" not in answer.text and "169.254" not in answer.text
        assert who(client) == "guest"


def test_provider_that_drips_holds_no_worker_for_long(client, row, tried, monkeypatch):
    from keyhouse.signin import fetching

    monkeypatch.setitem(fetching.fetch_document.__kwdefaults__, "seconds", 0.3)
    answer, logged = tried(DISCOVERY, 200, {}, [b" "] * 50, row)
    assert (answer.status, DOWN in answer.text) == (503, True)
    assert "no answer within" in logged


def test_provider_that_is_down_is_not_asked_for_each_visitor(client, row, forger):
    forger.answers[DISCOVERY] = (500, {}, b"")
    for _ in range(5):
        assert client.get("/login-ssoRedirect.view", configuration=row.id).status == 503
    assert forger.asked == [DISCOVERY]


def test_provider_that_does_not_answer_holds_one_worker_and_no_more(monkeypatch):
    from threading import Event, Thread

    from keyhouse.signin.method import Provider, ProviderDown
    from keyhouse.signin.oidc import documents

    monkeypatch.setattr(documents, "_PATIENCE_SECONDS", 0.01)
    asked, answers, found = [], Event(), []

    def discover(provider):
        asked.append(provider.id)
        answers.wait(10)
        return "the document"

    monkeypatch.setattr(documents, "discover", discover)
    kept, now = documents.Documents(), datetime.now(UTC)
    slow, other = (Provider(number, "oidc", "P", {"issuer": f"https://{number}"}, "") for number in (1, 2))
    first = Thread(target=lambda: found.append(kept.discovered(slow, now)))
    first.start()
    while not asked:
        pass
    with pytest.raises(ProviderDown):
        kept.discovered(slow, now)
    answers.set()
    first.join()
    assert (found, asked) == (["the document"], [1])
    assert kept.discovered(slow, now) == kept.discovered(other, now) == "the document"
    assert asked == [1, 2]


def test_address_that_is_none_or_not_encrypted_is_not_used(client, row, forger):
    from keyhouse.signin.oidc.method import method

    values = ("javascript:alert(1)", "file:///etc/passwd", METADATA_SERVICE, "http://evil.example.org/", 1, [], "")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        good = forger.document[name]
        for value in values:
            method.documents.forget()
            forger.document[name] = value
            assert client.get("/login-ssoRedirect.view", configuration=row.id).status == 503, (name, value)
        forger.document[name] = good


def test_provider_elsewhere_cannot_send_us_to_this_machine():
    from keyhouse.signin.oidc.documents import Unusable, _endpoint

    found = {"token_endpoint": "http://127.0.0.1:5432/"}
    with pytest.raises(Unusable, match="not encrypted"):
        _endpoint(found, "token_endpoint", "https://idp.example.org")
    assert _endpoint(found, "token_endpoint", "http://127.0.0.1:9") == "http://127.0.0.1:5432/"


def test_document_that_changes_its_issuer_later_is_not_used(client, row, forger, site):
    from keyhouse.signin.method import ProviderDown
    from keyhouse.signin.oidc.method import method

    assert arrive(client, row, forger, signed).status == 303
    forger.document["issuer"] = "https://evil.example.org"
    provider, now = site.providers.value_of(row), datetime.now(UTC)
    assert method.documents.discovered(provider, now).issuer == forger.url
    with pytest.raises(ProviderDown) as refused:
        method.documents.discovered(provider, now + timedelta(minutes=6))
    assert "is of issuer 'https://evil.example.org'" in refused.value.detail


def test_key_that_was_withdrawn_counts_no_longer_than_five_minutes(row, forger, site):
    from keyhouse.signin.oidc.method import method

    provider, now = site.providers.value_of(row), datetime.now(UTC)
    header = {"alg": "RS256", "kid": "k1"}
    assert method.documents.key_for(provider, header, now) is not None
    forger.keys["keys"] = [key("k2").as_dict(private=False)]
    assert method.documents.key_for(provider, header, now + timedelta(minutes=4)) is not None
    assert method.documents.key_for(provider, header, now + timedelta(minutes=5)) is None


def test_new_key_is_found_at_once_and_unknown_ones_ask_the_provider_rarely(row, forger, site):
    from keyhouse.signin.oidc.method import method

    provider, now = site.providers.value_of(row), datetime.now(UTC)
    documents = method.documents
    assert documents.key_for(provider, {"alg": "RS256", "kid": "k1"}, now) is not None
    forger.keys["keys"].append(key("k2").as_dict(private=False))
    assert documents.key_for(provider, {"alg": "RS256", "kid": "k2"}, now + timedelta(seconds=31)) is not None
    before = forger.asked.count("/jwks")
    for second in range(60):
        documents.key_for(provider, {"alg": "RS256", "kid": f"x{second}"}, now + timedelta(seconds=40 + second))
    assert forger.asked.count("/jwks") - before <= 2


def test_forged_token_does_not_take_the_known_keys_away_while_the_provider_is_down(row, forger, site):
    from keyhouse.signin.oidc.method import method

    provider, now = site.providers.value_of(row), datetime.now(UTC)
    known, unknown = {"alg": "RS256", "kid": "k1"}, {"alg": "RS256", "kid": "x"}
    assert method.documents.key_for(provider, known, now) is not None
    forger.answers["/jwks"] = (500, {}, b"")
    assert method.documents.key_for(provider, unknown, now + timedelta(minutes=1)) is None
    assert method.documents.key_for(provider, known, now + timedelta(minutes=4)) is not None
    with pytest.raises(SignInFailed):
        method.documents.key_for(provider, known, now + timedelta(minutes=5, seconds=1))


def test_flood_of_keys_costs_little_and_broken_ones_do_no_harm(client, row, forger):
    good = key().as_dict(private=False)
    broken = [1, None, {}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-256", "x": "A", "y": "A"}, {"kty": ["RSA"]}]
    broken += [{**good, "n": "A" * 100_000}, {**good, "e": "A" * 1_000}, {**good, "kid": ["k1"]}, {**good, "n": 1}]
    forger.keys = {"keys": [*broken, good, *({**good, "kid": f"x{n}"} for n in range(3_000))]}
    assert arrive(client, row, forger, signed).status == 303
    assert len(method_keys(row)) <= 100


def method_keys(row):
    from keyhouse.signin.oidc.method import method

    return next(kept.value for name, kept in method.documents._kept.items() if name[0] == "keys")


def test_set_without_keys_signs_nobody_in(client, row, forger):
    from keyhouse.signin.oidc.method import method

    for keys in ({}, {"keys": 1}, {"keys": {}}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AA"}]}):
        method.documents.forget()
        forger.keys = keys
        assert arrive(client, row, forger, signed).status in {403, 503}, keys
        assert who(client) == "guest"


def test_userinfo_of_another_person_is_refused(client, row, forger):
    forger.userinfo = {"sub": "somebody else", "email": EMAIL, "email_verified": True}
    assert arrive(client, row, forger, signed, email=MISSING).status == 403
    assert who(client) == "guest"


def test_userinfo_neither_changes_what_was_signed_nor_raises_the_level(client, row, forger):
    from keyhouse.sessions.models import BrowserSession

    forger.userinfo = {"sub": SUBJECT, "email": "admin@example.org", "email_verified": True, "name": "Other"}
    forger.userinfo |= {"amr": ["mfa"], "acr": "phr", "sid": "other", "aud": "x"}
    assert arrive(client, row, forger, signed, name=MISSING).status == 303
    assert who(client) == EMAIL
    kept = BrowserSession.objects.get(user__email=EMAIL)
    assert (kept.methods, kept.assurance) == ("", 1)


def test_address_of_the_one_answer_is_not_verified_by_the_other(client, row, forger):
    """The ID token says an address and nothing of it; the other answer vouches for another address."""
    forger.userinfo = {"sub": SUBJECT, "email": "mallory@example.org", "email_verified": True}
    answer = arrive(client, row, forger, signed, email="admin@example.org", email_verified=MISSING)
    assert (answer.status, who(client)) == (403, "guest")


def test_address_that_is_not_vouched_for_takes_over_no_account(client, row, forger):
    """As with Entra ID, where an administrator of any tenant may write any address (nOAuth)."""
    row.links_accounts = True
    row.save()
    for mark in (MISSING, False, "false", None, 0, "no", [True], {"x": 1}):
        answer = arrive(client, row, forger, signed, email="admin@example.org", email_verified=mark)
        assert (answer.status, who(client)) == (403, "guest"), mark


def test_error_of_the_provider_stays_one_line_of_the_log_and_no_markup_of_ours(client, row):
    from keyhouse.audit.models import AuditEvent

    url = begin(client, row)
    evil = "<script>alert(1)</script>\r\n2026-01-01 admin signed in \u202e" + "x" * 5_000
    came = {"state": state_in(url), "error": evil, "error_description": evil}
    answer = come_back(client, row, came)
    assert answer.status == 403
    assert "alert(1)" not in answer.text and "x" * 100 not in answer.text
    logged = AuditEvent.objects.filter(kind="sign-in failed").latest("sequence").comment
    assert "\n" not in logged and "\u202e" not in logged and len(logged) < 600


def test_names_of_the_provider_stay_text(client, row, forger):
    from keyhouse.accounts.users import find

    forger.userinfo = {"sub": SUBJECT}
    name, groups = "<b>Ana</b>\n\u202e", [1, {"x": 1}, "a" * 10_000, None]
    assert arrive(client, row, forger, signed, name=name, groups=groups, amr=["<b>", 1, None, "x" * 500]).status == 303
    assert "\n" not in find(EMAIL).display_name
    assert "<b>Ana" not in client.get("/user-mySessions.view").text


def test_address_that_is_none_makes_no_account(client, row, forger):
    from keyhouse.accounts.models import User

    before = User.objects.count()
    for address in ("admin@example.org,ana@example.org", "a b@example.org", "\u212aa@example.org", "x"):
        assert arrive(client, row, forger, signed, email=address).status == 403, address
    assert User.objects.count() == before


def test_refusals_of_the_token_endpoint_are_told_apart(client, row, forger):
    for status, body, text in (
        (400, {"error": "invalid_grant"}, "used already, or took too long"),
        (401, {"error": "invalid_client"}, "does not accept this site at present"),
        (200, {"access_token": "x"}, "does not accept this site at present"),
        (503, {"error": "x"}, DOWN),
        (429, {"error": "x"}, DOWN),
    ):
        url = begin(client, row)
        forger.answers["/token"] = (status, {}, json.dumps(body).encode())
        answer = come_back(client, row, {"code": "code-1", "state": state_in(url)})
        assert text in answer.text, (status, body)
