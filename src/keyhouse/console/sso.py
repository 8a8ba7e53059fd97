"""To a provider and back: the part that all redirecting methods share. Each has its own page to come back to."""

from collections.abc import Callable

from django.http import HttpResponseBase, HttpResponseRedirect

from keyhouse.authn.throttle import source_of
from keyhouse.console.show import show
from keyhouse.console.signin_pages import after, link_url, sign_in_page
from keyhouse.core.permissions import Permission
from keyhouse.core.reasons import Reason
from keyhouse.signin import flows, link_offer
from keyhouse.signin.entering import FactorNeeded
from keyhouse.signin.identities import Unconfirmed
from keyhouse.signin.method import Flow, Identity, OutOfOrder, Provider, Purpose, SignInFailed
from keyhouse.signin.methods import REDIRECT_KINDS, NotInstalled, redirect_method_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound, TooManyRequests

actions = ActionTable()
_NO_PROVIDER = "There is no such way to sign in here, or it is switched off. Choose one on the sign-in page."
_FAILED_TOO_OFTEN = "Too many sign-ins from your network address have failed. Try again in {0} seconds."
_BEGUN_TOO_OFTEN = "Too many sign-ins were begun from your network address. Try again in {0} seconds."
_SWITCHED_OFF = "This way to sign in is switched off. Choose another one."
Arrival = Callable[[Call, Provider, Flow, Identity], HttpResponseBase]


@actions.add("login-ssoRedirect", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def begin(call: Call) -> HttpResponseBase:
    """Lead the browser to a provider."""
    provider = enabled(provider_of(call))
    return go(call, provider, Purpose.SIGN_IN, after(call))


def provider_of(call: Call, kind: str | None = None) -> Provider:
    """Return the configuration that the address names. Raises `NotFound`.

    It may be switched off: then it can be tried and registered at the provider, and `came_back` lets nobody in by it.
    """
    number = call.parameters.number("configuration")
    provider = call.site.providers.of_number(number, kind) if number is not None and abs(number) < 2**31 else None
    if provider is None or provider.kind not in REDIRECT_KINDS:
        raise NotFound(_NO_PROVIDER)
    return provider


def enabled(provider: Provider) -> Provider:
    """Return a provider that is switched on. Raises `NotFound`."""
    if not provider.is_enabled:
        raise NotFound(_NO_PROVIDER)
    return provider


def go(call: Call, provider: Provider, purpose: Purpose, return_url: str) -> HttpResponseBase:
    """Begin a journey and lead the browser to the provider. Raises `TooManyRequests`."""
    _check_may_begin(call)
    flow = flows.start(call.request, provider, purpose, return_url, call.site.clock())
    try:
        begun = redirect_method_of(provider.kind).begin(provider, flow)
    except NotInstalled as error:
        return failed(call, provider, OutOfOrder(provider.description, str(error)))
    except SignInFailed as error:
        return failed(call, provider, error)
    flows.add_to(call.request, flow, begun.extra, call.site.clock())
    return HttpResponseRedirect(begun.url)


def came_back(call: Call, provider: Provider, flow: Flow, identity: Identity) -> HttpResponseBase:
    """Go on with who came back, as the journey's purpose is."""
    if flow.purpose is not Purpose.TRY and call.site.providers.find(provider.id) is None:
        return failed(call, provider, SignInFailed(Reason.FLOW_UNKNOWN, _SWITCHED_OFF))
    return arrivals[flow.purpose](call, provider, flow, identity)


def failed(call: Call, provider: Provider, error: SignInFailed) -> HttpResponseBase:
    """Write down what went wrong on the way, and show it on the sign-in page. Raises `TooManyRequests`."""
    count_failure(call)
    call.site.sign_ins.record_failure(call.request, "", error.reason, f"{provider.description}: {error.detail}")
    return show_failure(call, error)


def count_failure(call: Call) -> None:
    """Count what is about to be refused and written down. Raises `TooManyRequests` where it is only counted.

    Whoever has no account can send bad answers without end: a row for each would fill the disk.
    """
    if (wait := call.site.failed_journeys.wait(call.address)) is not None:
        raise TooManyRequests(_FAILED_TOO_OFTEN.format(wait), wait)


def show_failure(call: Call, error: SignInFailed, return_url: str = "") -> HttpResponseBase:
    """Show what went wrong: to a guest on the sign-in page, where the other ways to sign in are."""
    status = 503 if error.reason is Reason.PROVIDER_DOWN else 403
    if call.principal.is_guest:
        return sign_in_page(call, error.text, status, return_url)
    # An administrator who tries a configuration is told what else only the log has.
    is_told = call.rights.may(Permission.ADMIN_OPERATIONS) and error.detail != error.text
    detail = error.detail if is_told else ""
    response = show(call, "sso_failed.html", "It did not work", problems=[("", error.text)], detail=detail)
    response.status_code = status
    return response


def _check_may_begin(call: Call) -> None:
    # Each journey of a browser that has no session yet makes one, which stays for an hour.
    if call.request.session.keys() or not call.principal.is_guest:
        return
    source, now = source_of(call.address), call.site.clock()
    if (wait := call.site.new_journeys.retry_after(source, now)) is not None:
        raise TooManyRequests(_BEGUN_TOO_OFTEN.format(wait), wait)
    call.site.new_journeys.count_failure(source, now)


def _sign_in(call: Call, provider: Provider, flow: Flow, identity: Identity) -> HttpResponseBase:
    try:
        outcome = call.site.sign_ins.by_identity(call.request, provider, identity, flow.return_url)
    except Unconfirmed as error:
        link_offer.keep(call.request, provider, identity, 0, call.site.clock())
        return show_failure(call, error, link_url(call, flow.return_url))
    except SignInFailed as error:
        return show_failure(call, error)
    target = call.url("login-secondFactor.view", "/") if isinstance(outcome, FactorNeeded) else flow.return_url
    return HttpResponseRedirect(target, status=303)


arrivals: dict[Purpose, Arrival] = {Purpose.SIGN_IN: _sign_in}
"""What is done with who came back, by what the journey was for; each purpose has a module that adds its own."""
