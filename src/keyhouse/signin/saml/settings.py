"""A configuration as the library wants it: strict, signed, and never SHA-1."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from keyhouse.signin.method import Provider
from keyhouse.signin.saml.fields import UNSPECIFIED, acs_of, entity_id_of, lines_of, sls_of
from keyhouse.signin.saml.keys import Certificate
from keyhouse.signin.saml.metadata import Idp

SIGNED_WITH = Names.RSA_SHA256


def library_settings(
    provider: Provider, idp: Idp, certificates: Sequence[Certificate], is_for_writing: bool = False
) -> OneLogin_Saml2_Settings:
    """Return the library's settings. It writes XML by filling in templates: for that, values are escaped here."""

    def value(text: str) -> str:
        return escape(text) if is_for_writing else text

    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "debug": False,
            "sp": _sp(provider, value),
            "idp": {
                "entityId": value(idp.entity_id),
                "singleSignOnService": {"url": value(idp.sso_url), "binding": Names.BINDING_HTTP_REDIRECT},
                "singleLogoutService": {"url": value(idp.slo_url), "responseUrl": value(idp.slo_response_url)}
                if idp.slo_url
                else {},
                "x509certMulti": {"signing": [each.pem for each in certificates]},
            },
            "security": _security(provider, value),
        }
    )


def own_settings(provider: Provider) -> OneLogin_Saml2_Settings:
    """Return settings that tell of this site alone, for writing: its metadata is needed before the provider's."""
    told = {"strict": True, "sp": _sp(provider, escape), "security": _security(provider, escape)}
    return OneLogin_Saml2_Settings(told, sp_validation_only=True)


def request_data(address: str) -> dict[str, Any]:
    """Return what the library asks of a request: the address where the message belongs, never one that it claims."""
    parts = urlsplit(address)
    https = "on" if parts.scheme == "https" else "off"
    return {"https": https, "http_host": parts.netloc, "script_name": "", "path_info": parts.path, "get_data": {}}


def signed_url(provider: Provider, settings: OneLogin_Saml2_Settings, url: str, parameters: dict[str, str]) -> str:
    """Return the address to lead to with a message, signed where this site has a key (saml-bindings-2.0, 3.4.4.1)."""
    if settings.get_sp_key():
        auth = OneLogin_Saml2_Auth(request_data(acs_of(provider)), old_settings=settings)
        add = auth.add_request_signature if "SAMLRequest" in parameters else auth.add_response_signature
        add(parameters, SIGNED_WITH)
    return str(OneLogin_Saml2_Utils.redirect(url, parameters))


def _sp(provider: Provider, value: Callable[[str], str]) -> dict[str, Any]:
    has_key = _has_key(provider)
    return {
        "entityId": value(entity_id_of(provider)),
        "assertionConsumerService": {"url": value(acs_of(provider)), "binding": Names.BINDING_HTTP_POST},
        "singleLogoutService": {"url": value(sls_of(provider)), "binding": Names.BINDING_HTTP_REDIRECT},
        "NameIDFormat": value(provider.text("name_id_format") or UNSPECIFIED),
        "x509cert": provider.text("sp_certificate") if has_key else "",
        "privateKey": provider.secrets["sp_key"] if has_key else "",
    }


def _has_key(provider: Provider) -> bool:
    return bool(provider.secrets.get("sp_key") and provider.text("sp_certificate"))


def _security(provider: Provider, value: Callable[[str], str]) -> dict[str, Any]:
    has_key = _has_key(provider)
    contexts = [value(each) for each in lines_of(provider.settings, "requested_contexts")]
    return {
        "authnRequestsSigned": has_key,
        "logoutRequestSigned": has_key,
        "logoutResponseSigned": has_key,
        "signMetadata": has_key,
        "wantMessagesSigned": False,
        "wantAssertionsSigned": False,
        "wantAssertionsEncrypted": has_key and provider.flag("wants_encryption"),
        "wantNameId": not provider.text("subject_attribute"),
        "wantAttributeStatement": False,
        "allowRepeatAttributeName": True,
        "rejectDeprecatedAlgorithm": True,
        "signatureAlgorithm": SIGNED_WITH,
        "digestAlgorithm": Names.SHA256,
        "requestedAuthnContext": contexts or False,
        "failOnAuthnContextMismatch": False,
        "allowSingleLabelDomains": True,
    }
