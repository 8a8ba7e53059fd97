"""Sign-ins with Duo by the client of the tests, which has no browser around it."""

from typing import Any
from urllib.parse import urlsplit

from tests.providers.duo_endpoint import CLIENT_SECRET, DuoEndpoint
from tests.site import CONTEXT_PATH, PASSWORD, Answer, Client

ANALYST = "analyst@example.org"


def configured(site: Any, duo: DuoEndpoint, description: str = "Duo", **changes: Any) -> Any:
    """Make an enabled configuration of this Duo."""
    from keyhouse.signin.models import Configuration

    now = site.clock()
    return Configuration.objects.create(
        kind="duo",
        description=description,
        is_enabled=True,
        settings=duo.settings(**changes),
        sealed=site.providers.seal({"client_secret": CLIENT_SECRET}),
        created_at=now,
        changed_at=now,
    )


def with_password(client: Client, email: str = ANALYST) -> Answer:
    """Give the password on the sign-in page."""
    client.get("/login-login.view")
    return client.post("/login-login.view", form={"email": email, "password": PASSWORD})


def led_to(client: Client, configuration: Any) -> Answer:
    """Choose Duo, which leads on."""
    return client.get("/login-secondFactorPrompt.view", configuration=configuration.id)


def prompt_for(client: Client, configuration: Any, email: str = ANALYST) -> str:
    """Give the password, choose Duo, and return the address of the prompt."""
    assert str(with_password(client, email).header("Location")).endswith("login-secondFactor.view")
    led = led_to(client, configuration)
    assert led.status == 302, led.text
    return str(led.header("Location"))


def come_back(client: Client, address: str) -> Answer:
    """Go where the prompt leads back to."""
    parts = urlsplit(address)
    assert parts.netloc == "127.0.0.1:8080", address
    return client.get(f"{parts.path.removeprefix(CONTEXT_PATH)}?{parts.query}")


def who(client: Client) -> str:
    """Return the address of who is signed in."""
    return str(client.get("/login-whoAmI.api").json["email"])
