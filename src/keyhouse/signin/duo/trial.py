"""The test of a Duo configuration: Duo's own health check, which also judges client ID and secret."""

from collections.abc import Iterator

from keyhouse.signin.duo.client import DuoRefused, check_health
from keyhouse.signin.duo.settings import OPEN, name_at_duo, redirect_of
from keyhouse.signin.method import Finding, Provider

_UNREACHED = "Check the API hostname, and that the firewall lets this server reach it on port 443."
_REFUSED = (
    "Copy client ID, client secret and API hostname of one and the same application from the Duo Admin Panel, and "
    "check this server's clock: Duo takes proofs of five minutes."
)


def findings(provider: Provider) -> Iterator[Finding]:
    """Ask Duo, and say what else decides who passes."""
    try:
        check_health(provider)
        yield Finding(True, "Duo answers, and accepts the client ID and secret.")
    except DuoRefused as error:
        how = "cannot be reached" if error.is_down else "refused the application"
        yield Finding(False, f"Duo {how}: {error}.", _UNREACHED if error.is_down else _REFUSED)
    yield Finding(True, f"Duo leads back to {redirect_of(provider)}.")
    yield Finding(True, f"jdoe@example.org is called {name_at_duo(provider, 'jdoe@example.org')} at Duo.")
    if provider.text("failmode") == OPEN:
        yield Finding(True, "While Duo cannot be reached, people pass with one factor.", "Choose closed to stop that.")
