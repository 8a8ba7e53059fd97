"""What a refused password is told of the other ways: by what was typed alone, never by whether there is an account."""

from keyhouse.signin.entered import ascii_domain
from keyhouse.signin.methods import REDIRECT_KINDS
from keyhouse.signin.models import Configuration

_MOST = 5


def hint(email: str) -> str:
    """Return a sentence that names the way to sign in for this address; nothing where the site has passwords alone.

    The domain decides where a configuration claims it; else all that lead to a provider are named.
    """
    found = Configuration.objects.filter(is_enabled=True, kind__in=REDIRECT_KINDS).order_by("position", "id")
    rows = list(found.only("description", "domains"))
    if not rows:
        return ""
    domain = ascii_domain(email.rpartition("@")[2].strip().lower())
    claiming = [row for row in rows if domain and domain in row.domains]
    names = [row.description for row in claiming or rows][:_MOST]
    return f"If you sign in through {_either(names)}, you have no password here: scripts use an API key instead."


def with_hint(text: str, email: str) -> str:
    """Return the text of a refused password, and the hint after it."""
    told = hint(email)
    return f"{text} {told}" if told else text


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
