"""To a provider and back: the part that all redirecting methods share. Each has its own page to come back to."""

from django.http import HttpResponseBase, HttpResponseRedirect

from keyhouse.console.show import show
from keyhouse.console.signin_pages import after
from keyhouse.core.reasons import Reason
from keyhouse.signin import flows
from keyhouse.signin.entering import FactorNeeded
from keyhouse.signin.method import Flow, Identity, Provider, Purpose, SignInFailed
from keyhouse.signin.methods import REDIRECT_KINDS, NotInstalled, redirect_method_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

actions = ActionTable()
_NO_PROVIDER = "There is no such way to sign in here, or it is switched off. Choose one on the sign-in page."


@actions.add("login-ssoRedirect", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def begin(call: Call) -> HttpResponseBase:
    """Lead the browser to a provider."""
    provider = provider_of(call)
    return go(call, provider, Purpose.SIGN_IN, after(call))


def provider_of(call: Call, kind: str | None = None) -> Provider:
    """Return the enabled configuration that the address names. Raises `NotFound`."""
    number = call.parameters.number("configuration")
    provider = call.site.providers.find(number, kind) if number is not None and abs(number) < 2**31 else None
    if provider is None or provider.kind not in REDIRECT_KINDS:
        raise NotFound(_NO_PROVIDER)
    return provider


def go(call: Call, provider: Provider, purpose: Purpose, return_url: str) -> HttpResponseBase:
    """Begin a journey and lead the browser to the provider."""
    flow = flows.start(call.request, provider, purpose, return_url, call.site.clock())
    try:
        begun = redirect_method_of(provider.kind).begin(provider, flow)
    except NotInstalled as error:
        return failed(call, provider, SignInFailed(Reason.PROVIDER_DOWN, str(error)))
    except SignInFailed as error:
        return failed(call, provider, error)
    flows.add_to(call.request, flow, begun.extra, call.site.clock())
    return HttpResponseRedirect(begun.url)


def came_back(call: Call, provider: Provider, flow: Flow, identity: Identity) -> HttpResponseBase:
    """Go on with who came back: sign in, or whatever else the journey was for."""
    try:
        outcome = call.site.sign_ins.by_identity(call.request, provider, identity, flow.return_url)
    except SignInFailed as error:
        return show_failure(call, error)
    target = call.url("login-secondFactor.view", "/") if isinstance(outcome, FactorNeeded) else flow.return_url
    return HttpResponseRedirect(target, status=303)


def failed(call: Call, provider: Provider, error: SignInFailed) -> HttpResponseBase:
    """Write down what went wrong on the way, and show it on the sign-in page."""
    call.site.sign_ins.record_failure(call.request, "", error.reason, f"{provider.description}: {error.detail}")
    return show_failure(call, error)


def show_failure(call: Call, error: SignInFailed) -> HttpResponseBase:
    """Show the sign-in page with what went wrong; the other ways to sign in are there."""
    response = show(
        call,
        "signin.html",
        "Sign in",
        problems=[("", error.text)],
        is_folder_page=True,
        action_url=call.url("login-login.view", "/"),
        return_url="",
    )
    response.status_code = 503 if error.reason is Reason.PROVIDER_DOWN else 403
    return response
