"""From a ticket to the person whose it is, as the CAS server says when it is asked directly."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keyhouse.core.assurance import Assurance
from keyhouse.core.reasons import Reason
from keyhouse.signin.cas.answer import NAMESPACE, NotCas, Refused, read, user_of
from keyhouse.signin.cas.settings import client_of
from keyhouse.signin.method import Flow, Identity, Provider, ProviderDown, SignInFailed

_TICKET = re.compile(r"ST-[A-Za-z0-9._-]{1,253}\Z")
_LEVEL_ATTRIBUTES = ("authnContextClass", "authenticationMethod")
_LONGEST_NAME = 250
_STALE = "{0} did not ask you to sign in again. Try again; if it stays so, an administrator must let it obey renew."
_ODD = "What came back from {0} is no ticket of a CAS server. Start again from the sign-in page."
_REFUSED = "{0} does not know this sign-in, or it took too long. Start again from the sign-in page."
_REFUSED_SERVICE = "{0} does not accept this site. Ask an administrator to register it there."
_UNREGISTERED = {"INVALID_SERVICE", "UNAUTHORIZED_SERVICE", "INVALID_REQUEST"}

Attributes = Mapping[str, tuple[str, ...]]


def identity_of(provider: Provider, flow: Flow, ticket: str) -> Identity:
    """Ask the server whose ticket this is; only a service ticket for this very journey counts. Raises `SignInFailed`.

    A proxy ticket is refused, although its user is genuine: another service asked for it, not the person.
    """
    check_syntax(provider, ticket)
    client = client_of(provider, flow)
    body = client.get_verification_response(ticket)
    try:
        success = read(body)
        if success.find(NAMESPACE + "proxies") is not None:
            raise NotCas("it is a proxy ticket, which another service asked for")
        user = user_of(success)
        found, attributes, _ = client.verify_response(body)
        # The library takes the first element of this name at any depth.
        if found != user:
            raise NotCas("the answer names several users")
        return _identity(provider, flow, user.strip(), _texts(attributes or {}), ticket)
    except Refused as refused:
        text = _REFUSED_SERVICE if refused.code in _UNREGISTERED else _REFUSED
        raise SignInFailed(Reason.PROVIDER_REFUSED, text.format(provider.description), str(refused)) from None
    except NotCas as error:
        raise ProviderDown(provider.description, f"the answer was not understood: {error}.") from None


def check_syntax(provider: Provider, ticket: str) -> None:
    """Refuse what is no service ticket, before anybody is asked about it. Raises `SignInFailed`."""
    if not _TICKET.match(ticket):
        detail = "the ticket is not a service ticket (CAS protocol, 3.1.1)"
        raise SignInFailed(Reason.PROVIDER_REFUSED, _ODD.format(provider.description), detail)


def _identity(provider: Provider, flow: Flow, user: str, attributes: Attributes, ticket: str) -> Identity:
    if flow.is_fresh and _first(attributes, "isFromNewLogin").lower() == "false":
        detail = "renew was asked for, and the ticket is not from a new login"
        raise SignInFailed(Reason.PROVIDER_REFUSED, _STALE.format(provider.description), detail)
    subject = _first(attributes, provider.text("subject_attribute")) if provider.text("subject_attribute") else user
    if not subject or len(subject) > _LONGEST_NAME or not subject.isprintable():
        raise NotCas("the attribute that names the person is not there, or is no name")
    level = _level(provider, attributes)
    return Identity(
        subject=subject.lower() if provider.flag("ignores_case") else subject,
        email=_email(provider, user, attributes),
        # The server is the institution's own: what it releases as the address is its word.
        is_email_verified=True,
        display_name=_first(attributes, provider.text("name_attribute"))[:_LONGEST_NAME],
        methods=_METHODS[level],
        assurance=level,
        signed_in_at=_moment(_first(attributes, "authenticationDate")),
        groups=frozenset(attributes.get(provider.text("groups_attribute"), ())),
        session_name=ticket,
    )


_METHODS: Mapping[Assurance, tuple[str, ...]] = {
    Assurance.SINGLE: (),
    Assurance.TWO_FACTORS: ("mfa",),
    Assurance.PHISHING_RESISTANT: ("mfa", "hwk"),
}


def _level(provider: Provider, attributes: Attributes) -> Assurance:
    said = {value for name in _LEVEL_ATTRIBUTES for value in attributes.get(name, ())}
    if said & _lines(provider, "phishing_resistant_values"):
        return Assurance.PHISHING_RESISTANT
    return Assurance.TWO_FACTORS if said & _lines(provider, "two_factor_values") else Assurance.SINGLE


def _lines(provider: Provider, name: str) -> set[str]:
    value = provider.settings.get(name) or ()
    lines = value.splitlines() if isinstance(value, str) else value
    return {str(line).strip() for line in lines} - {""}


def _email(provider: Provider, user: str, attributes: Attributes) -> str:
    if domain := provider.text("email_domain").strip():
        return f"{user}@{domain}"
    return _first(attributes, provider.text("email_attribute"))


def _texts(attributes: Mapping[str, Any]) -> Attributes:
    # The library gives a text for one value, a list for several, and None for an empty one.
    values = {name: value if isinstance(value, list) else [value] for name, value in attributes.items()}
    return {name: tuple(str(each).strip() for each in several if each) for name, several in values.items()}


def _first(attributes: Attributes, name: str) -> str:
    return next(iter(attributes.get(name, ())), "")


def _moment(text: str) -> datetime | None:
    # Apereo writes a time zone's name in brackets behind the offset.
    try:
        at = datetime.fromisoformat(text.partition("[")[0])
    except ValueError:
        return None
    return at if at.tzinfo else None
