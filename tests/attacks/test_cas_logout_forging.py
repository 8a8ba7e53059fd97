"""Attack: end somebody's session with a logoutRequest, which CAS servers do not sign, or harm who reads it."""

import pytest

from tests.providers.cas_server import Person
from tests.providers.cas_visits import LOGOUT, at, begin, come_back, configured, tell, tell_logout, ticket_in, who
from tests.site import Client

ANALYST = "analyst@example.org"


@pytest.fixture
def cas(site, admin, analyst, cas_server):
    return at(cas_server)


@pytest.fixture
def ticket(client, cas):
    """The ticket with which the analyst signed in."""
    address = Person("ana").sign_in(begin(client, cas))
    assert come_back(client, address).status == 303
    return ticket_in(address)


@pytest.fixture
def stranger(front, monkeypatch):
    from keyhouse.authn.throttle import Throttle
    from keyhouse.console import sso_cas

    monkeypatch.setattr(sso_cas, "_UNKNOWN_TICKETS", Throttle(20))
    return Client(front, keeps_cookies=False)


def spent():
    from keyhouse.signin.models import Spent

    return Spent.objects.count()


def test_the_ticket_itself_ends_the_session(client, cas, ticket, stranger):
    """Else the refusals below would prove nothing."""
    assert tell_logout(stranger, cas, ticket).status == 204
    assert who(client) == "guest"


@pytest.mark.parametrize("guess", ["ST-1-guessed", "ana", "*", "%", "' OR 1=1 --", "ST-"])
def test_guess_ends_nothing_keeps_nothing_and_is_answered_like_the_real_one(client, cas, ticket, stranger, guess):
    before = spent()
    answer = tell_logout(stranger, cas, guess.replace("&", "&amp;"))
    assert (answer.status, answer.body) == (204, b"")
    assert who(client) == ANALYST
    assert spent() == before


def test_ticket_of_one_server_ends_nothing_for_another(client, cas, ticket, stranger):
    other = configured("https://other.example.org/cas", "Other CAS")
    tell_logout(stranger, other, ticket)
    assert who(client) == ANALYST


def test_parts_and_several_tickets_at_once_end_nothing(client, cas, ticket, stranger):
    tell_logout(stranger, cas, ticket[:-1])
    tell_logout(stranger, cas, ticket + "a")
    several = "".join(f"<samlp:SessionIndex>{each}</samlp:SessionIndex>" for each in ("ST-1", ticket))
    message = LOGOUT.replace("<samlp:SessionIndex>{ticket}</samlp:SessionIndex>", several)
    assert tell(stranger, cas, message).status == 400
    assert who(client) == ANALYST


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no XML",
        "<a/>",
        "<a>" * 3_000,
        BOMB + LOGOUT.format(ticket="&b;"),
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + LOGOUT.format(ticket="&f;"),
        LOGOUT.format(ticket=""),
        LOGOUT.format(ticket="ST-1").replace("SAML:2.0:protocol", "SAML:9.0:protocol"),
        LOGOUT.format(ticket="<a/>"),
    ],
)
def test_message_of_another_shape_is_refused(cas, stranger, message):
    assert tell(stranger, cas, message).status == 400


def test_message_larger_than_any_is_refused_unread(cas, stranger):
    assert tell(stranger, cas, " " * 100_000 + LOGOUT.format(ticket="ST-1")).status == 413


def test_flood_of_guesses_is_throttled_by_address_and_leaves_others_heard(client, front, cas, ticket, stranger):
    statuses = [tell_logout(stranger, cas, f"ST-{number}").status for number in range(30)]
    assert statuses[0] == 204
    assert statuses[-1] == 429
    server = Client(front, keeps_cookies=False, address="192.0.2.7")
    tell_logout(server, cas, ticket)
    assert who(client) == "guest"


def test_message_signs_nobody_in_and_out_of_a_browser_with_a_cookie_only_by_ticket(client, cas, ticket):
    """A foreign page can have the victim's browser post here, cookie or not: it does not know the ticket."""
    answer = client.post(
        f"/cas-validate.view?configuration={cas.id}",
        {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"},
        form={"logoutRequest": LOGOUT.format(ticket="ST-1"), "ticket": ticket, "state": "x"},
        csrf=False,
    )
    assert answer.status == 204
    assert who(client) == ANALYST


def test_sign_in_that_waits_for_its_second_factor_is_over_too(client, site, cas, stranger):
    """The server says that somebody is gone while they look for their phone: no session begins any more."""
    from keyhouse.signin import pending
    from tests.site import set_site

    set_site(site, secondFactorFor="everyone")
    address = Person("ana").sign_in(begin(client, cas))
    assert come_back(client, address).header("Location").endswith("login-secondFactor.view")
    tell_logout(stranger, cas, ticket_in(address))
    from keyhouse.sessions.models import BrowserSession
    from keyhouse.signin.leaving import is_over

    class Request:
        session = BrowserSession.objects.get(user=None, data__has_key=pending._IN_SESSION).data

    waiting = pending.find(Request, site.clock())
    assert waiting is not None
    assert is_over(site.sign_ins._opened(waiting.proof))
