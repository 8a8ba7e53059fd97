"""A provider that is made up: it vouches for whomever a test says, with no library and no process behind it.

It takes the place of the OpenID Connect method, so that what all methods share is tested without any of them.
"""

import sys
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from keyhouse.core.assurance import Assurance
from keyhouse.signin.method import Begun, Flow, Identity, Provider, SignInFailed

AT = "https://idp.example.org"
ANALYST = "analyst@example.org"


@dataclass
class MadeUp:
    """The method, and what the provider says next; `flows` are the journeys that were begun."""

    identity: Identity = field(default_factory=lambda: Identity("subject-1", ANALYST, True, session_name="sid-1"))
    has_sign_out: bool = True
    flows: list[Flow] = field(default_factory=list)
    kind: str = "oidc"
    title: str = "Made up"
    fields: tuple[Any, ...] = ()

    def problems(self, settings: Any, secrets: Any) -> list[Any]:
        return []

    def test(self, provider: Provider) -> list[Any]:
        return []

    def begin(self, provider: Provider, flow: Flow) -> Begun:
        self.flows.append(flow)
        return Begun(f"{AT}/begin?state={flow.state}&fresh={int(flow.is_fresh)}")

    def sign_out_url(self, provider: Provider, sign_out_with: Any, return_url: str) -> str | None:
        return f"{AT}/end?hint={sign_out_with['hint']}&back={return_url}" if self.has_sign_out else None

    def says(self, **changes: Any) -> None:
        self.identity = replace(self.identity, **changes)


def stand_in(monkeypatch: Any, site: Any, **how: Any) -> MadeUp:
    """Let this be the OpenID Connect method, with the page ``made-validate.view`` to come back to."""
    from keyhouse.console import sso
    from keyhouse.signin import flows

    made = MadeUp(**how)
    made.says(sign_out_with={"hint": "H1"})
    monkeypatch.setitem(sys.modules, "keyhouse.signin.oidc.method", SimpleNamespace(method=made))

    @site.actions.add("made-validate", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
    def came(call: Any) -> Any:
        provider = sso.provider_of(call)
        try:
            flow = flows.take(call.request, call.parameters.text("state"), provider, call.site.clock())
        except SignInFailed as error:
            return sso.failed(call, provider, error)
        return sso.came_back(call, provider, flow, made.identity)

    return made


def configured(description: str = "University SSO", **columns: Any) -> Any:
    """Make an enabled configuration whose people are known by their address."""
    from keyhouse import system
    from keyhouse.signin.models import Configuration

    now = system.now()
    defaults = {"kind": "oidc", "is_enabled": True, "links_accounts": True, "created_at": now, "changed_at": now}
    return Configuration.objects.create(description=description, **{**defaults, **columns})


def come_back(client: Any, configuration: Any, led: Any) -> Any:
    """Come back from the provider that an answer led to."""
    assert led.status in {302, 303}, led.text
    state = parse_qs(urlsplit(led.header("Location")).query)["state"][0]
    return client.get("/made-validate.view", configuration=configuration.id, state=state)


def sign_in_at(client: Any, configuration: Any, **query: Any) -> Any:
    """Go to the provider and come back from it, signed in."""
    led = client.get("/login-ssoRedirect.view", configuration=configuration.id, **query)
    return come_back(client, configuration, led)


TWO_FACTORS = {"methods": ("pwd", "otp"), "assurance": Assurance.TWO_FACTORS}
"""What a provider says that asked for two factors."""
