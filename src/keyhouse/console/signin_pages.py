"""Sign in: with e-mail and password, or at a provider; and sign out."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.console.show import is_post, show
from keyhouse.console.signed_out import lead_on
from keyhouse.core.reasons import PASSWORD_TEXT, THROTTLED_TEXT, Reason
from keyhouse.signin import link_offer
from keyhouse.signin.entering import Entered, FactorNeeded
from keyhouse.signin.hints import with_hint
from keyhouse.signin.identities import Unconfirmed
from keyhouse.signin.method import SignInFailed
from keyhouse.signin.methods import REDIRECT_KINDS
from keyhouse.signin.passwords.default_domain import completed
from keyhouse.web import impersonating
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import MethodNotAllowed
from keyhouse.web.urls import is_local

actions = ActionTable()
_TEXTS = {
    Reason.THROTTLED: THROTTLED_TEXT,
    Reason.ACCOUNT_DEACTIVATED: "Your account has been deactivated. Ask an administrator to reactivate it.",
}
_MISSING = "Please sign in using your email address and password."


@actions.add("login-login", "login-showLogin", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def sign_in(call: Call) -> HttpResponseBase:
    """Show the form, or sign in and lead on."""
    if not is_post(call):
        return _form(call) if call.principal.is_guest else HttpResponseRedirect(after(call))
    email, password = call.parameters.text("email").strip(), call.request.POST.get("password", "")
    if email and not password and (url := provider_url(call, completed(email))):
        return HttpResponseRedirect(url, status=303)
    if not email or not password:
        return _form(call, _MISSING)
    try:
        signed_in = call.site.passwords.sign_in(call.request, email, password, after(call))
    except SignInFailed as error:
        return _refused(call, error)
    if isinstance(signed_in, Reason):
        text = _TEXTS.get(signed_in) or with_hint(PASSWORD_TEXT, completed(email))
        return _form(call, text, 429 if signed_in is Reason.THROTTLED else 401)
    return HttpResponseRedirect(next_of(call, signed_in, after(call)), status=303)


@actions.add("login-logout", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def sign_out(call: Call) -> HttpResponseBase | dict[str, Any]:
    """Sign out; only by POST, so that no foreign page can do it with a picture. Programs (Java, Rust) post here too."""
    if not is_post(call):
        raise MethodNotAllowed("This action does not support HTTP GET")
    onward = impersonating.sign_out(call)
    if _is_program(call):
        return {"success": True}
    return lead_on(call, onward, after(call)) if onward else HttpResponseRedirect(after(call), status=303)


def next_of(call: Call, outcome: Entered | FactorNeeded, return_url: str) -> str:
    """Return where a sign-in goes on: at the second factor, or where the person was going."""
    if isinstance(outcome, FactorNeeded):
        return call.url("login-secondFactor.view", "/")
    return return_url


def after(call: Call) -> str:
    """Return where to go on: where the person was going, if that is on this site, else the start page."""
    return _wanted(call) or call.url("project-begin.view", "/home")


def _is_program(call: Call) -> bool:
    headers = call.request.headers
    is_person = "text/html" in headers.get("Accept", "") or headers.get("User-Agent", "").startswith("Mozilla/")
    return headers.get("X-Requested-With") == "XMLHttpRequest" or not is_person


def _refused(call: Call, error: SignInFailed) -> HttpResponse:
    return_url = _wanted(call)
    if isinstance(error, Unconfirmed):
        link_offer.keep(call.request, error.provider, error.identity, 0, call.site.clock())
        return_url = link_url(call, return_url)
    return _form(call, error.text, 503 if error.reason is Reason.PROVIDER_DOWN else 401, return_url)


def provider_url(call: Call, email: str) -> str | None:
    """Return where the domain of an address leads, whether there is such an account or not; None for the password."""
    row = call.site.providers.of_domain(email)
    return _begin_url(call, row.id) if row is not None and row.kind in REDIRECT_KINDS else None


def link_url(call: Call, return_url: str) -> str:
    """Return where a sign-in goes on that is to confirm an identity: it asks, and leads on to where one was going."""
    return call.url("login-linkIdentity.view", "/", **({"returnUrl": return_url} if return_url else {}))


def sign_in_page(call: Call, problem: str, status: int, return_url: str = "") -> HttpResponse:
    """Show the sign-in page with what went wrong elsewhere; all ways to sign in are there."""
    return _form(call, problem, status, return_url, control="")


def _begin_url(call: Call, number: int, return_url: str = "") -> str:
    wanted = return_url or _wanted(call)
    return call.url("login-ssoRedirect.view", "/", configuration=number, **({"returnUrl": wanted} if wanted else {}))


def _wanted(call: Call) -> str:
    wanted = call.parameters.text("returnUrl")
    return wanted if is_local(wanted, call.context_path) else ""


def _form(
    call: Call, problem: str = "", status: int = 400, return_url: str = "", control: str = "email"
) -> HttpResponse:
    wanted = return_url or _wanted(call)
    providers = call.site.providers.enabled(REDIRECT_KINDS)
    response = show(
        call,
        "signin.html",
        "Sign in",
        problems=[(control, problem)] if problem else [],
        is_folder_page=True,
        entered={"email": call.parameters.text("email")} if problem else {},
        action_url=call.url("login-login.view", "/"),
        return_url=wanted,
        ways=[(each.description, _begin_url(call, each.id, wanted)) for each in providers],
        leads_on=any(each.domains for each in providers),
        takes_names=bool(call.settings.default_domain) or call.site.passwords.take_names(),
        may_register=call.settings.self_registration,
    )
    response.status_code = status if problem else 200
    return response
