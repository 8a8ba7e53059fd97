"""What a provider must know of this site, as the XML document that it is registered with."""

from onelogin.saml2.metadata import OneLogin_Saml2_Metadata as Metadata

from keyhouse.signin.method import Provider
from keyhouse.signin.saml.settings import SIGNED_WITH, own_settings


def own_metadata(provider: Provider) -> str:
    """Return this site's metadata for one configuration, signed where it has a key.

    It has no end: a provider keeps it until it is given another one.
    """
    settings = own_settings(provider)
    sp, security = settings.get_sp_data(), settings.get_security_data()
    document = Metadata.builder(sp, security["authnRequestsSigned"], False, "", "")
    key, certificate = settings.get_sp_key(), settings.get_sp_cert()
    if not key:
        return str(document)
    document = Metadata.add_x509_key_descriptors(document, certificate, security["wantAssertionsEncrypted"])
    signed = Metadata.sign_metadata(document, key, certificate, SIGNED_WITH)
    return signed.decode() if isinstance(signed, bytes) else str(signed)
