"""Attack: write one's own X-Forwarded-For, to dodge limits or to appear in the log as somebody else."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.web.addresses import Proxies


def seen(trusted: list[str], peer: str, forwarded_for: str = "", proto: str = "") -> tuple[str, str]:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded_for, "HTTP_X_FORWARDED_PROTO": proto}
    return Proxies(trusted).seen({**environ, "wsgi.url_scheme": "http"})


@given(st.text(), st.text())
def test_nothing_is_believed_of_a_stranger(forwarded_for, proto):
    assert seen(["10.0.0.0/8"], "192.0.2.1", forwarded_for, proto) == ("192.0.2.1", "http")
    assert seen([], "10.0.0.1", forwarded_for, proto) == ("10.0.0.1", "http")


@given(st.text())
def test_what_stands_before_the_last_true_hop_is_not_believed(written):
    assert seen(["10.0.0.1"], "10.0.0.1", f"{written}, 203.0.113.7")[0] == "203.0.113.7"


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("", "10.0.0.1"),
        ("nonsense", "10.0.0.1"),
        ("203.0.113.7, nonsense", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        (",,,", "10.0.0.1"),
    ],
)
def test_behind_our_proxies_the_first_foreign_hop_is_the_client(forwarded_for, client):
    assert seen(["10.0.0.0/8"], "10.0.0.1", forwarded_for)[0] == client


def test_a_proxy_reached_over_ipv6_sockets_is_known_by_its_ipv4_address():
    assert seen(["127.0.0.1"], "::ffff:127.0.0.1", "203.0.113.7")[0] == "203.0.113.7"


@pytest.mark.parametrize(
    ("proto", "scheme"), [("https", "https"), ("HTTPS", "https"), ("gopher", "http"), ("", "http")]
)
def test_only_known_schemes_are_believed_of_a_proxy(proto, scheme):
    assert seen(["10.0.0.1"], "10.0.0.1", "203.0.113.7", proto)[1] == scheme


def test_limits_follow_the_address_that_the_proxy_saw(site, front, analyst):
    from keyhouse.web.front import Front
    from tests.site import Client

    boot = dataclasses.replace(site.boot, trusted_proxies=("10.0.0.1",))
    client = Client(Front(dataclasses.replace(site, boot=boot), front._inner), address="10.0.0.1")
    statuses = []
    for number in range(70):
        headers = {"apikey": "wrong", "X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7"}
        statuses.append(client.get("/login-whoAmI.api", headers).status)
    assert statuses[-1] == 429
    assert client.get("/login-whoAmI.api", {"apikey": "wrong", "X-Forwarded-For": "203.0.113.8"}).status == 401
