"""What a CAS server posts when somebody signed out there. Nobody signs it: the ticket in it is the secret."""

from cas import CASClientV3

from keyhouse.signin.cas.answer import NotCas, parse

LONGEST = 65_536
_ROOT = "{urn:oasis:names:tc:SAML:2.0:protocol}LogoutRequest"


def ticket_of(message: str) -> str:
    """Return the ticket whose session is over (CAS protocol, 2.3.3). Raises `NotCas`."""
    body = message.strip().encode()
    if len(body) > LONGEST or parse(body).tag != _ROOT:
        raise NotCas("this is no LogoutRequest")
    found = CASClientV3.get_saml_slos(body) or []
    if len(found) != 1 or not (found[0].text or "").strip():
        raise NotCas("a LogoutRequest names one SessionIndex")
    return str(found[0].text).strip()
