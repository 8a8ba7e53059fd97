"""Whose second factors may be changed in this browser: one's own, after proving to be there, or the first one ever."""

from dataclasses import dataclass
from datetime import timedelta

from keyhouse.accounts.models import User
from keyhouse.audit import Kind, Outcome
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.core.reasons import Reason
from keyhouse.signin import pending
from keyhouse.signin.pending import Pending
from keyhouse.web.call import Call
from keyhouse.web.errors import FreshSignInRequired, Unauthorized

_IMPERSONATING = "Second factors cannot be seen or changed while impersonating."
_IN_BROWSER = "Second factors are changed in the browser, by the person."


@dataclass(frozen=True)
class Person:
    """Whose factors are changed. `waiting` is a sign-in that goes on when the first factor is set up."""

    user: User
    waiting: Pending | None = None
    session_id: str | None = None


def person_of(call: Call) -> Person:
    """Return whose factors this browser may change now. Raises `Unauthorized` and `FreshSignInRequired`.

    A password alone adds the first second factor where there must be one, and never another one beside it.
    """
    if call.principal.is_guest:
        waiting = pending.find(call.request, call.site.clock())
        may = waiting is not None and waiting.must_enrol and not call.site.factors.has_factor(waiting.proof.user.id)
        if waiting is None or not may:
            raise call.refused()
        return Person(waiting.proof.user, waiting)
    person = owner_of(call)
    if not is_proved(call):
        comment = f"{call.action.name}: second factors are changed after a fresh sign-in"
        call.record(Kind.ACCESS_REFUSED, comment, Outcome.REFUSED, reason=Reason.FRESH_SIGN_IN.value)
        raise FreshSignInRequired(proof_url(call))
    return person


def owner_of(call: Call) -> Person:
    """Return who is signed in in this browser as themselves. Raises `Unauthorized`."""
    if call.principal.is_guest:
        raise call.refused()
    if call.is_impersonating:
        call.refused()
        raise Unauthorized(_IMPERSONATING)
    if call.allowed.via.method != BROWSER_SESSION:
        call.refused()
        raise Unauthorized(_IN_BROWSER)
    return Person(User.objects.get(id=call.principal.id), session_id=call.allowed.via.session_id)


def is_proved(call: Call) -> bool:
    """Tell whether the person proved lately to be there.

    Asked of everybody, also where keys are made without: who finds a browser left alone must not make the account
    their own with a factor of theirs.
    """
    how = call.allowed.via.how
    longest = timedelta(seconds=call.settings.fresh_sign_in_seconds)
    return how is not None and how.proved_at is not None and call.site.clock() - how.proved_at <= longest


def proof_url(call: Call) -> str:
    """Return the whole address of the page where one proves to be there."""
    page = call.url("login-reauthenticate.view", "/", stepUp=1).removeprefix(call.context_path)
    return call.site.boot.url + page
