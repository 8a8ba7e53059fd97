"""What a CAS server posts when somebody signed out there. Nobody signs it: the ticket in it is the secret."""

from cas import CASClientV3

from keyhouse.core.digests import digest
from keyhouse.signin.cas_answer import NotCas, parse
from keyhouse.signin.method import Provider
from keyhouse.signin.models import ProviderSession, Spent

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


def is_known(provider: Provider, ticket: str) -> bool:
    """Tell whether somebody came here with this ticket. Who was not told it cannot guess it (CAS protocol, 3.1.1)."""
    named = digest(ticket)
    began = ProviderSession.objects.filter(configuration_id=provider.id, name_digest=named).exists()
    # A sign-in that waits for its second factor has spent its ticket, and has no session yet.
    return began or Spent.objects.filter(configuration_id=provider.id, digest=named).exists()
