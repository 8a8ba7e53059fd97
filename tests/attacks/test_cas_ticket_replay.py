"""Attack: sign in with a CAS ticket that was used, or is another service's, configuration's, browser's or proxy's."""

import pytest

from tests.providers.cas_server import Person
from tests.providers.cas_visits import at, back_with, begin, come_back, service_in, sign_in, ticket_in, who
from tests.providers.hostile import hostile
from tests.site import Client

ANALYST = "analyst@example.org"


@pytest.fixture
def cas(site, admin, analyst, cas_server):
    return at(cas_server)


@pytest.fixture
def mallory(front):
    """Another browser."""
    return Client(front)


def refused_reasons():
    from keyhouse.audit import Kind
    from keyhouse.audit.models import AuditEvent

    return list(
        AuditEvent.objects.filter(kind=Kind.SIGN_IN_FAILED).order_by("sequence").values_list("reason", flat=True)
    )


def test_address_that_signed_somebody_in_signs_nobody_in_again(client, cas, mallory):
    """From the history of a browser, or the log of a proxy."""
    address = Person("ana").sign_in(begin(client, cas))
    assert come_back(client, address).status == 303
    for browser in (client, mallory):
        assert come_back(browser, address).status == 403
    assert who(mallory) == "guest"
    assert refused_reasons() == ["sign_in_unknown", "sign_in_unknown"]


def test_used_ticket_is_refused_in_a_new_journey_without_asking_the_server(client, cas, mallory):
    address = Person("ana").sign_in(begin(client, cas))
    come_back(client, address)
    cas.settings = {**cas.settings, "server_url": "http://127.0.0.1:9/cas"}
    cas.save()
    answer = back_with(mallory, service_in(begin(mallory, cas)), ticket_in(address))
    assert answer.status == 403
    assert "used already" in answer.text


def test_ticket_of_another_journey_is_refused_by_the_server(client, cas, mallory):
    """Login injection: the victim's stolen, unused ticket brought back in the attacker's own journey, or vice versa."""
    stolen = ticket_in(Person("ana").sign_in(begin(client, cas)))
    answer = back_with(mallory, service_in(begin(mallory, cas)), stolen)
    assert answer.status == 403
    assert who(mallory) == "guest"


def test_victim_is_not_signed_in_as_the_attacker(client, cas, mallory):
    """Login CSRF: the attacker stops before coming back and has the victim's browser open the address."""
    address = Person("ana").sign_in(begin(mallory, cas))
    assert come_back(client, address).status == 403
    assert who(client) == "guest"
    begin(client, cas)
    assert come_back(client, address).status == 403
    assert who(client) == "guest"


def test_ticket_for_another_service_is_refused(client, cas, cas_server):
    cas_server.register(r"^http://127\.0\.0\.1:8080/elsewhere")
    foreign = cas_server.ticket("ana", "http://127.0.0.1:8080/elsewhere")
    assert back_with(client, service_in(begin(client, cas)), foreign).status == 403
    assert who(client) == "guest"


def test_ticket_of_one_configuration_is_refused_by_another(client, cas, cas_server):
    other = at(cas_server, description="Other CAS")
    address = Person("ana").sign_in(begin(client, cas))
    moved = address.replace(f"configuration={cas.id}&", f"configuration={other.id}&")
    assert moved != address
    assert come_back(client, moved).status == 403
    assert who(client) == "guest"


def test_proxy_ticket_is_refused_although_its_user_is_genuine(client, cas, cas_server):
    """Another service that holds a proxy-granting ticket could otherwise come in as each of its visitors."""
    service = service_in(begin(client, cas))
    ticket = cas_server.ticket("ana", service, "PT")
    assert ticket.startswith("PT-")
    assert back_with(client, service, ticket).status == 403
    assert who(client) == "guest"


def test_proxy_ticket_that_calls_itself_a_service_ticket_is_refused(client, cas):
    body = b"""<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess>
      <cas:user>ana</cas:user><cas:attributes><cas:mail>analyst@example.org</cas:mail></cas:attributes>
      <cas:proxies><cas:proxy>https://another.example.org</cas:proxy></cas:proxies>
      </cas:authenticationSuccess></cas:serviceResponse>"""
    with hostile() as server:
        server.says(body)
        cas.settings = {**cas.settings, "server_url": server.url}
        cas.save()
        assert back_with(client, service_in(begin(client, cas)), "ST-1").status == 503
    assert who(client) == "guest"


@pytest.mark.parametrize(
    "ticket",
    [
        "ST-1&service=http://127.0.0.1:8080/elsewhere",
        "ST-1%26service%3Dhttp://elsewhere",
        "ST-1#fragment",
        "ST-1\r\nX-Injected: 1",
        "ST-../../login",
        "ST-1 ",
        "ST-",
        "st-1",
        "PGT-1",
        "ST-é",
        "ST-" + "a" * 300,
        "",
    ],
)
def test_nothing_but_a_ticket_is_passed_on_to_the_server(client, cas, ticket):
    """Characters of the ticket could change what the server is asked, and so whom it vouches for."""
    with hostile() as server:
        cas.settings = {**cas.settings, "server_url": server.url}
        cas.save()
        begun = service_in(begin(client, cas))
        query = {"configuration": str(cas.id), "state": begun.partition("state=")[2], "ticket": ticket}
        answer = client.get("/cas-validate.view", **query)
        assert answer.status == 403
        assert server.asked == []


def test_account_that_was_deactivated_is_refused(client, site, cas, analyst):
    from tests.site import OPERATOR

    site.users.deactivate(analyst, OPERATOR)
    assert sign_in(client, cas, "ana").status == 403
    assert who(client) == "guest"


def test_configuration_that_was_switched_off_takes_no_ticket(client, cas):
    address = Person("ana").sign_in(begin(client, cas))
    cas.is_enabled = False
    cas.save()
    assert come_back(client, address).status in {403, 404}
    assert who(client) == "guest"


def test_neither_ticket_nor_state_is_in_the_audit_log(client, cas):
    from keyhouse.audit.models import AuditEvent

    address = Person("ana").sign_in(begin(client, cas))
    come_back(client, address)
    come_back(client, address)
    written = " ".join(str(row) for row in AuditEvent.objects.values_list())
    assert "Campus CAS" in written
    assert ticket_in(address) not in written
    assert service_in(address.replace("?", "?service=x&")) == "x"
