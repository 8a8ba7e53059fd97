"""An answer of a SAML provider: verified by the library, and by the checks that the library leaves out.

From python3-saml: signatures, XML schema, status, decryption, one assertion, issuer. Added here: the shape in which
nothing but what was verified can be read (`xml`); the exact address and audience, which the library compares by
their beginnings and only where they are there; a bearer confirmation with all that saml-profiles-2.0, 4.1.4.2 demands;
our own clock and skew; and certificates that have expired.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from onelogin.saml2.utils import OneLogin_Saml2_Utils

from keyhouse.signin.method import Provider
from keyhouse.signin.saml.decryption import Response
from keyhouse.signin.saml.fields import acs_of, entity_id_of, skew_of
from keyhouse.signin.saml.metadata import Idp, MetadataProblem, idp_of
from keyhouse.signin.saml.refusal import Refused
from keyhouse.signin.saml.settings import library_settings, request_data
from keyhouse.signin.saml.xml import (
    SAML,
    SAMLP,
    check_encryption,
    check_signatures,
    decoded,
    parsed,
    text_of,
)

_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_KNOWN_CONDITIONS = {f"{SAML}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}
_LONGEST_ID = 1024


@dataclass(frozen=True)
class NameId:
    """A person as the provider names them in messages."""

    value: str
    format: str = ""
    name_qualifier: str = ""
    sp_name_qualifier: str = ""


@dataclass(frozen=True)
class Asserted:
    """What a provider has signed. `in_response_to` is empty where nobody asked; after `until` it is of no use."""

    id: str
    in_response_to: str
    until: datetime
    name_id: NameId | None
    session_index: str
    contexts: tuple[str, ...]
    authenticated_at: datetime | None
    attributes: Mapping[str, tuple[str, ...]]


def verified(provider: Provider, encoded: str, now: datetime) -> Asserted:
    """Return what a posted answer asserts. Raises `Refused`."""
    try:
        idp = idp_of(provider.settings)
        document = _verified_document(provider, idp, encoded, now)
    except MetadataProblem as error:
        raise Refused(str(error)) from None
    [assertion] = document.findall(f"{SAML}Assertion")
    return _Reader(provider, document, assertion, now).read()


def moment_of(text: str | None) -> datetime | None:
    """Return a moment of a message, which is in UTC (saml-core-2.0, 1.3.3). Raises `Refused`."""
    try:
        return datetime.fromtimestamp(OneLogin_Saml2_Utils.parse_SAML_to_time(text), UTC) if text else None
    except Exception as error:
        # The library raises nothing more exact.
        raise Refused(f"a time cannot be read: {error}") from None


def usable_of(idp: Idp, now: datetime) -> Any:
    """Return the certificates to verify with at this moment. Raises `Refused` where all have expired."""
    usable = idp.usable(now)
    if not usable:
        words = ", ".join(each.words for each in idp.certificates)
        raise Refused(f"no signing certificate of the provider is valid now: {words}. Take its new metadata.")
    return usable


def _verified_document(provider: Provider, idp: Idp, encoded: str, now: datetime) -> Any:
    certificates = usable_of(idp, now)
    xml = decoded(encoded)
    root = parsed(xml)
    _check_shape(root)
    settings = library_settings(provider, idp, certificates)
    try:
        if root.find(f"{SAML}EncryptedAssertion") is not None and not check_encryption(root):
            _check_signed_as_a_whole(root, [each.pem for each in certificates])
        # Encoded once more: the library reads past characters that are none of Base64, and would read something else.
        response = Response(settings, b64encode(xml))
        document = response.get_xml_document()
        _check_shape(document)
        response.is_valid(request_data(acs_of(provider)), raise_exceptions=True)
    except Refused:
        raise
    except Exception as error:
        # The library raises whatever it, or libxmlsec below it, comes upon.
        raise Refused(f"{type(error).__name__}: {error}") from None
    return document


def _check_shape(root: Any) -> None:
    if root.tag != f"{SAMLP}Response":
        raise Refused("the document is not a SAML response")
    everywhere = [*root.iter(f"{SAML}Assertion"), *root.iter(f"{SAML}EncryptedAssertion")]
    if len(everywhere) > 1 or (everywhere and everywhere[0].getparent() is not root):
        raise Refused("the response has an assertion where none belongs, or several")
    check_signatures(root, f"{SAMLP}Response", f"{SAML}Assertion")


def _check_signed_as_a_whole(root: Any, pems: list[str]) -> None:
    path = OneLogin_Saml2_Utils.RESPONSE_SIGNATURE_XPATH
    if not OneLogin_Saml2_Utils.validate_sign(root, xpath=path, multicerts=pems, raise_exceptions=False):
        text = "an assertion encrypted with CBC is read only in a response that is signed as a whole: "
        raise Refused(text + "let the provider sign responses, or encrypt with AES-GCM")


class _Reader:
    """Reads one verified assertion, and refuses what does not fit this site, this configuration and this moment."""

    def __init__(self, provider: Provider, document: Any, assertion: Any, now: datetime) -> None:
        self._provider = provider
        self._document = document
        self._assertion = assertion
        self._now = now
        self._skew = timedelta(seconds=skew_of(provider.settings))

    def read(self) -> Asserted:
        self._check_destination()
        self._check_audience()
        ends = [self._conditions_end()]
        in_response_to, end = self._confirmation()
        identifier = self._assertion.get("ID", "")
        if not 0 < len(identifier) <= _LONGEST_ID:
            raise Refused("the assertion has no id, or one that is too long")
        statement = self._assertion.find(f"{SAML}AuthnStatement")
        if len(statement.get("SessionIndex", "")) > _LONGEST_ID:
            raise Refused("the name of the provider's session is too long")
        return Asserted(
            id=identifier,
            in_response_to=in_response_to,
            until=max(moment for moment in [*ends, end] if moment is not None) + self._skew,
            name_id=self._name_id(),
            session_index=statement.get("SessionIndex", ""),
            contexts=tuple(text_of(each) for each in statement.iter(f"{SAML}AuthnContextClassRef")),
            authenticated_at=self._authenticated_at(statement),
            attributes=self._attributes(),
        )

    def _check_destination(self) -> None:
        destination = self._document.get("Destination")
        if destination is not None and destination != acs_of(self._provider):
            raise Refused(f"the response is for {destination!r}, not for {acs_of(self._provider)}")
        is_signed = self._document.find("{http://www.w3.org/2000/09/xmldsig#}Signature") is not None
        if destination is None and is_signed:
            raise Refused("the signed response does not say for which address it is")

    def _check_audience(self) -> None:
        restrictions = self._assertion.findall(f"{SAML}Conditions/{SAML}AudienceRestriction")
        wanted = entity_id_of(self._provider)
        heard = [[text_of(each) for each in restriction] for restriction in restrictions]
        # All of them must hold (saml-core-2.0, 2.5.1.4); without one, the assertion would be for anybody.
        if not heard or not all(wanted in each for each in heard):
            raise Refused(f"the assertion is for {heard!r}, not for {wanted}")

    def _conditions_end(self) -> datetime | None:
        conditions = self._assertion.find(f"{SAML}Conditions")
        if unknown := [each.tag for each in conditions if each.tag not in _KNOWN_CONDITIONS]:
            raise Refused(f"the assertion has a condition that is not understood: {unknown[0]}")
        self._check_window("the assertion", conditions.get("NotBefore"), conditions.get("NotOnOrAfter"))
        if (issued := moment_of(self._assertion.get("IssueInstant"))) is None or issued > self._now + self._skew:
            raise Refused("the assertion is issued in the future; compare the clocks")
        return moment_of(conditions.get("NotOnOrAfter"))

    def _check_window(self, what: str, begin: str | None, end: str | None) -> None:
        not_before, not_after = moment_of(begin), moment_of(end)
        if not_before is not None and not_before > self._now + self._skew:
            raise Refused(f"{what} is valid from {begin} on only; compare the clocks")
        if not_after is not None and not_after + self._skew <= self._now:
            raise Refused(f"{what} was valid until {end}; compare the clocks")

    def _confirmation(self) -> tuple[str, datetime]:
        problems = []
        for each in self._assertion.findall(f"{SAML}Subject/{SAML}SubjectConfirmation"):
            if each.get("Method") != _BEARER:
                continue
            try:
                return self._confirmed(each.find(f"{SAML}SubjectConfirmationData"))
            except Refused as error:
                problems.append(str(error))
        raise Refused("; ".join(problems) or "the assertion has no bearer confirmation")

    def _confirmed(self, data: Any) -> tuple[str, datetime]:
        if data is None or data.get("Recipient") != acs_of(self._provider):
            recipient = None if data is None else data.get("Recipient")
            raise Refused(f"the confirmation is for {recipient!r}, not for {acs_of(self._provider)}")
        end = moment_of(data.get("NotOnOrAfter"))
        if end is None:
            raise Refused("the confirmation has no end")
        self._check_window("the confirmation", data.get("NotBefore"), data.get("NotOnOrAfter"))
        asked, answered = data.get("InResponseTo", ""), self._document.get("InResponseTo", "")
        if asked != answered:
            # The response around a signed assertion may be anybody's: what is signed says which request it answers.
            raise Refused(f"the response answers {answered!r}, and its assertion {asked!r}")
        return str(asked), end

    def _name_id(self) -> NameId | None:
        if self._assertion.find(f"{SAML}Subject/{SAML}EncryptedID") is not None:
            raise Refused("the name is encrypted by itself; let the provider encrypt the whole assertion instead")
        found = self._assertion.find(f"{SAML}Subject/{SAML}NameID")
        value = text_of(found)
        if not value:
            return None
        names = ("Format", "NameQualifier", "SPNameQualifier")
        return NameId(value, *(str(found.get(name) or "") for name in names))

    def _authenticated_at(self, statement: Any) -> datetime | None:
        at = moment_of(statement.get("AuthnInstant"))
        if at is not None and at > self._now + self._skew:
            raise Refused("the person signed in at the provider in the future; compare the clocks")
        return at

    def _attributes(self) -> dict[str, tuple[str, ...]]:
        read: dict[str, tuple[str, ...]] = {}
        for each in self._assertion.findall(f"{SAML}AttributeStatement/{SAML}Attribute"):
            values = tuple(text for value in each.findall(f"{SAML}AttributeValue") if (text := _value(value)))
            for name in dict.fromkeys((each.get("Name"), each.get("FriendlyName"))):
                if name:
                    read[name] = (*read.get(name, ()), *values)
        return read


def _value(element: Any) -> str:
    named = element.find(f"{SAML}NameID")
    return text_of(element if named is None else named)
