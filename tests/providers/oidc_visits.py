"""Visits to a provider of OpenID Connect by the client of the tests, which has no browser around it."""

from typing import Any

from tests.providers.oidc import Visitor
from tests.site import Answer, Client


def configured(provider: Any, description: str = "Campus directory", *, site: Any, **columns: Any) -> Any:
    """Make an enabled configuration of a provider."""
    from keyhouse import system
    from keyhouse.signin.models import Configuration
    from keyhouse.signin.oidc.method import method

    method.documents.forget()
    now = system.now()
    settings = {**provider.settings, **columns.pop("settings", {})}
    sealed = site.providers.seal({**provider.secrets, **columns.pop("secrets", {})})
    return Configuration.objects.create(
        kind="oidc",
        description=description,
        settings=settings,
        sealed=sealed,
        **{"is_enabled": True, "creates_accounts": True, "created_at": now, "changed_at": now, **columns},
    )


def begin(client: Client, row: Any, **query: Any) -> str:
    """Begin a sign-in and return the address of the provider that it leads to."""
    led = client.get("/login-ssoRedirect.view", configuration=row.id, **query)
    assert led.status == 302, led.text
    return str(led.header("Location"))


def come_back(client: Client, row: Any, came: dict[str, str]) -> Answer:
    """Come back from the provider with these parameters."""
    return client.get("/oidc-validate.view", **{"configuration": row.id, **came})


def sign_in(client: Client, row: Any, login: str, visitor: Visitor | None = None, **query: Any) -> Answer:
    """Sign somebody in at the provider, and come back."""
    return come_back(client, row, (visitor or Visitor()).sign_in(begin(client, row, **query), login))


def who(client: Client) -> str:
    """Return the address of who is signed in."""
    return str(client.get("/login-whoAmI.api").json["email"])
