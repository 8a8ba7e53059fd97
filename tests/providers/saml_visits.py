"""Visits to a SAML provider by the client of the tests, and the answers that it posts, whole or taken apart."""

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.site import CONTEXT_PATH, Answer, Client

if TYPE_CHECKING:
    from tests.providers.saml_idp import Asked, IdentityProvider

ANALYST = "ana@example.org"


@pytest.fixture(scope="session")
def campus_process(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[IdentityProvider]":
    from tests.providers.saml_idp import running

    with running(tmp_path_factory.mktemp("campus")) as provider:
        yield provider


@pytest.fixture
def campus(campus_process: "IdentityProvider") -> "Iterator[IdentityProvider]":
    """A SAML provider at which nobody is signed in."""
    from tests.providers.saml_idp import PEOPLE

    campus_process.sessions.clear()
    plain = dict(vars(campus_process))
    yield campus_process
    vars(campus_process).update(plain)
    campus_process.people = {user: dict(attributes) for user, attributes in PEOPLE.items()}


@pytest.fixture
def ana(site: Any) -> Any:
    """A person without a password, whom the provider knows too."""
    from tests.site import OPERATOR

    return site.users.add(ANALYST, OPERATOR)


def configured(site: Any, provider: "IdentityProvider", description: str = "Campus", **settings: Any) -> Any:
    """Make an enabled configuration of a provider, and register this site there with the metadata that it serves."""
    from keyhouse.signin.models import Configuration
    from keyhouse.signin.saml.method import method
    from keyhouse.signin.saml.own_metadata import own_metadata

    columns = {name: settings.pop(name) for name in ("creates_accounts", "links_accounts") if name in settings}
    whole, secrets = method.completed({"metadata": provider.metadata, **settings}, own_pair())
    whole["sp_certificate"] = PAIR[1]
    given = {"kind": "saml", "is_enabled": True, "links_accounts": True, "creates_accounts": False, **columns}
    row = Configuration.objects.create(
        description=description,
        settings=whole,
        sealed=site.providers.seal(secrets),
        created_at=site.clock(),
        changed_at=site.clock(),
        **given,
    )
    provider.register(own_metadata(site.providers.value_of(row)))
    return row


PAIR: list[str] = []


def own_pair() -> dict[str, str]:
    """Return the one key of our own that all tests share: making one takes a moment."""
    if not PAIR:
        from keyhouse import system
        from keyhouse.signin.saml.keys import make_pair

        PAIR[:] = make_pair("tests", system.now())
    return {"sp_key": PAIR[0]}


def begin(client: Client, configuration: Any, **query: Any) -> str:
    """Begin a sign-in and return the address of the provider that it leads to."""
    led = client.get("/login-ssoRedirect.view", configuration=configuration.id, **query)
    assert led.status == 302, led.text
    return str(led.header("Location"))


def asked(client: Client, provider: "IdentityProvider", configuration: Any, **query: Any) -> "Asked":
    """Begin a sign-in and return what the provider reads of it."""
    return provider.read(begin(client, configuration, **query))


def post(client: Client, configuration: Any, xml: str | bytes, state: str = "", **form: Any) -> Answer:
    """Post an answer as a browser does that comes from the provider's page: without the cookies of this site."""
    encoded = base64.b64encode(xml.encode() if isinstance(xml, str) else xml).decode()
    path = f"/saml-validate.view?configuration={configuration.id}"
    sender = Client(client.front, keeps_cookies=False, address=client.address)
    headers = {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:1", "user-agent": "Mozilla/5.0"}
    return sender.post(path, headers, form={"SAMLResponse": encoded, "RelayState": state, **form}, csrf=False)


def follow(client: Client, answer: Answer) -> Answer:
    """Go where an answer leads, in this browser."""
    assert answer.status in {302, 303}, refusals()
    parts = urlsplit(str(answer.header("Location")))
    assert parts.path.startswith(CONTEXT_PATH)
    return client.get(f"{parts.path.removeprefix(CONTEXT_PATH)}?{parts.query}")


def sign_in(client: Client, provider: "IdentityProvider", configuration: Any, user: str = "ana", **how: Any) -> Answer:
    """Sign in: to the provider, its answer, and back."""
    request = asked(client, provider, configuration, **how.pop("query", {}))
    answer = follow(client, post(client, configuration, provider.answer(request, user, **how), request.relay_state))
    assert answer.status == 303, refusals()
    return answer


def who(client: Client) -> str:
    """Return the address of who is signed in."""
    return str(client.get("/login-whoAmI.api").json["email"])


def refusals(kind: str = "sign-in failed") -> list[str]:
    """Return what the audit log says of sign-ins that failed, oldest first."""
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.filter(kind=kind).order_by("sequence").values_list("comment", flat=True))


def expect_refused(client: Client, answer: Answer, because: str) -> None:
    """See that an answer was refused with the one text that everybody gets, and that the log says exactly why."""
    if answer.status == 303:
        answer = follow(client, answer)
    assert answer.status == 403, answer.text
    assert "could not be accepted" in answer.text
    assert "Traceback" not in answer.text and (not because or because not in answer.text)
    assert because in refusals()[-1]
    assert who(client) == "guest"


def post_logout(client: Client, configuration: Any, made: dict[str, Any], forge: Any = None) -> Answer:
    """Post a sign-out as the page of the provider does; `forge` changes its XML on the way."""
    encoded = re.search(r'name="SAMLRequest"\s+value="([^"]+)"', str(made["data"]))
    assert encoded is not None, made["data"]
    xml = base64.b64decode(encoded.group(1)).decode()
    sent = base64.b64encode((forge(xml) if forge else xml).encode()).decode()
    path = f"/saml-logout.view?configuration={configuration.id}"
    sender = Client(client.front, keeps_cookies=False)
    return sender.post(
        path, {"sec-fetch-site": "cross-site"}, form={"SAMLRequest": sent, "RelayState": "s"}, csrf=False
    )
