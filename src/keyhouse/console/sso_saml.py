"""The addresses of this site that SAML providers know: answers, sign-outs both ways, and the site's own metadata."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.audit import Kind, Outcome
from keyhouse.authn.throttle import Throttle, source_of
from keyhouse.console.show import is_post, lead_to, show
from keyhouse.console.signed_out import leave_unconfirmed
from keyhouse.console.signin_pages import after
from keyhouse.console.sso import came_back, count_failure, failed, provider_of, show_failure
from keyhouse.core.reasons import Reason
from keyhouse.signin import flows, handing
from keyhouse.signin.method import Flow, Provider, Purpose, SignInFailed
from keyhouse.signin.methods import NotInstalled, method_of
from keyhouse.signin.saml.refusal import Refused
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, TooManyRequests, Unauthorized, WireError
from keyhouse.web.urls import is_local

if TYPE_CHECKING:
    from keyhouse.signin.saml.arrival import Arrival

actions = ActionTable()
_REFUSED = Throttle(600, seconds_a_failure=0.1)
_LONGEST_BODY = 1024 * 1024
_LONGEST_DETAIL = 1000
_REFUSAL = "refused"
"""Under this name the cause of a refusal waits until the browser is back."""
_NO_MESSAGE = "This address is for messages of an identity provider. Start from the sign-in page."
_NO_LOGOUT = "This sign-out could not be accepted: this site's log says why. Sign out here with the menu of the page."
_LOST = "This sign-in has been finished, or has taken too long. Start again from the sign-in page."


@actions.add(
    "saml-validate",
    methods=("POST",),
    is_page=True,
    tolerates_missing_folder=True,
    ignores_declarations=True,
    is_from_elsewhere=True,
)
def validate(call: Call) -> HttpResponseBase:
    """Take an answer that a provider has posted through the browser, and let the browser come back with its cookie."""
    provider, now = _provider(call), call.site.clock()
    _bound(call)
    from keyhouse.signin.saml.arrival import arrive

    encoded, state = call.parameters.text("SAMLResponse"), call.parameters.text("RelayState")
    if not encoded:
        raise BadRequest(_NO_MESSAGE)
    try:
        arrival = arrive(provider, encoded, state, now)
    except Refused as error:
        return _refuse(call, provider, str(error)[:_LONGEST_DETAIL], bool(state))
    handle = handing.keep(call.site.providers, provider, arrival.payload, now)
    return lead_to(call, "saml-finish.view", "/", configuration=provider.id, handle=handle)


@actions.add("saml-finish", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def finish(call: Call) -> HttpResponseBase:
    """Finish the journey that led to an answer; without one, ask first whether to sign in."""
    provider, now = _provider(call), call.site.clock()
    handle = call.parameters.text("handle")
    waiting = handing.look(call.site.providers, provider, handle, now)
    if waiting is not None and not is_post(call) and not waiting.get("in_response_to", _REFUSAL):
        return _ask(call, provider, handle, _arrival_of(waiting))
    taken = handing.take(call.site.providers, provider, handle, now)
    if taken is None:
        return failed(call, provider, SignInFailed(Reason.FLOW_UNKNOWN, _LOST, "the handle is of no use"))
    if _REFUSAL in taken:
        return show_failure(call, _refusal(provider, taken[_REFUSAL]))
    arrival = _arrival_of(taken)
    try:
        flow = _flow(call, provider, arrival, now)
    except SignInFailed as error:
        return failed(call, provider, error)
    return came_back(call, provider, flow, arrival.identity)


@actions.add("saml-metadata", methods=("GET",), is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def metadata(call: Call) -> HttpResponseBase:
    """Serve what a provider must know of this site; it is no secret."""
    provider = _provider(call)
    from keyhouse.signin.saml.own_metadata import own_metadata

    response = HttpResponse(own_metadata(provider), content_type="application/samlmetadata+xml")
    response["Content-Disposition"] = f'attachment; filename="keyhouse-{provider.id}.xml"'
    return response


@actions.add(
    "saml-logout", is_page=True, tolerates_missing_folder=True, ignores_declarations=True, is_from_elsewhere=True
)
def logout(call: Call) -> HttpResponseBase:
    """End what a provider says to be over, or come back from a sign-out that began here."""
    provider = _provider(call)
    _bound(call)
    if call.parameters.text("SAMLResponse"):
        return _signed_out(call, provider)
    if not call.parameters.text("SAMLRequest"):
        raise BadRequest(_NO_MESSAGE)
    return _end(call, provider)


def _provider(call: Call) -> Provider:
    provider = provider_of(call, "saml")
    try:
        method_of("saml")
    except NotInstalled as error:
        raise WireError(str(error), status=503) from None
    return provider


def _bound(call: Call) -> None:
    """Refuse what is larger than any message, and whoever sends one bad message after the other."""
    length = str(call.request.META.get("CONTENT_LENGTH") or "")
    if length.isascii() and length.isdigit() and int(length) > _LONGEST_BODY:
        raise WireError("The body of this request is larger than any message of an identity provider.", status=413)
    if (wait := _REFUSED.retry_after(source_of(call.address), call.site.clock())) is not None:
        # Not even read: to verify a message costs much more than to send one.
        call.site.failed_journeys.wait(call.address)
        raise TooManyRequests(f"Too many messages that were refused. Try again in {wait} seconds.", wait)


def _refuse(call: Call, provider: Provider, detail: str, is_of_a_journey: bool) -> HttpResponseBase:
    """Write it down now, and show it where the cookie is: an administrator who tries a configuration is told why."""
    now, error = call.site.clock(), _refusal(provider, detail)
    _REFUSED.count_failure(source_of(call.address), now)
    if not is_of_a_journey:
        return failed(call, provider, error)
    count_failure(call)
    call.site.sign_ins.record_failure(call.request, "", error.reason, f"{provider.description}: {detail}")
    handle = handing.keep(call.site.providers, provider, {_REFUSAL: detail}, now)
    return lead_to(call, "saml-finish.view", "/", configuration=provider.id, handle=handle)


def _refusal(provider: Provider, detail: str) -> SignInFailed:
    from keyhouse.signin.saml.method import refused

    return refused(provider, detail)


def _arrival_of(payload: dict[str, Any]) -> "Arrival":
    from keyhouse.signin.saml.arrival import arrival_of

    return arrival_of(payload)


def _flow(call: Call, provider: Provider, arrival: "Arrival", now: datetime) -> Flow:
    if not arrival.in_response_to:
        return Flow(provider.id, "", "", "", Purpose.SIGN_IN, _return_url(call, arrival), now)
    flow = flows.take(call.request, arrival.state, provider, now)
    if flow.extra.get("request") != arrival.in_response_to:
        detail = f"the answer is to {arrival.in_response_to!r}, and this browser's request was another one"
        raise SignInFailed(Reason.FLOW_UNKNOWN, _LOST, detail)
    return flow


def _return_url(call: Call, arrival: "Arrival") -> str:
    return arrival.state if is_local(arrival.state, call.context_path) else after(call)


def _ask(call: Call, provider: Provider, handle: str, arrival: "Arrival") -> HttpResponseBase:
    """A foreign page could have sent this browser with its own account, to see what is done under it (login CSRF)."""
    return show(
        call,
        "saml_unasked.html",
        f"Sign in as {arrival.identity.email or arrival.identity.display_name}?",
        is_folder_page=True,
        provider=provider.description,
        who=arrival.identity.email,
        name=arrival.identity.display_name,
        action_url=call.url("saml-finish.view", "/"),
        fields=[("configuration", provider.id), ("handle", handle)],
    )


def _end(call: Call, provider: Provider) -> HttpResponseBase:
    from keyhouse.signin.saml import logout as saml_logout

    now = call.site.clock()
    try:
        if is_post(call):
            encoded, state = call.parameters.text("SAMLRequest"), call.parameters.text("RelayState")
            request = saml_logout.posted_request(provider, encoded, state, now)
        else:
            request = saml_logout.redirected_request(provider, _query(call), now)
        for ending in list(saml_logout.endings_of(call.site.providers, provider, request)):
            named = {"session_name": ending.session_name, "subject": ending.subject}
            call.site.provider_endings.end(provider, **named, address=call.address)
    except Refused as error:
        raise _refused_logout(call, provider, str(error)) from None
    url = saml_logout.answer_url(provider, request)
    return HttpResponseRedirect(url, status=303) if url else lead_to(call, "login-signedOut.view", "/")


def _signed_out(call: Call, provider: Provider) -> HttpResponseBase:
    from keyhouse.signin.saml import logout as saml_logout

    encoded = call.parameters.text("SAMLResponse") if is_post(call) else None
    try:
        is_done = saml_logout.is_done(provider, _query(call), encoded, call.site.clock())
        problem = "" if is_done else "the provider did not sign the person out everywhere"
    except Refused as error:
        problem = str(error)
    if problem:
        # The session here is over in any case, so nothing is refused to its person: many providers sign no answers.
        _note_bad_logout(call, provider, problem)
        leave_unconfirmed(call)
    return lead_to(call, "login-signedOut.view", "/")


def _refused_logout(call: Call, provider: Provider, detail: str) -> WireError:
    _note_bad_logout(call, provider, detail)
    return WireError(_NO_LOGOUT, status=Unauthorized.status)


def _note_bad_logout(call: Call, provider: Provider, detail: str) -> None:
    _REFUSED.count_failure(source_of(call.address), call.site.clock())
    count_failure(call)
    comment = f"sign-out at {provider.description}: {detail}"[:_LONGEST_DETAIL]
    call.record(Kind.ACCESS_REFUSED, comment, Outcome.REFUSED, reason=Reason.PROVIDER_REFUSED.value)


def _query(call: Call) -> str:
    return str(call.request.META.get("QUERY_STRING", ""))
