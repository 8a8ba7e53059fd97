"""CAS together with what else there is: a fresh sign-in at the server, and Duo after it."""

from datetime import timedelta

import pytest
from tests.providers import duo_visits
from tests.providers.cas_server import Person
from tests.providers.cas_visits import at, begin, come_back, sign_in, tell_logout, ticket_in, who
from tests.site import Client, set_site

ANALYST = "analyst@example.org"
TOOLS = "/labkey/security-externalToolsView.view"


@pytest.fixture
def cas(site, admin, analyst, cas_server):
    set_site(site, allowApiKeys=True)
    return at(cas_server)


def session():
    from keyhouse.sessions.models import BrowserSession

    return BrowserSession.objects.get(user__email=ANALYST)


def leave_alone(site):
    """Let the sign-in be two hours ago."""
    from keyhouse.sessions.models import BrowserSession

    old = site.clock() - timedelta(hours=2)
    BrowserSession.objects.filter(pk=session().pk).update(proved_at=old, signed_in_at=old)


def make_key(client):
    return client.post("/security-createApiKey.api", form={"type": "apikey"})


def to_prove(client):
    """Begin a fresh sign-in and return the address of the server's page."""
    led = client.get("/login-reauthenticate.view", go="provider", returnUrl=TOOLS)
    assert led.status == 302, led.text
    return str(led.header("Location"))


def test_key_of_a_stale_session_needs_the_password_at_the_server_again(client, site, cas):
    person = Person("ana")
    come_back(client, person.sign_in(begin(client, cas)))
    leave_alone(site)
    assert make_key(client).json["reason"] == "fresh_sign_in_required"
    address = to_prove(client)
    assert "renew=true" in address
    answer = come_back(client, person.sign_in(address))
    assert (answer.status, answer.header("Location")) == (303, TOOLS)
    assert make_key(client).status == 200


def test_session_goes_on_after_a_fresh_sign_in_and_ends_with_the_new_ticket(client, site, front, cas):
    person = Person("ana")
    come_back(client, person.sign_in(begin(client, cas)))
    before = session().public_id
    leave_alone(site)
    address = person.sign_in(to_prove(client))
    come_back(client, address)
    assert session().public_id == before
    tell_logout(Client(front, keeps_cookies=False), cas, ticket_in(address))
    assert who(client) == "guest"


def test_somebody_else_at_the_server_proves_nothing(client, site, cas):
    """Whoever finds the browser open has an account at the server, too."""
    sign_in(client, cas, "ana")
    leave_alone(site)
    assert come_back(client, Person("bob").sign_in(to_prove(client))).status == 403
    assert make_key(client).json["reason"] == "fresh_sign_in_required"


def test_duo_is_asked_after_a_server_that_asked_for_one_factor(client, site, cas, duo, front):
    way = duo_visits.configured(site, duo)
    set_site(site, secondFactorFor="everyone")
    address = Person("ana").sign_in(begin(client, cas))
    assert str(come_back(client, address).header("Location")).endswith("login-secondFactor.view")
    assert who(client) == "guest"
    led = duo_visits.led_to(client, way)
    assert duo_visits.come_back(client, duo.approve(str(led.header("Location")))).status == 303
    row = session()
    assert (row.provider, row.methods, row.assurance) == ("Campus CAS", "mfa swk", 2)
    tell_logout(Client(front, keeps_cookies=False), cas, ticket_in(address))
    assert who(client) == "guest"


def test_duo_is_not_asked_after_a_server_that_asked_for_two_factors(client, site, cas_server, duo, admin):
    set_site(site, secondFactorFor="everyone")
    duo_visits.configured(site, duo)
    sign_in(client, at(cas_server, settings={"two_factor_values": "mfa-duo"}, creates_accounts=True), "bob")
    assert who(client) == "bob@example.org"


def test_server_that_says_somebody_is_gone_before_duo_answers_keeps_them_out(client, site, cas, duo, front):
    way = duo_visits.configured(site, duo)
    set_site(site, secondFactorFor="everyone")
    address = Person("ana").sign_in(begin(client, cas))
    come_back(client, address)
    led = duo_visits.led_to(client, way)
    assert tell_logout(Client(front, keeps_cookies=False), cas, ticket_in(address)).status == 204
    duo_visits.come_back(client, duo.approve(str(led.header("Location"))))
    assert who(client) == "guest"


def test_trying_the_configuration_shows_what_came_back_and_signs_nobody_in(client, site, cas):
    from tests.site import sign_in as sign_in_by_password

    cas.is_enabled = False
    cas.save()
    sign_in_by_password(client, "admin@example.org")
    led = client.get("/login-trySignIn.view", configuration=cas.id)
    answer = come_back(client, Person("ana").sign_in(str(led.header("Location"))))
    page = answer if answer.status == 200 else client.get(str(answer.header("Location")).removeprefix("/labkey"))
    assert ANALYST in page.text
    assert "Ana Lyst" in page.text
    assert who(client) == "admin@example.org"
