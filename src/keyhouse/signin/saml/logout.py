"""Single logout (saml-profiles-2.0, 4.4): what a provider says about who is gone, and the answers to it.

The library checks no signature of a request that is posted, and takes an unsigned one for good. Here nothing is read
before the signature is verified, and what was signed is exactly what is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import unquote_plus

from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from onelogin.saml2.logout_response import OneLogin_Saml2_Logout_Response
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from keyhouse.signin.method import Provider
from keyhouse.signin.models import ProviderSession
from keyhouse.signin.providers import Providers
from keyhouse.signin.saml.fields import skew_of, sls_of
from keyhouse.signin.saml.identity import subject_of_name
from keyhouse.signin.saml.metadata import Idp, MetadataProblem, idp_of
from keyhouse.signin.saml.refusal import Refused
from keyhouse.signin.saml.response import NameId, moment_of, usable_of
from keyhouse.signin.saml.settings import library_settings, signed_url
from keyhouse.signin.saml.xml import (
    DS,
    SAML,
    SAMLP,
    check_encryption,
    check_signatures,
    decoded,
    inflated,
    parsed,
    text_of,
)
from keyhouse.signin.spent import spend

_ALGORITHMS = {Names.RSA_SHA256, Names.RSA_SHA384, Names.RSA_SHA512}
_FRESH = timedelta(minutes=5)
_MOST_SESSIONS = 100


@dataclass(frozen=True)
class LogoutRequest:
    """Whom a provider says to be gone: a person, in some of their sessions or in all."""

    id: str
    name_id: NameId
    sessions: tuple[str, ...]
    relay_state: str


@dataclass(frozen=True)
class Ending:
    """One thing to end: a session of the provider, all of a person, or the session that both name."""

    session_name: str | None
    subject: str | None


def redirected_request(provider: Provider, query: str, now: datetime) -> LogoutRequest:
    """Read a request from the query string of an address, as it was sent. Raises `Refused`."""
    return _request(provider, query, None, "", now)


def posted_request(provider: Provider, encoded: str, relay_state: str, now: datetime) -> LogoutRequest:
    """Read a request that was posted. Raises `Refused`."""
    return _request(provider, "", encoded, relay_state, now)


def is_done(provider: Provider, query: str, encoded: str | None, now: datetime) -> bool:
    """Tell whether the provider says that the sign-out that began here is done there. Raises `Refused`."""
    with_it = _message(provider, "Response", query, encoded, now)
    return bool(with_it.root.find(f"{SAMLP}Status/{SAMLP}StatusCode").get("Value") == Names.STATUS_SUCCESS)


def answer_url(provider: Provider, request: LogoutRequest) -> str | None:
    """Return the address that tells the provider that it is done; None where it takes no answer."""
    idp = idp_of(provider.settings)
    if not idp.slo_response_url:
        return None
    response = OneLogin_Saml2_Logout_Response(library_settings(provider, idp, idp.certificates, is_for_writing=True))
    response.build(escape(request.id))
    parameters = {"SAMLResponse": response.get_response()}
    if request.relay_state:
        parameters["RelayState"] = request.relay_state
    settings = library_settings(provider, idp, idp.certificates)
    return signed_url(provider, settings, idp.slo_response_url, parameters)


def endings_of(providers: Providers, provider: Provider, request: LogoutRequest) -> Iterator[Ending]:
    """Say what ends with a request."""
    if not provider.text("subject_attribute").strip():
        subject = subject_of_name(provider, request.name_id)
        yield from [Ending(name, subject) for name in request.sessions] or [Ending(None, subject)]
    elif request.sessions:
        yield from (Ending(name, None) for name in request.sessions)
    else:
        # People are known by an attribute, which the request does not have: find who was named so.
        yield from (Ending(None, subject) for subject in _named(providers, provider, request.name_id))


@dataclass(frozen=True)
class _Verified:
    root: Any
    idp: Idp
    relay_state: str


def _request(provider: Provider, query: str, encoded: str | None, relay_state: str, now: datetime) -> LogoutRequest:
    message = _message(provider, "Request", query, encoded, now)
    root = message.root
    end, skew = moment_of(root.get("NotOnOrAfter")), timedelta(seconds=skew_of(provider.settings))
    if end is not None and end + skew <= now:
        raise Refused(f"the sign-out was valid until {root.get('NotOnOrAfter')}; compare the clocks")
    sessions = tuple(text_of(each) for each in root.findall(f"{SAMLP}SessionIndex"))
    if len(sessions) > _MOST_SESSIONS:
        raise Refused(f"the sign-out names more than {_MOST_SESSIONS} sessions")
    read = LogoutRequest(root.get("ID", ""), _name_in(provider, message), sessions, message.relay_state or relay_state)
    if not read.id or not spend(provider.id, f"logout {read.id}", now + _FRESH + skew + skew):
        raise Refused("the sign-out was used before")
    return read


def _message(provider: Provider, kind: str, query: str, encoded: str | None, now: datetime) -> _Verified:
    try:
        idp = idp_of(provider.settings)
        pems = [each.pem for each in usable_of(idp, now)]
        if encoded is None:
            root, relay_state = _from_query(query, kind, pems)
        else:
            root, relay_state = _from_post(encoded, kind, pems), ""
        _check(provider, idp, root, kind, now)
    except MetadataProblem as error:
        raise Refused(str(error)) from None
    return _Verified(root, idp, relay_state)


def _from_query(query: str, kind: str, pems: list[str]) -> tuple[Any, str]:
    given: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in given:
            raise Refused(f"the address has {name[:40]!r} twice")
        given[name] = value
    algorithm = unquote_plus(given.get("SigAlg", ""))
    if algorithm not in _ALGORITHMS:
        raise Refused(f"the signature algorithm {algorithm[:100] or '(none)'} is not accepted")
    # The octets as they came are signed, not what they stand for (saml-bindings-2.0, 3.4.4.1).
    signed = "&".join(f"{name}={given[name]}" for name in (f"SAML{kind}", "RelayState", "SigAlg") if name in given)
    signature = decoded(unquote_plus(given.get("Signature", "")))
    if not any(OneLogin_Saml2_Utils.validate_binary_sign(signed, signature, pem, algorithm) for pem in pems):
        raise Refused("the signature in the address is not the provider's")
    return parsed(inflated(unquote_plus(given.get(f"SAML{kind}", "")))), unquote_plus(given.get("RelayState", ""))


def _from_post(encoded: str, kind: str, pems: list[str]) -> Any:
    root = parsed(decoded(encoded))
    tag = f"{SAMLP}Logout{kind}"
    if root.tag != tag or root.find(f"{DS}Signature") is None:
        raise Refused(f"the message is no Logout{kind}, or is not signed")
    check_signatures(root, tag)
    path = f"/samlp:Logout{kind}/ds:Signature"
    if not OneLogin_Saml2_Utils.validate_sign(root, xpath=path, multicerts=pems, raise_exceptions=False):
        raise Refused("the signature is not the provider's")
    return root


def _check(provider: Provider, idp: Idp, root: Any, kind: str, now: datetime) -> None:
    if root.tag != f"{SAMLP}Logout{kind}":
        raise Refused(f"the message is no Logout{kind}")
    if isinstance(OneLogin_Saml2_XML.validate_xml(root, "saml-schema-protocol-2.0.xsd"), str):
        raise Refused("the message does not follow the schema of SAML")
    issuer = text_of(root.find(f"{SAML}Issuer"))
    if issuer != idp.entity_id:
        raise Refused(f"the message is from {issuer!r}, not from {idp.entity_id}")
    if root.get("Destination") != sls_of(provider):
        raise Refused(f"the message is for {root.get('Destination')!r}, not for {sls_of(provider)}")
    issued = moment_of(root.get("IssueInstant"))
    skew = timedelta(seconds=skew_of(provider.settings))
    if issued is None or not now - _FRESH - skew <= issued <= now + skew:
        raise Refused(f"the message was issued at {root.get('IssueInstant')}; compare the clocks")


def _name_in(provider: Provider, message: _Verified) -> NameId:
    if message.root.find(f"{SAML}EncryptedID") is not None:
        check_encryption(message.root)
    try:
        read = OneLogin_Saml2_Logout_Request.get_nameid_data(message.root, provider.secrets.get("sp_key") or None)
    except Exception as error:
        raise Refused(f"the name in the sign-out cannot be read: {error}") from None
    names = ("Format", "NameQualifier", "SPNameQualifier")
    return NameId(str(read["Value"] or "").strip(), *(read.get(name, "") for name in names))


def _named(providers: Providers, provider: Provider, name: NameId) -> list[str]:
    rows = ProviderSession.objects.filter(configuration_id=provider.id).exclude(sealed="")
    kept = (providers.unseal(sealed) for sealed in rows.values_list("sealed", flat=True))
    return sorted(
        {each["subject"] for each in kept if (each.get("name"), each.get("format")) == (name.value, name.format)}
    )
