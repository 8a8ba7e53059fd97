"""Who asks, through what, from where: what every line of the audit log begins with."""

from dataclasses import dataclass

from keyhouse.core.context import NOTHING_DECLARED, DeclaredContext
from keyhouse.core.decision import GUEST, NO_CREDENTIAL, Principal, Via


@dataclass(frozen=True)
class Caller:
    """One acting person or program, as the audit log names it."""

    principal: Principal = GUEST
    via: Via = NO_CREDENTIAL
    context: DeclaredContext = NOTHING_DECLARED
    address: str = ""
    user_agent: str = ""


def operator(login: str) -> Caller:
    """Return the person at the server's own command line, known by the login of the operating system."""
    return Caller(Principal(0, f"{login} (command line)", login), Via("the command line"))
