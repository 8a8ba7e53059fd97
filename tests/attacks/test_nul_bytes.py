"""Attack: NUL bytes, at which some layers stop reading and others do not."""

import pytest

from tests.attacks.wire import basic, send
from tests.site import PASSWORD, issue


def test_nul_in_a_header_is_refused_by_the_server(live):
    assert send(live.port, [b"GET /labkey/login-whoAmI.api HTTP/1.1", b"apikey: a\x00b"]).status == 400


@pytest.mark.parametrize("where", ["{}\0", "\0{}", "{}\0x"])
def test_nul_beside_a_good_key_is_a_bad_key(site, client, analyst, where):
    key = where.format(issue(site, analyst))
    for headers in ({"apikey": key}, {"Authorization": f"Bearer {key}"}, basic("apikey", key), basic("apikey\0", key)):
        assert client.get("/login-whoAmI.api", headers).status == 401


def test_nul_beside_a_good_password_is_a_bad_password(site, client, analyst):
    for headers in (basic(analyst.email, PASSWORD + "\0"), basic(analyst.email + "\0", PASSWORD)):
        assert client.get("/login-whoAmI.api", headers).status == 401


def test_nul_in_a_path_or_parameter_is_400(site, client, analyst):
    key = {"apikey": issue(site, analyst)}
    assert client.get("/home\0/login-whoAmI.api").status == 400
    assert client.get("/home/query-getSchemas.api?schemaName=a%00b", key).status == 400
    assert client.post("/home/query-selectRows.api", key, json={"schemaName": "a\0b", "queryName": "x"}).status == 400


def test_nul_in_a_user_agent_does_not_stop_the_log(site, client, analyst):
    from keyhouse.audit.verify import Intact, verify

    assert client.get("/login-whoAmI.api", {"apikey": issue(site, analyst), "User-Agent": "a\0b"}).status == 200
    site.last_used.flush()
    assert isinstance(verify(), Intact)
