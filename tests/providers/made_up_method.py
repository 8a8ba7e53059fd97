"""A method of sign-in that is made up, in the place of a real one: the service and the pages ask no more of it."""

from types import SimpleNamespace
from typing import Any

import pytest

from keyhouse.signin.method import Begun, Field, FieldKind, Finding, Identity, ProviderDown

FIELDS = (
    Field("address", "Address", "Where it is.", FieldKind.URL, is_required=True),
    Field("certificate", "Certificate", kind=FieldKind.FILE),
    Field("attributes", "Attributes", kind=FieldKind.LINES, default="mail"),
    Field("is_strict", "Strict", kind=FieldKind.FLAG, default=True),
    Field("seconds", "Seconds", kind=FieldKind.NUMBER, default=60),
    Field("form", "Form", kind=FieldKind.CHOICE, default="one", choices=(("one", "The one"), ("two", "The other"))),
    Field("password", "Password", is_secret=True),
)
ADDRESS = "https://idp.example.org/"


def _problems(settings: Any, secrets: Any) -> Any:
    if settings["address"].endswith("/wrong"):
        yield "address", "This address is wrong."


def _test(provider: Any) -> list[Finding]:
    if provider.text("address").endswith("/down"):
        raise ProviderDown(provider.description, "idp.example.org: nothing listens there.")
    return [Finding(True, "It is there."), Finding(False, "The clock is late.", "Set the clock.")]


def _begin(provider: Any, flow: Any) -> Begun:
    if provider.text("address").endswith("/down"):
        raise ProviderDown(provider.description, "nothing listens there")
    return Begun(f"{provider.text('address')}?state={flow.state}", {"asked": "yes"})


METHOD = SimpleNamespace(
    kind="cas",
    title="CAS",
    fields=FIELDS,
    problems=_problems,
    test=_test,
    begin=_begin,
    sign_out_url=lambda *arguments: None,
)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kinds cas and saml be the made-up method."""
    from keyhouse.signin import methods

    real = methods.method_of
    monkeypatch.setattr(methods, "method_of", lambda kind: METHOD if kind in {"cas", "saml"} else real(kind))
    for name in ("authentication", "authentication_form"):
        monkeypatch.setattr(f"keyhouse.console.{name}.method_of", methods.method_of)


def draft(description: str = "Our Institute", **more: Any) -> Any:
    """Return a draft that is well, with these changes."""
    from keyhouse.signin.configurations import Draft

    settings = {"address": ADDRESS, **more.pop("settings", {})}
    return Draft(description, settings, **more)


def add(site: Any, description: str = "Our Institute", kind: str = "cas", is_enabled: bool = True, **more: Any) -> Any:
    """Add a configuration of the made-up method."""
    from tests.site import OPERATOR

    return site.configurations.add(kind, draft(description, **more), OPERATOR, is_enabled=is_enabled)


def identity(email: str = "analyst@example.org", subject: str = "s-1", **more: Any) -> Identity:
    """Return an identity as a provider vouches for it."""
    return Identity(subject, email, more.pop("is_email_verified", True), **more)
