"""Who it is of whom a SAML provider speaks: the name that never changes, the address, and how they signed in."""

from collections.abc import Iterable

from keyhouse.core.assurance import Assurance
from keyhouse.signin.method import Identity, Provider
from keyhouse.signin.saml.fields import EMAIL, METHODS_CLAIM, PERSISTENT, TRANSIENT, entity_id_of, lines_of
from keyhouse.signin.saml.metadata import idp_of
from keyhouse.signin.saml.refusal import Refused
from keyhouse.signin.saml.response import Asserted, NameId

_LONGEST = 1024
_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
_METHODS = {
    f"{_CLASSES}Password": "pwd",
    f"{_CLASSES}PasswordProtectedTransport": "pwd",
    f"{_CLASSES}Kerberos": "wia",
    "urn:federation:authentication:windows": "wia",
    f"{_CLASSES}TimeSyncToken": "otp",
    f"{_CLASSES}Smartcard": "sc",
    f"{_CLASSES}SmartcardPKI": "sc",
    f"{_CLASSES}TLSClient": "swk",
    f"{_CLASSES}X509": "swk",
}
"""Context classes as methods of RFC 8176."""


def identity_of(provider: Provider, asserted: Asserted) -> Identity:
    """Return the person of whom a verified assertion speaks. Raises `Refused` where nobody could be known again."""
    subject = _subject(provider, asserted)
    assurance = _assurance(provider, asserted)
    return Identity(
        subject=subject,
        email=_email(provider, asserted),
        is_email_verified=True,
        display_name=_first(asserted, lines_of(provider.settings, "name_attributes"))[:200],
        methods=_methods(asserted, assurance),
        assurance=assurance,
        signed_in_at=asserted.authenticated_at,
        groups=frozenset(_all(asserted, lines_of(provider.settings, "group_attributes"))),
        session_name=asserted.session_index,
        sign_out_with=_sign_out_with(asserted, subject),
    )


def subject_of_name(provider: Provider, name: NameId) -> str:
    """Return the subject that a NameID is, for configurations that know people by it.

    A persistent name is one only together with its qualifiers; where they are left out they are the two entity ids
    (saml-core-2.0, 8.3.7), so that a provider that begins to send them still speaks of the same person.
    Raises `Refused`.
    """
    if name.sp_name_qualifier not in {"", entity_id_of(provider)}:
        raise Refused(f"the name is one for {name.sp_name_qualifier!r}, not for {entity_id_of(provider)}")
    kind = name.format.rpartition(":")[2] or "unspecified"
    if name.format == PERSISTENT:
        by = name.name_qualifier or idp_of(provider.settings).entity_id
        return f"{kind}:{by}!{name.value}"
    return f"{kind}:{name.value.lower() if name.format == EMAIL else name.value}"


def _subject(provider: Provider, asserted: Asserted) -> str:
    attribute = provider.text("subject_attribute").strip()
    if attribute:
        values = asserted.attributes.get(attribute, ())
        if len(values) != 1:
            raise Refused(f"people are known by {attribute}, of which there are {len(values)} values instead of one")
        return f"attribute:{_short(values[0])}"
    if asserted.name_id is None:
        raise Refused(
            "there is no NameID: let the provider send one, or choose the attribute by which people are known"
        )
    if asserted.name_id.format == TRANSIENT:
        raise Refused(
            "the NameID is transient, another one each time: let the provider send a persistent one, "
            "or choose the attribute by which people are known"
        )
    _short(asserted.name_id.value)
    return subject_of_name(provider, asserted.name_id)


def _email(provider: Provider, asserted: Asserted) -> str:
    found = _first(asserted, lines_of(provider.settings, "email_attributes"))
    name = asserted.name_id
    return found or (name.value if name is not None and name.format == EMAIL else "")


def _assurance(provider: Provider, asserted: Asserted) -> Assurance:
    said = {*asserted.contexts, *asserted.attributes.get(METHODS_CLAIM, ())}
    if said & set(lines_of(provider.settings, "phishing_resistant_contexts")):
        return Assurance.PHISHING_RESISTANT
    if said & set(lines_of(provider.settings, "two_factor_contexts")):
        return Assurance.TWO_FACTORS
    return Assurance.SINGLE


def _methods(asserted: Asserted, assurance: Assurance) -> tuple[str, ...]:
    known = dict.fromkeys(_METHODS[each] for each in asserted.contexts if each in _METHODS)
    return (*known, *(("mfa",) if assurance >= Assurance.TWO_FACTORS else ()))


def _sign_out_with(asserted: Asserted, subject: str) -> dict[str, str]:
    name = asserted.name_id
    if name is None:
        return {}
    return {
        "name": name.value,
        "format": name.format,
        "name_qualifier": name.name_qualifier,
        "sp_name_qualifier": name.sp_name_qualifier,
        "session_index": asserted.session_index,
        "subject": subject,
    }


def _all(asserted: Asserted, names: Iterable[str]) -> list[str]:
    return [value for name in names for value in asserted.attributes.get(name, ())]


def _first(asserted: Asserted, names: Iterable[str]) -> str:
    return next(iter(_all(asserted, names)), "")


def _short(value: str) -> str:
    if len(value) > _LONGEST:
        raise Refused(f"the name of the person has more than {_LONGEST} characters")
    return value
