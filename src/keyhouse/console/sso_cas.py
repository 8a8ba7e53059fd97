"""The way back from a CAS server, and its message that somebody signed out there."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django.http import HttpResponse, HttpResponseBase

from keyhouse.authn.throttle import Throttle, source_of
from keyhouse.console.show import is_post
from keyhouse.console.sso import came_back, failed, provider_of
from keyhouse.core.reasons import Reason
from keyhouse.signin import flows
from keyhouse.signin.cas.answer import NotCas
from keyhouse.signin.method import Flow, Identity, OutOfOrder, Provider, SignInFailed
from keyhouse.signin.methods import NotInstalled, method_of
from keyhouse.signin.spent import spend
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, TooManyRequests, WireError

if TYPE_CHECKING:
    from keyhouse.signin.cas.method import Cas

actions = ActionTable()
_TICKET_LIFE = timedelta(hours=1)
"""Longer than any journey, in which alone a ticket is taken."""
_LONGEST_BODY = 64 * 1024
_NO_LOGOUT = "Post the logoutRequest of a CAS server here."
_SPENT = "This sign-in was used already. Start again from the sign-in page."
_UNKNOWN_TICKETS = Throttle(600, seconds_a_failure=0.1)
"""A CAS server also tells of sessions that are over here: many at once where a day's sessions end there."""


@actions.add(
    "cas-validate", is_page=True, tolerates_missing_folder=True, ignores_declarations=True, is_from_elsewhere=True
)
def validate(call: Call) -> HttpResponseBase:
    """Take back a browser with its ticket, or the server's own message that a ticket's session is over."""
    if is_post(call):
        return _end(call, provider_of(call, "cas"))
    provider = provider_of(call, "cas")
    try:
        flow = flows.take(call.request, call.parameters.text("state"), provider, call.site.clock())
        identity = _identity(call, provider, flow)
    except NotInstalled as error:
        return failed(call, provider, OutOfOrder(provider.description, str(error)))
    except SignInFailed as error:
        return failed(call, provider, error)
    return came_back(call, provider, flow, identity)


def _method() -> "Cas":
    return cast("Cas", method_of("cas"))


def _identity(call: Call, provider: Provider, flow: Flow) -> Identity:
    ticket = call.parameters.text("ticket")
    method = _method()
    method.check_syntax(provider, ticket)
    # Before the server is asked: of two requests with one ticket at once, one goes no further.
    if not spend(provider.id, ticket, call.site.clock() + _TICKET_LIFE):
        raise SignInFailed(Reason.FLOW_UNKNOWN, _SPENT, "the ticket was used before")
    return method.identity_of(provider, flow, ticket)


def _end(call: Call, provider: Provider) -> HttpResponseBase:
    source, now = source_of(call.address), call.site.clock()
    if (wait := _UNKNOWN_TICKETS.retry_after(source, now)) is not None:
        raise TooManyRequests(f"Too many tickets that nobody has here. Try again in {wait} seconds.", wait)
    if _length(call) > _LONGEST_BODY:
        raise WireError("The body of this request is larger than any logoutRequest.", status=413)
    try:
        ticket = _method().ended_ticket(call.parameters.text("logoutRequest"))
    except NotInstalled as error:
        raise WireError(str(error), status=503) from None
    except NotCas:
        _UNKNOWN_TICKETS.count_failure(source, now)
        raise BadRequest(_NO_LOGOUT) from None
    if _method().is_known(provider, ticket):
        call.site.provider_endings.end(provider, session_name=ticket, address=call.address)
    else:
        _UNKNOWN_TICKETS.count_failure(source, now)
    # The same for every ticket: the answer tells nobody which ones are known.
    return HttpResponse(status=204)


def _length(call: Call) -> int:
    length = str(call.request.META.get("CONTENT_LENGTH") or "")
    return int(length) if length.isascii() and length.isdigit() else 0
