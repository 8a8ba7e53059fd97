"""From headers to what is presented: whatever arrives, nothing raises and nothing is mistaken for a guest."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.core.credentials import (
    CookieCredential,
    KeyCredential,
    PasswordCredential,
    Presented,
    Source,
    has_key,
    read,
)
from keyhouse.core.tokens import TokenKind, mint

HEADER = st.none() | st.text(max_size=200)
KEY = mint(TokenKind.API_KEY, lambda size: bytes(range(size))).text


def basic(text: str, encoding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(text.encode(encoding)).decode()


@given(HEADER, HEADER, HEADER, st.text(max_size=200))
def test_reading_never_raises_whatever_the_headers_hold(authorization, apikey, cookie, query):
    assert isinstance(read(authorization, apikey, cookie, query), Presented)


def is_anonymous(presented: Presented) -> bool:
    return not (presented.credentials or presented.unreadable or presented.has_several_authorizations)


@given(st.text(min_size=1, max_size=100).filter(str.strip))
def test_an_authorization_header_is_never_read_as_a_guest(value):
    presented = read(value, None, None, "")
    if not is_anonymous(presented):
        return
    scheme, _, rest = value.strip().partition(" ")
    assert scheme.lower() == "basic"
    assert base64.b64decode(rest.strip()).partition(b":")[0].decode("latin-1").lower() == "guest"


@given(st.text(max_size=100).filter(lambda text: text.lower() != "guest" and ":" not in text), st.text(max_size=100))
def test_any_basic_user_but_guest_counts(user, password):
    presented = read(basic(f"{user}:{password}"), None, None, "")
    assert not is_anonymous(presented)
    if "\0" not in user + password and user != "apikey":
        assert presented.credentials == (PasswordCredential(Source.BASIC, user, password),)


@given(st.text(min_size=1, max_size=100))
def test_an_apikey_header_always_counts(value):
    assert not is_anonymous(read(None, value, None, ""))


def test_guest_over_basic_is_the_guest_in_any_case():
    for user in ("guest", "Guest", "GUEST"):
        assert is_anonymous(read(basic(f"{user}:whatever"), None, None, ""))


def test_every_envelope_brings_the_key():
    for authorization in (basic(f"apikey:{KEY}"), basic(f"apikey:{KEY}").replace("Basic", "bAsIc")):
        assert read(authorization, None, None, "").credentials == (KeyCredential(Source.BASIC, KEY),)
    for authorization in (f"Bearer {KEY}", f"bearer {KEY}", f"BEARER   {KEY} "):
        assert read(authorization, None, None, "").credentials == (KeyCredential(Source.BEARER, KEY),)
    assert read(None, KEY, None, "").credentials == (KeyCredential(Source.HEADER, KEY),)


def test_a_key_is_not_trimmed_into_a_right_one():
    assert read(None, f" {KEY}", None, "").credentials == (KeyCredential(Source.HEADER, f" {KEY}"),)
    assert read(basic(f"apikey:{KEY}\n"), None, None, "").credentials == (KeyCredential(Source.BASIC, f"{KEY}\n"),)


def test_a_password_may_contain_colons_and_any_letters():
    found = read(basic("ada@example.org:a:b:ü€"), None, None, "").credentials
    assert found == (PasswordCredential(Source.BASIC, "ada@example.org", "a:b:ü€"),)
    assert read(basic("ada@example.org:é", "latin-1"), None, None, "").credentials[0].password == "é"


def test_what_cannot_be_read_says_why_without_quoting():
    for value, detail in {
        "Basic %%%": "what follows Basic is not base64",
        "Basic": "no colon between user name and password",
        basic("no colon here"): "no colon between user name and password",
        basic("ada@example.org:a\0b"): "contains a NUL character",
        "Bearer": "no key after Bearer",
        "Digest username=ada": "a scheme other than Basic and Bearer",
        KEY: "a scheme other than Basic and Bearer",
    }.items():
        (unreadable,) = read(value, None, None, "").unreadable
        assert unreadable.detail == detail


def test_two_authorization_headers_are_seen_as_two():
    assert read(f"Bearer {KEY}, Bearer {KEY}", None, None, "").has_several_authorizations
    assert read(None, f"{KEY}, {KEY}", None, "").unreadable[0].detail == "sent more than once"


def test_keys_in_a_query_string_are_seen_however_they_are_hidden():
    for query in (
        f"apikey={KEY}",
        f"a=1&APIKEY={KEY}",
        "apikey=0f0f",
        "%61pikey=x",
        f"token={KEY}",
        f"x={KEY.replace('_', '%5f')}",
        f"x={KEY.replace('k', '%6B')}",
        f"{KEY}",
        f"a=before{KEY}after",
    ):
        assert has_key(query), query
    for query in ("", "q=khk_short", "schemaName=core&query.queryName=APIKeys", "apikeys=1"):
        assert not has_key(query), query


def test_repr_of_what_is_presented_hides_every_secret():
    presented = read(basic("ada@example.org:hunter2"), KEY, "cookie-secret", "")
    assert len(presented.credentials) == 3
    assert not any(secret in repr(presented) for secret in ("hunter2", KEY, "cookie-secret"))


def test_a_cookie_alone_carries_no_key():
    assert not read(None, None, "o.k.x", "").carries_key
    assert read(None, None, "abc", "").credentials == (CookieCredential("abc"),)
    assert not read(basic("ada@example.org:pw"), None, None, "").carries_key
