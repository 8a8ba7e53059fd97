"""Visits to a CAS server by the client of the tests, which has no browser around it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.providers.cas_server import CasServer, Person
from tests.site import CONTEXT_PATH, Answer, Client

SERVICES = r"^http://127\.0\.0\.1:8080/labkey/cas-validate\.view\?.*"
LOGOUT = (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" '
    'IssueInstant="2026-11-21T20:00:00Z"><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">ana'
    "</saml:NameID><samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
)


def configured(url: str, description: str = "Campus CAS", settings: Any = None, **columns: Any) -> Any:
    """Make an enabled configuration of a server whose people are known by their address."""
    from keyhouse import system
    from keyhouse.signin.models import Configuration

    values = {"server_url": url, "version": "3", "email_attribute": "mail", "name_attribute": "displayName"}
    given = {"kind": "cas", "is_enabled": True, "links_accounts": True, "creates_accounts": False, **columns}
    now = system.now()
    return Configuration.objects.create(
        description=description, settings={**values, **(settings or {})}, created_at=now, changed_at=now, **given
    )


def at(server: CasServer, **how: Any) -> Any:
    """Make a configuration of the real server, at which this site is registered."""
    server.register(SERVICES)
    return configured(server.url, **how)


def begin(client: Client, configuration: Any, **query: Any) -> str:
    """Begin a sign-in and return the address of the server's page that it leads to."""
    led = client.get("/login-ssoRedirect.view", configuration=configuration.id, **query)
    assert led.status == 302, led.text
    return str(led.header("Location"))


def service_in(login_url: str) -> str:
    """Return the address of ours for which a ticket is asked."""
    return parse_qs(urlsplit(login_url).query)["service"][0]


def come_back(client: Client, address: str) -> Answer:
    """Go where the server leads back to."""
    parts = urlsplit(address)
    assert parts.netloc == "127.0.0.1:8080" and parts.path.startswith(CONTEXT_PATH), address
    return client.get(f"{parts.path.removeprefix(CONTEXT_PATH)}?{parts.query}")


def back_with(client: Client, service: str, ticket: str) -> Answer:
    """Come back with a ticket, for whichever service it was given."""
    return come_back(client, f"{service}&ticket={ticket}")


def sign_in(client: Client, configuration: Any, name: str, **query: Any) -> Answer:
    """Sign somebody in at the real server, and come back."""
    return come_back(client, Person(name).sign_in(begin(client, configuration, **query)))


def who(client: Client) -> str:
    """Return the address of who is signed in."""
    return str(client.get("/login-whoAmI.api").json["email"])


def tell_logout(client: Client, configuration: Any, ticket: str) -> Answer:
    """Post what a CAS server posts when the session of a ticket is over."""
    return tell(client, configuration, LOGOUT.format(ticket=ticket))


def tell(client: Client, configuration: Any, message: str) -> Answer:
    """Post a message as a CAS server does: it has no cookie and no token of ours."""
    path = f"/cas-validate.view?configuration={configuration.id}&state=any"
    return client.post(path, {"user-agent": "Apache-HttpClient"}, form={"logoutRequest": message}, csrf=False)


def ticket_in(address: str) -> str:
    """Return the ticket with which the server leads back."""
    return parse_qs(urlsplit(address).query)["ticket"][0]
