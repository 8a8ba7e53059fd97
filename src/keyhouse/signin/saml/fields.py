"""What a SAML configuration is asked, with the attribute and context names that well-known providers send."""

from collections.abc import Mapping
from typing import Any

from keyhouse.signin.method import Field, FieldKind, Provider

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
LONGEST_SKEW = 300
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_MICROSOFT = "http://schemas.microsoft.com/"

ADDRESSES = ("urn:oid:0.9.2342.19200300.100.1.3", "mail", "email", "emailAddress", f"{_CLAIMS}emailaddress")
NAMES = (
    "urn:oid:2.16.840.1.113730.3.1.241",
    "displayName",
    f"{_MICROSOFT}identity/claims/displayname",
    "urn:oid:2.5.4.3",
    "cn",
    f"{_CLAIMS}name",
    "name",
)
GROUPS = (
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
    "isMemberOf",
    "memberOf",
    "groups",
    f"{_MICROSOFT}ws/2008/06/identity/claims/groups",
)
TWO_FACTORS = (
    "https://refeds.org/profile/mfa",
    f"{_MICROSOFT}claims/multipleauthn",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
    "http://idmanagement.gov/ns/assurance/aal/2",
)
PHISHING_RESISTANT = (
    "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
    "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true",
    "http://idmanagement.gov/ns/assurance/aal/3",
)
METHODS_CLAIM = f"{_MICROSOFT}claims/authnmethodsreferences"
"""Microsoft's providers list here how somebody signed in, and leave the context class as it is."""

FIELDS = (
    Field(
        "metadata",
        "Metadata of the provider",
        "The XML document that the provider publishes about itself: upload it here, or give its address below.",
        FieldKind.FILE,
    ),
    Field(
        "metadata_url",
        "Address of the metadata",
        "It is fetched whenever this configuration is saved, and at no other time: keys never change unseen. "
        "The test says when the provider has published other ones.",
        FieldKind.URL,
    ),
    Field("entity_id", "Entity id of the provider", "Without metadata; or which one, where the metadata has many."),
    Field("sso_url", "Address of single sign-on", "Without metadata: its HTTP-Redirect address.", FieldKind.URL),
    Field("slo_url", "Address of single logout", "Without metadata: its HTTP-Redirect address.", FieldKind.URL),
    Field(
        "certificates",
        "Signing certificates of the provider",
        "Without metadata, or beside it: PEM, one after the other. Each of them is accepted.",
        FieldKind.FILE,
    ),
    Field(
        "sp_entity_id",
        "Entity id of this site",
        "Left empty, it is the address of this site's metadata.",
    ),
    Field(
        "sp_key",
        "Private key of this site",
        "PEM, RSA. Requests are signed with it. Left empty, a key is made when the configuration is saved.",
        FieldKind.FILE,
        is_secret=True,
    ),
    Field(
        "sp_certificate",
        "Certificate of this site",
        "PEM; it belongs to the private key, and the provider is given it in this site's metadata.",
        FieldKind.FILE,
    ),
    Field(
        "wants_encryption",
        "Assertions must be encrypted",
        "This site's metadata then has a key to encrypt with; what comes unencrypted is refused.",
        FieldKind.FLAG,
        default=False,
    ),
    Field(
        "name_id_format",
        "Format of the name",
        "What the provider is asked to name people by. A transient name is another one each time: it is refused, "
        "unless people are known by an attribute.",
        FieldKind.CHOICE,
        choices=(
            ("", "as the provider chooses"),
            (PERSISTENT, "persistent"),
            (EMAIL, "e-mail address"),
            (UNSPECIFIED, "unspecified"),
        ),
    ),
    Field(
        "subject_attribute",
        "Attribute by which people are known",
        "Left empty, it is the NameID. Choose one that never changes and is never given to somebody else, as "
        "urn:oasis:names:tc:SAML:attribute:subject-id or http://schemas.microsoft.com/identity/claims/objectidentifier.",
    ),
    Field(
        "email_attributes",
        "Attributes of the e-mail address",
        "The first one that was sent counts. A NameID in the format of an address comes last.",
        FieldKind.LINES,
        default="\n".join(ADDRESSES),
    ),
    Field("name_attributes", "Attributes of the name", "", FieldKind.LINES, default="\n".join(NAMES)),
    Field("group_attributes", "Attributes of the groups", "", FieldKind.LINES, default="\n".join(GROUPS)),
    Field(
        "requested_contexts",
        "Ask for these authentication contexts",
        "One a line, as https://refeds.org/profile/mfa. Left empty, the provider decides.",
        FieldKind.LINES,
    ),
    Field(
        "two_factor_contexts",
        "Contexts that mean two factors",
        "One a line. Microsoft's providers name them in the claim authnmethodsreferences, which is read too.",
        FieldKind.LINES,
        default="\n".join(TWO_FACTORS),
    ),
    Field(
        "phishing_resistant_contexts",
        "Contexts that mean two factors, phishing-resistant",
        "One a line.",
        FieldKind.LINES,
        default="\n".join(PHISHING_RESISTANT),
    ),
    Field(
        "allows_idp_initiated",
        "Accept people whom the provider sends unasked",
        "A tile on the provider's own page works then. People are asked first whether to sign in: a foreign page could "
        "have sent them.",
        FieldKind.FLAG,
        default=False,
    ),
    Field(
        "clock_skew_seconds",
        "Seconds that the clocks may differ",
        f"At most {LONGEST_SKEW}.",
        FieldKind.NUMBER,
        default=60,
    ),
)
_DEFAULTS = {field.name: field.default for field in FIELDS}


def lines_of(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a setting of several lines, however it was stored; the default where it was never set."""
    stored = settings.get(name, _DEFAULTS[name])
    given = stored.splitlines() if isinstance(stored, str) else stored or ()
    return tuple(line for each in given if (line := str(each).strip()))


def skew_of(settings: Mapping[str, Any]) -> int:
    """Return by how many seconds the clocks may differ."""
    stored = settings.get("clock_skew_seconds", _DEFAULTS["clock_skew_seconds"])
    return int(stored) if str(stored).strip().isdigit() else int(_DEFAULTS["clock_skew_seconds"])


def entity_id_of(provider: Provider) -> str:
    """Return what this site is called at the provider."""
    return provider.text("sp_entity_id").strip() or provider.url("saml-metadata.view")


def acs_of(provider: Provider) -> str:
    """Return the address to which the provider sends its answers."""
    return provider.url("saml-validate.view")


def sls_of(provider: Provider) -> str:
    """Return the address to which the provider sends sign-outs."""
    return provider.url("saml-logout.view")
