"""What a configuration of OpenID Connect may say, and what becomes of the claims of a provider."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.providers.oidc_forger import key

from keyhouse.core.assurance import Assurance
from keyhouse.signin.method import Provider, SignInFailed
from keyhouse.signin.oidc.identity import identity_of, is_incomplete
from keyhouse.signin.oidc.settings import lines_of, problems_of
from keyhouse.signin.oidc.settings import private_key as read_key

GOOD = {"issuer": "https://login.example.org", "client_id": "keyhouse"}
SIGNED = {"sub": "s", "email": "ana@example.org", "email_verified": True, "name": "Ana"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def provider(**settings):
    return Provider(1, "oidc", "Campus", {**GOOD, **settings}, "https://data.example.org")


def wrong(secrets=None, **settings):
    return [name for name, _ in problems_of({**GOOD, **settings}, secrets or {})]


def identity(userinfo=None, of=None, **claims):
    return identity_of(of or provider(), {**SIGNED, **claims}, userinfo or {}, {})


NO_ISSUERS = (
    *("", "login.example.org", "http://login.example.org", "https://", "https://a b", "https://x.org/?a"),
    *("https://x.org#a", "https://user:secret@x.org", "ftp://x.org", "https://[::1"),
    "https://x.org/.well-known/openid-configuration",
)
CLAIMS = ("email", "email_verified", "name", "groups", "amr", "acr", "auth_time", "sid")


@pytest.mark.parametrize("issuer", NO_ISSUERS)
def test_issuer_that_can_be_none_is_refused(issuer):
    assert wrong(issuer=issuer) == ["issuer"]


def test_good_settings_have_no_problem_and_a_provider_on_this_machine_needs_no_https():
    assert wrong() == wrong(issuer="http://127.0.0.1:4000") == wrong(issuer="https://x.org/realms/lab/") == []


@pytest.mark.parametrize(
    "settings",
    [
        {"client_id": " "},
        {"email_claim": ""},
        {"client_authentication": "client_secret_jwt"},
        {"scopes": "email profile"},
        {"required_claims": "hd"},
        {"required_claims": ["hd=x", "=x"]},
        {"clock_skew_seconds": 301},
        {"clock_skew_seconds": -1},
        {"clock_skew_seconds": "soon"},
    ],
    ids=str,
)
def test_setting_that_cannot_be_is_refused_by_its_name(settings):
    assert wrong(**settings) == list(settings)


def test_private_key_must_be_one():
    own = key("ours", "EC")
    assert wrong({"private_key": own.as_pem(private=True).decode()}) == []
    for text in (own.as_pem(private=False).decode(), "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", "x"):
        assert wrong({"private_key": text}) == ["private_key"]
    for kind in ("RSA", "EC", "OKP"):
        assert read_key(key(f"of {kind}", kind).as_pem(private=True).decode()).key_type == kind


@given(st.dictionaries(st.sampled_from(["issuer", "scopes", "required_claims", "clock_skew_seconds"]), JSON))
def test_settings_of_any_kind_are_judged_and_never_raise(settings):
    assert all(isinstance(name, str) and text for name, text in problems_of({**GOOD, **settings}, {}))


@pytest.mark.parametrize(
    ("claims", "level"),
    [
        ({}, Assurance.SINGLE),
        ({"amr": ["pwd"]}, Assurance.SINGLE),
        ({"amr": ["otp"]}, Assurance.SINGLE),
        ({"amr": ["pwd", "otp"]}, Assurance.TWO_FACTORS),
        ({"amr": ["mfa"]}, Assurance.TWO_FACTORS),
        ({"acr": "https://refeds.org/profile/mfa"}, Assurance.TWO_FACTORS),
        ({"acr": "urn:okta:loa:2fa:any"}, Assurance.TWO_FACTORS),
        ({"acr": "mfa-not"}, Assurance.SINGLE),
        ({"acr": "phr"}, Assurance.PHISHING_RESISTANT),
        ({"amr": ["fido", "mfa"]}, Assurance.PHISHING_RESISTANT),
        ({"acr": ["phrh"]}, Assurance.PHISHING_RESISTANT),
    ],
    ids=str,
)
def test_level_is_what_acr_and_amr_mean(claims, level):
    assert identity(**claims).assurance is level


def test_level_may_be_that_of_every_answer_or_of_none():
    assert identity(of=provider(two_factor_values="*")).assurance is Assurance.TWO_FACTORS
    assert identity(of=provider(two_factor_values="", phishing_resistant_values=[]), amr=["mfa"]).assurance is (
        Assurance.SINGLE
    )


@pytest.mark.parametrize(
    ("claims", "userinfo", "settings", "expected"),
    [
        ({}, {}, {}, ("ana@example.org", True)),
        ({"email_verified": "true"}, {}, {}, ("ana@example.org", True)),
        ({"email_verified": None}, {}, {}, ("ana@example.org", False)),
        ({"email_verified": None, "xms_edov": True}, {}, {}, ("ana@example.org", True)),
        ({"email_verified": False, "xms_edov": True}, {}, {}, ("ana@example.org", False)),
        ({"email_verified": False}, {}, {"trusts_addresses": True}, ("ana@example.org", False)),
        ({"email_verified": None}, {}, {"trusts_addresses": True}, ("ana@example.org", True)),
        ({"email": None}, {"email": "b@x.org", "email_verified": True}, {}, ("b@x.org", True)),
        ({"email": None, "email_verified": True}, {"email": "b@x.org"}, {}, ("b@x.org", False)),
        ({"email_verified": None}, {"email": "b@x.org", "email_verified": True}, {}, ("ana@example.org", False)),
        ({"upn": "u@x.org"}, {}, {"email_claim": "upn"}, ("u@x.org", False)),
        ({"upn": "u@x.org"}, {}, {"email_claim": "upn", "trusts_addresses": True}, ("u@x.org", True)),
        ({}, {"email": "ana@example.org", "email_verified": False}, {}, ("ana@example.org", False)),
        ({"email": ["a@x.org"]}, {}, {}, ("", False)),
    ],
    ids=str,
)
def test_address_counts_where_one_answer_says_both_it_and_that_it_is_verified(claims, userinfo, settings, expected):
    found = identity(userinfo, provider(**settings), **claims)
    assert (found.email, found.is_email_verified) == (expected[0], expected[1])


def test_required_claims_hold_of_texts_lists_and_flags():
    def is_let_in(line, **claims):
        try:
            return bool(identity(of=provider(required_claims=line), **claims))
        except SignInFailed:
            return False

    assert is_let_in("hd=example.org", hd="example.org")
    assert is_let_in("groups=lab", groups=["x", "lab"])
    assert is_let_in("staff=true", staff=True)
    assert not is_let_in("hd=example.org")
    assert not is_let_in("hd=example.org", hd="example.org.evil.net")
    assert not is_let_in("groups=lab", groups="lab,other")
    assert not is_let_in("hd=None")
    assert not is_let_in("hd={}", hd={})


def test_other_answer_is_asked_for_only_where_something_lacks():
    assert not is_incomplete(provider(), SIGNED)
    for lacking in ("email", "name", "email_verified"):
        assert is_incomplete(provider(), {name: value for name, value in SIGNED.items() if name != lacking})
    assert is_incomplete(provider(required_claims="hd=x"), SIGNED)


def test_moment_of_the_sign_in_is_read():
    assert identity(auth_time=86_400).signed_in_at == datetime(1970, 1, 2, tzinfo=UTC)
    assert identity(auth_time="x").signed_in_at is None


@given(
    st.dictionaries(
        st.sampled_from(["email", "email_verified", "name", "groups", "amr", "acr", "auth_time", "sid"]), JSON
    )
)
def test_claims_of_any_kind_become_an_identity_of_plain_values(claims):
    found = identity(claims, **claims)
    assert found.display_name.isprintable() and len(found.display_name) <= 100
    assert all(isinstance(each, str) and each.isprintable() for each in (*found.methods, *found.groups, found.email))


def test_lines_are_read_from_a_text_and_from_a_list():
    assert lines_of(provider(required_claims=" a=1 \n\n b=2"), "required_claims") == ("a=1", "b=2")
    assert lines_of(provider(required_claims=["a=1", ""]), "required_claims") == ("a=1",)
