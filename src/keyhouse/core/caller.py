"""Who asks, through what, from where: what every line of the audit log begins with."""

from dataclasses import dataclass

from keyhouse.core.context import NOTHING_DECLARED, DeclaredContext
from keyhouse.core.decision import NO_CREDENTIAL, Via
from keyhouse.core.principal import GUEST, Principal


@dataclass(frozen=True)
class Caller:
    """One acting person or program, as the audit log names it."""

    principal: Principal = GUEST
    via: Via = NO_CREDENTIAL
    context: DeclaredContext = NOTHING_DECLARED
    address: str = ""
    user_agent: str = ""


_COMMAND_LINE = "the command line"


def operator(login: str) -> Caller:
    """Return the person at the server's own command line, known by the login of the operating system."""
    return Caller(Principal(0, f"{login} (command line)", login), Via(_COMMAND_LINE))


def is_operator(caller: Caller) -> bool:
    """Tell whether this is the person at the server's own command line, who may read everything there."""
    return caller.via.method == _COMMAND_LINE
