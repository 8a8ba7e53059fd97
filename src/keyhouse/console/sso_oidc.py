"""Where browsers come back from a provider of OpenID Connect, and where it says that a person is gone."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, JsonResponse

from keyhouse.audit import Kind, Outcome
from keyhouse.console.sso import came_back, count_failure, failed, provider_of
from keyhouse.core.reasons import Reason
from keyhouse.signin import flows
from keyhouse.signin.method import OutOfOrder, Provider, ProviderDown, SignInFailed
from keyhouse.signin.methods import NotInstalled, method_of
from keyhouse.signin.spent import spend
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from keyhouse.signin.oidc.method import CameBack, OpenIdConnect

actions = ActionTable()
_JOURNEY_LIFE = timedelta(hours=1)
"""Longer than any journey is open."""
_LONGEST_BODY = 128 * 1024
_SPENT = "This sign-in was used already. Start again from the sign-in page."
_TWICE = "The answer of {0} names something twice, and was refused. Start again from the sign-in page."


@actions.add("oidc-validate", methods=("GET",), is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def validate(call: Call) -> HttpResponseBase:
    """Take the browser back from the provider, and sign in whom it vouches for."""
    provider, now = provider_of(call, "oidc"), call.site.clock()
    try:
        flow = flows.take(call.request, call.parameters.text("state"), provider, now)
        # Before the provider is asked: two requests at once both find the journey in the session.
        if not spend(provider.id, f"journey {flow.state}", now + _JOURNEY_LIFE):
            raise SignInFailed(Reason.FLOW_UNKNOWN, _SPENT, "the journey was finished before")
        identity = _method().finish(provider, flow, _what_came(call, provider), now)
    except NotInstalled as error:
        return failed(call, provider, OutOfOrder(provider.description, str(error)))
    except SignInFailed as error:
        return failed(call, provider, error)
    return came_back(call, provider, flow, identity)


@actions.add(
    "oidc-backchannelLogout",
    methods=("POST",),
    tolerates_missing_folder=True,
    ignores_declarations=True,
    is_from_elsewhere=True,
)
def log_out_by_back_channel(call: Call) -> HttpResponseBase:
    """End the sessions of whom the provider signed out (OpenID Connect Back-Channel Logout 1.0)."""
    if _length(call) > _LONGEST_BODY:
        return _no("the body is longer than any logout token", 413)
    try:
        provider = provider_of(call, "oidc")
    except (NotFound, BadRequest):
        return _no("there is no such configuration", 400)
    problem = _end(call, provider)
    if problem:
        count_failure(call)
        # For the log alone: who may not speak for the provider learns nothing of why.
        call.record(Kind.SIGN_IN_FAILED, f"Sign-out by {provider.description}: {problem}", Outcome.REFUSED)
        return _no("the logout token was refused", 400)
    return _uncached(HttpResponse(status=200))


def _end(call: Call, provider: Provider) -> str:
    """End what the logout token names; return why it is refused, if it is."""
    from keyhouse.signin.oidc.tokens import Forged

    now = call.site.clock()
    try:
        signed_out = _method().signed_out(provider, str(call.request.POST.get("logout_token", "")), now)
    except ProviderDown as error:
        return error.detail
    except (Forged, NotInstalled) as error:
        return str(error)
    with transaction.atomic():
        if not spend(provider.id, f"logout token {signed_out.jti}", signed_out.until):
            return "the token was used before"
        call.site.provider_endings.end(
            provider, signed_out.session_name or None, signed_out.subject or None, call.address
        )
    return ""


def _what_came(call: Call, provider: Provider) -> "CameBack":
    from keyhouse.signin.oidc.method import CameBack

    names = ("code", "error", "error_description", "iss")
    if any(len(call.request.GET.getlist(name)) > 1 for name in (*names, "state")):
        # RFC 6749, 3.1: else two readers of one answer could each see another one.
        text = _TWICE.format(provider.description)
        raise SignInFailed(Reason.PROVIDER_REFUSED, text, "a parameter of the answer is there twice")
    code, error, described, issuer = (call.request.GET.get(name, "") for name in names)
    return CameBack(code, error, described, issuer)


def _method() -> "OpenIdConnect":
    return cast("OpenIdConnect", method_of("oidc"))


def _no(described: str, status: int) -> HttpResponse:
    return _uncached(JsonResponse({"error": "invalid_request", "error_description": described}, status=status))


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _length(call: Call) -> int:
    length = str(call.request.META.get("CONTENT_LENGTH") or "")
    return int(length) if length.isascii() and length.isdigit() else 0
