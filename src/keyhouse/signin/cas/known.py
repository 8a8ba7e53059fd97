"""Which tickets somebody came here with: of those alone a CAS server's message is heard."""

from keyhouse.core.digests import digest
from keyhouse.signin.method import Provider
from keyhouse.signin.models import ProviderSession, Spent


def is_known(provider: Provider, ticket: str) -> bool:
    """Tell whether somebody came here with this ticket. Who was not told it cannot guess it (CAS protocol, 3.1.1)."""
    named = digest(ticket)
    began = ProviderSession.objects.filter(configuration_id=provider.id, name_digest=named).exists()
    # A sign-in that waits for its second factor has spent its ticket, and has no session yet.
    return began or Spent.objects.filter(configuration_id=provider.id, digest=named).exists()
