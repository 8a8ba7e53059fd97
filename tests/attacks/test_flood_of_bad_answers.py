"""Attack: bad answers of identity providers without end: they fill the disk, or keep others from signing in."""

import pytest

from tests.providers.made_up import configured, sign_in_at, stand_in
from tests.site import Client

FLOODER, NEIGHBOUR = "192.0.2.1", "192.0.2.2"
FORM = {"SAMLResponse": "PGEvPg==", "RelayState": "state"}
BAD = {
    "code": ("oidc", lambda client, row: client.get("/oidc-validate.view", configuration=row, code="c", state="s")),
    "logout token": ("oidc", lambda client, row: post(client, "oidc-backchannelLogout", row, logout_token="x.y.z")),
    "ticket": ("cas", lambda client, row: client.get("/cas-validate.view", configuration=row, ticket="ST-1")),
    "response": ("saml", lambda client, row: post(client, "saml-validate", row, SAMLResponse="PGEvPg==")),
    "response of a journey": ("saml", lambda client, row: post(client, "saml-validate", row, **FORM)),
    "handle": ("saml", lambda client, row: client.get("/saml-finish.view", configuration=row, handle="h")),
    "logout request": ("saml", lambda client, row: post(client, "saml-logout", row, SAMLRequest="PGEvPg==")),
    "passkey": ("cas", lambda client, row: by_passkey(client, credential="{}")),
    "logout response": ("saml", lambda client, row: client.get("/saml-logout.view", configuration=row, **FORM)),
}


def post(client, action, row, **form):
    return client.post(f"/{action}.view?configuration={row}", form=form, csrf=False)


def by_passkey(client, **form):
    browser = made(client.front, FLOODER)
    return browser.post("/login-passkey.view", form=form)


def rows():
    """Count everything that a request of nobody can leave behind."""
    from keyhouse.audit.models import AuditEvent
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.signin.models import HandedOver, Spent

    return {model.__name__: model.objects.count() for model in (AuditEvent, BrowserSession, HandedOver, Spent)}


@pytest.fixture
def few(site):
    """Let three failures of an address be written down, and no more while the test runs."""
    from keyhouse.authn.throttle import Throttle

    now = site.clock()
    site.failed_journeys._throttle = Throttle(3, seconds_a_failure=3600)
    site.failed_journeys._clock = lambda: now
    return site.failed_journeys


@pytest.mark.parametrize("bad", BAD)
def test_flood_leaves_few_rows_and_is_told_when_to_come_again(site, front, few, bad):
    kind, send = BAD[bad]
    number = configured(kind=kind).id
    flooder = Client(front, address=FLOODER, keeps_cookies=False)
    before = rows()
    answers = [send(flooder, number) for _ in range(10)]
    added = {name: count - before[name] for name, count in rows().items()}
    assert added["AuditEvent"] == 4, "three refusals, and that there are more"
    assert (added["BrowserSession"], added["Spent"]) == (0, 0)
    assert added["HandedOver"] <= 3
    assert 429 not in [answer.status for answer in answers[:3]]
    assert [answer.status for answer in answers[3:]] == [429] * 7
    assert int(answers[-1].header("Retry-After")) > 0
    assert "Traceback" not in answers[-1].text


def test_what_was_not_written_down_is_told_by_number(front, few):
    from keyhouse.audit.models import AuditEvent

    number = configured().id
    flooder = Client(front, address=FLOODER)
    for _ in range(10):
        BAD["code"][1](flooder, number)
    few.record_unheard()
    few.record_unheard()
    last = AuditEvent.objects.order_by("sequence").last()
    assert (last.kind, last.comment) == (
        "throttled",
        f"7 more bad answers of identity providers or passkeys from {FLOODER}.",
    )
    assert last.details == {"refusals": 7}


def test_who_shares_the_address_of_a_flood_still_signs_in(monkeypatch, site, front, few, analyst):
    stand_in(monkeypatch, site)
    row = configured()
    flooder = Client(front, address=FLOODER, keeps_cookies=False)
    for _ in range(10):
        flooder.get("/made-validate.view", configuration=row.id, state="nobody's")
    colleague = Client(front, address=FLOODER)
    assert sign_in_at(colleague, row).status == 303
    assert colleague.get("/login-whoAmI.api").json["email"] == analyst.email


def test_neighbours_in_one_network_of_ipv6_count_as_one(site, front):
    from tests.authenticator import at_localhost, options_for

    at_localhost(site)
    addresses = [f"2001:db8::{number:x}" for number in range(1, 62)]
    statuses = [options_for(made(front, address), "sign-in").status for address in addresses]
    assert set(statuses[:60]) == {200}
    assert statuses[60] == 429
    assert options_for(made(front, "2001:db8:0:1::1"), "sign-in").status == 200


def made(front, address):
    client = Client(front, address=address)
    client.get("/login-login.view", {"Host": "localhost:8080"})
    return client


def test_journeys_without_end_make_few_sessions(monkeypatch, site, front):
    stand_in(monkeypatch, site)
    row = configured()
    site.new_journeys.__init__(3, seconds_a_failure=3600)
    flooder = Client(front, address=FLOODER, keeps_cookies=False)
    before = rows()["BrowserSession"]
    begin = {"configuration": row.id}
    made_up = {"cookie": "JSESSIONID=made-up"}
    answers = [flooder.get("/login-ssoRedirect.view", made_up, **begin) for _ in range(9)]
    assert {answer.status for answer in answers[:3]} == {302}
    assert {answer.status for answer in answers[4:]} == {429}
    assert int(answers[-1].header("Retry-After")) > 0
    assert rows()["BrowserSession"] - before <= 4
    assert Client(front, address=NEIGHBOUR).get("/login-ssoRedirect.view", **begin).status == 302


def test_one_browser_may_begin_again_and_again(monkeypatch, site, front):
    stand_in(monkeypatch, site)
    row = configured()
    site.new_journeys.__init__(3, seconds_a_failure=3600)
    browser = Client(front, address=FLOODER)
    before = rows()["BrowserSession"]
    assert {browser.get("/login-ssoRedirect.view", configuration=row.id).status for _ in range(6)} == {302}
    assert rows()["BrowserSession"] - before == 1
