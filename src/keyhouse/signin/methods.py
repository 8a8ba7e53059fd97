"""The kinds of configuration. Each method is loaded when it is first needed: its library may not be installed."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from keyhouse.signin.method import FormMethod, Method, RedirectMethod


@dataclass(frozen=True)
class Kind:
    """One kind of configuration; `module` has its `method`, and `extra` is what brings its library."""

    name: str
    title: str
    module: str
    extra: str


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("ldap", "LDAP", "keyhouse.signin.ldap.method", "ldap"),
        Kind("saml", "SAML", "keyhouse.signin.saml.method", "saml"),
        Kind("oidc", "OpenID Connect", "keyhouse.signin.oidc.method", "oidc"),
        Kind("cas", "CAS", "keyhouse.signin.cas.method", "cas"),
        Kind("duo", "Duo", "keyhouse.signin.duo.method", "duo"),
    )
}
FORM_KINDS = ("ldap",)
REDIRECT_KINDS = ("saml", "oidc", "cas")
SECONDARY_KINDS = ("duo",)


class NotInstalled(Exception):
    """The library of a method is not installed; the text says which command installs it."""


def method_of(kind: str) -> Method:
    """Return the method of a kind. Raises `NotInstalled`."""
    known = KINDS[kind]
    try:
        return cast(Method, import_module(known.module).method)
    except ImportError as error:
        raise NotInstalled(
            f"{known.title} needs a library that is not installed ({error.name}). "
            f"Install it with: pip install 'keyhouse[{known.extra}]', and restart the server."
        ) from None


def redirect_method_of(kind: str) -> RedirectMethod:
    """Return a method that leads to a provider. Raises `NotInstalled`, and KeyError for any other kind."""
    if kind not in REDIRECT_KINDS:
        raise KeyError(kind)
    return cast(RedirectMethod, method_of(kind))


def form_method_of(kind: str) -> FormMethod:
    """Return a method that checks what the sign-in form gets. Raises `NotInstalled`."""
    return cast(FormMethod, method_of(kind))
