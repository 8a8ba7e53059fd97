"""Refusals that say which right is lacking; each is written to the audit log before it is answered."""

from collections.abc import Iterator
from contextlib import contextmanager

from keyhouse.accounts.models import Principal
from keyhouse.accounts.names import AccountError
from keyhouse.audit import Kind, Outcome
from keyhouse.authz.assignments import RoleError
from keyhouse.authz.folders import FolderError
from keyhouse.authz.powers import LastAdministrator, covers
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, Unauthorized

MORE_THAN_YOU = "You may not change a user, group or role that has rights which you do not have yourself."


def lacking(call: Call, text: str) -> Unauthorized:
    """Return the refusal of a call, with a text that names what is lacking; it has been recorded."""
    if not call.principal.is_guest:
        call.record(Kind.ACCESS_REFUSED, f"{call.action.name} in {call.folder.path}: {text}", Outcome.REFUSED)
    return Unauthorized(text)


def require_covered(call: Call, account: Principal) -> None:
    """Refuse to change an account that may do more than the caller: else who manages some becomes all."""
    if not covers(call.rights, account):
        raise lacking(call, MORE_THAN_YOU)


@contextmanager
def told_on_the_wire() -> Iterator[None]:
    """Turn what the services refuse into an answer 400 with their text."""
    try:
        yield
    except (AccountError, RoleError, FolderError, LastAdministrator) as error:
        raise BadRequest(str(error)) from None
