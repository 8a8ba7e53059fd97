"""Whatever a token holds, it is verified or refused, and nothing else happens."""

import contextlib
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.providers.oidc_forger import LOGOUT_EVENT, key, signed

from keyhouse.signin.method import Flow, Provider, Purpose, SignInFailed
from keyhouse.signin.oidc.tokens import Forged, id_token_of, logout_token_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
SECOND = timedelta(seconds=1)
ISSUER = "https://login.example.org"
PROVIDER = Provider(1, "oidc", "Campus", {"issuer": ISSUER, "client_id": "keyhouse"}, "https://data.example.org")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
GOOD = {"iss": ISSUER, "aud": "keyhouse", "sub": "s", "iat": AT, "exp": AT + 60, "nonce": "n"}
LOGOUT = {**GOOD, "jti": "j", "sid": "x", "events": {LOGOUT_EVENT: {}}}
del LOGOUT["nonce"]


class Published:
    """The provider's documents, of which there is one key."""

    def key_for(self, provider, header, now):
        return key("e1", "EC")


def journey(purpose=Purpose.SIGN_IN):
    return Flow(1, "state", "n", "v", purpose, "", NOW)


def read(token, purpose=Purpose.SIGN_IN, now=NOW):
    return id_token_of(PROVIDER, journey(purpose), token, "access", Published(), now)


def by_ec(claims):
    return signed(claims, key("e1", "EC"), "ES256")


def test_good_tokens_are_taken():
    assert read(by_ec(GOOD))["sub"] == "s"
    said = logout_token_of(PROVIDER, by_ec(LOGOUT), Published(), NOW)
    assert (said.jti, said.session_name, said.subject) == ("j", "x", "s")


def test_logout_token_is_remembered_for_as_long_as_it_could_be_taken():
    until = logout_token_of(PROVIDER, by_ec({**LOGOUT, "iat": AT + 60, "exp": AT + 10**6}), Published(), NOW).until
    with pytest.raises(Forged, match="too long ago"):
        logout_token_of(PROVIDER, by_ec({**LOGOUT, "iat": AT + 60, "exp": AT + 10**6}), Published(), until + SECOND)


@given(st.dictionaries(st.sampled_from([*GOOD, "azp", "at_hash", "amr", "auth_time", "nbf"]), JSON))
def test_id_token_of_any_claims_is_taken_or_refused(changes):
    for purpose in (Purpose.SIGN_IN, Purpose.FRESH):
        with contextlib.suppress(SignInFailed):
            claims = read(by_ec({**GOOD, **changes}), purpose)
            assert (claims["iss"], claims["nonce"]) == (ISSUER, "n")
            assert claims["sub"] and isinstance(claims["sub"], str)


@given(st.dictionaries(st.sampled_from([*LOGOUT, "nonce", "nbf"]), JSON))
def test_logout_token_of_any_claims_is_taken_or_refused(changes):
    with contextlib.suppress(Forged):
        said = logout_token_of(PROVIDER, by_ec({**LOGOUT, **changes}), Published(), NOW)
        assert said.jti and (said.session_name or said.subject)
        assert "nonce" not in changes


@given(st.text() | st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "zip", "jwk", "x5c"]), JSON))
def test_header_of_any_kind_is_refused(header):
    text = header if isinstance(header, str) else json.dumps(header)
    part = urlsafe_b64encode(text.encode("utf-8", "replace")).rstrip(b"=").decode()
    for token in (text, f"{part}.{part}.{part}", f"{part}.e30.", f"{part}.e30.AA"):
        with pytest.raises(Forged):
            logout_token_of(PROVIDER, token, Published(), NOW)


def test_fresh_sign_in_wants_to_know_when_and_that_it_was_since():
    for claims in ({}, {"auth_time": True}, {"auth_time": AT - 61}):
        with pytest.raises(SignInFailed, match="did not ask you to prove that you are there"):
            read(by_ec({**GOOD, **claims}), Purpose.FRESH)
    assert read(by_ec({**GOOD, "auth_time": AT - 59}), Purpose.FRESH)
