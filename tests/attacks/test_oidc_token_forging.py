"""Attack: be somebody else with an ID token that is made up, changed, borrowed, or of another time or place."""

import json
import time
from base64 import urlsafe_b64encode

import pytest

from keyhouse.core.reasons import Reason
from tests.providers.oidc_forger import MISSING, arrive, forging, key, part, signed, signed_with_secret
from tests.providers.oidc_visits import configured, who

pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
OTHER = "https://evil.example.org"
NOW = int(time.time())


@pytest.fixture
def forger():
    with forging() as provider:
        provider.keys["keys"] += [each.as_dict(private=False) for each in (key("e1", "EC"), key("o1", "OKP"))]
        yield provider


@pytest.fixture
def row(site, admin, forger):
    return configured(forger, site=site)


@pytest.fixture
def let_in(client, row, forger):
    """Try each of many tokens; return which of them were not refused as a forged one is."""

    def tried(tokens):
        return [name for name, token in tokens.items() if not is_refused(client, arrive(client, row, forger, token))]

    return tried


def is_refused(client, answer):
    is_said = "The answer of Campus directory was refused" in answer.text
    return answer.status == 403 and is_said and who(client) == "guest"


def last_failure():
    from keyhouse.audit.models import AuditEvent

    event = AuditEvent.objects.filter(kind="sign-in failed").order_by("-sequence").first()
    assert event is not None and event.reason == Reason.PROVIDER_REFUSED.value
    return event.comment


def unsigned(alg):
    return lambda claims: f"{part({'alg': alg, 'kid': 'k1'})}.{part(claims)}."


def changed_after(claims):
    head, _, signature = signed(claims).split(".")
    return f"{head}.{part({**claims, 'sub': 'somebody else'})}.{signature}"


def with_claims(**changes):
    return lambda claims: signed({**claims, **changes})


def raw(text):
    return urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("by", "alg"), [("RSA", "RS256"), ("RSA", "PS512"), ("EC", "ES256"), ("OKP", "Ed25519"), ("OKP", "EdDSA")]
)
def test_good_token_signs_in_by_each_kind_of_key(client, row, forger, by, alg):
    """Else the refusals below would prove nothing."""
    kid = {"RSA": "k1", "EC": "e1", "OKP": "o1"}[by]
    assert arrive(client, row, forger, lambda claims: signed(claims, key(kid, by), alg)).status == 303
    assert who(client) == "ana@example.org"


def test_token_without_a_signature_is_refused(let_in):
    assert let_in({alg: unsigned(alg) for alg in ("none", "None", "nOnE", "", "HS256", "RS256", "dir")}) == []


def test_public_key_or_client_secret_is_no_key_for_a_shared_secret(let_in):
    texts = {
        "pem": key().as_pem(private=False),
        "jwk": json.dumps(key().as_dict(private=False)).encode(),
        "client secret": b"forger's secret",
        "nothing": b"",
    }

    def by(text, alg):
        return lambda claims: signed_with_secret(claims, text, alg)

    tokens = {f"{name} {alg}": by(text, alg) for name, text in texts.items() for alg in ("HS256", "HS512")}
    assert let_in(tokens) == []
    assert "'HS512' is not allowed" in last_failure()


def test_token_with_another_signature_is_refused(let_in):
    tokens = {
        "another key under a known name": lambda claims: signed(claims, key("other"), kid="k1"),
        "a key that is not published": lambda claims: signed(claims, key("other")),
        "the name of a key of another kind": lambda claims: signed(claims, kid="e1"),
        "the same, the other way": lambda claims: signed(claims, key("e1", "EC"), "ES256", kid="k1"),
        "an empty name": lambda claims: signed(claims, kid=""),
        "a name that is no text": lambda claims: signed(claims, kid=["k1"]),
        "changed after it was signed": changed_after,
        "another signature": lambda claims: signed(claims)[:-8] + "AAAAAAAA",
        "a critical header that nobody knows": lambda claims: signed(claims, crit=["exp"], exp=1),
        "a payload that is not encoded": lambda claims: signed(claims, crit=["b64"], b64=False),
        "four parts": lambda claims: signed(claims) + ".",
        "an encrypted one": lambda claims: "a.b.c.d.e",
        "no token": lambda claims: "no token",
        "nothing": lambda claims: "",
        "a header of 9000 levels": lambda claims: f"{raw(b'[' * 9000)}.e30.AA",
        "a member of 4000 levels": lambda claims: (
            raw(b'{"alg":"RS256","x":' + b"[" * 4000 + b"]" * 4000 + b"}") + ".e30.AA"
        ),
        "too long": lambda claims: signed({**claims, "x": "y" * 70_000}),
        "claims that are a list": lambda claims: signed_with_secret([1], b"x"),
    }
    assert let_in(tokens) == []


def test_key_in_the_header_or_behind_an_address_in_it_is_not_listened_to(let_in, forger):
    other = key("other")
    forger.answers["/evil"] = (200, {}, {"keys": [other.as_dict(private=False)]})
    evil = f"{forger.url}/evil"

    def by(header, kid):
        return lambda claims: signed(claims, other, kid=kid, **header)

    headers = ({"jwk": other.as_dict(private=False)}, {"jku": evil}, {"x5u": evil}, {"jku": evil, "x5u": evil})
    assert let_in({f"{header} {kid}": by(header, kid) for header in headers for kid in ("other", "k1", MISSING)}) == []
    assert "/evil" not in forger.asked


def test_key_that_is_weak_or_for_something_else_signs_nothing(let_in, forger):
    weak, sealing, limited = key("weak", "RSA", 1024), key("sealing"), key("limited")
    forger.keys["keys"] = [
        weak.as_dict(private=False),
        {**sealing.as_dict(private=False), "use": "enc"},
        {**limited.as_dict(private=False), "alg": "PS256"},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
    ]
    tokens = {each.kid: lambda claims, each=each: signed(claims, each) for each in (weak, sealing, limited)}
    assert let_in(tokens) == []
    assert "no key that the provider publishes" in last_failure()


def test_token_without_the_name_of_a_key_is_refused_where_several_could_be_meant(let_in, forger):
    forger.keys["keys"].append(key("k2").as_dict(private=False))
    assert let_in({"nameless": lambda claims: signed(claims, kid=MISSING)}) == []


def test_token_of_another_place_time_or_person_is_refused(let_in, forger):
    cases = (
        *({"iss": issuer} for issuer in (OTHER, MISSING, "", [OTHER], f"{forger.url}/", f"{forger.url}.evil.org")),
        *({"iss": issuer} for issuer in (forger.url.upper(), f" {forger.url}", [forger.url])),
        *({"aud": audience} for audience in ("another", MISSING, "", [], ["another"], ["keyhouse", "another"], 1)),
        {"aud": ["keyhouse", "another"], "azp": "another"},
        {"azp": "another"},
        *({"nonce": nonce} for nonce in ("another journey's", MISSING, "", 1)),
        *({"at_hash": value} for value in ("AAAAAAAAAAAAAAAAAAAAAA", 1, ["x"])),
        *({"exp": moment} for moment in (NOW - 120, MISSING, "tomorrow", float("nan"), True, -1)),
        *({"iat": moment} for moment in (NOW + 3600, MISSING, "now")),
        {"nbf": NOW + 3600},
        *({"sub": name} for name in (MISSING, "", 1, "x" * 256, ["a"])),
        {"amr": "mfa"},
    )
    assert let_in({str(case): with_claims(**case) for case in cases}) == []


def test_clock_of_the_provider_may_differ_by_what_the_configuration_says(client, row, forger):
    early = {"iat": int(time.time()) + 100}
    assert is_refused(client, arrive(client, row, forger, signed, **early))
    row.settings["clock_skew_seconds"] = 200
    row.save()
    assert arrive(client, row, forger, signed, **early).status == 303
