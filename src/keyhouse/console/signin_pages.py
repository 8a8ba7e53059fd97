"""Sign in with e-mail and password, and sign out."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.console.show import is_post, show
from keyhouse.console.signed_out import lead_on
from keyhouse.core.reasons import PASSWORD_TEXT, THROTTLED_TEXT, Reason
from keyhouse.signin.entering import Entered, FactorNeeded
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
    if not email or not password:
        return _form(call, _MISSING)
    signed_in = call.site.passwords.sign_in(call.request, email, password, after(call))
    if isinstance(signed_in, Reason):
        return _form(call, _TEXTS.get(signed_in, PASSWORD_TEXT), 429 if signed_in is Reason.THROTTLED else 401)
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
    wanted = call.parameters.text("returnUrl")
    return wanted if is_local(wanted, call.context_path) else call.url("project-begin.view", "/home")


def _is_program(call: Call) -> bool:
    headers = call.request.headers
    is_person = "text/html" in headers.get("Accept", "") or headers.get("User-Agent", "").startswith("Mozilla/")
    return headers.get("X-Requested-With") == "XMLHttpRequest" or not is_person


def _form(call: Call, problem: str = "", status: int = 400) -> HttpResponse:
    wanted = call.parameters.text("returnUrl")
    response = show(
        call,
        "signin.html",
        "Sign in",
        problems=[("email", problem)] if problem else [],
        is_folder_page=True,
        entered={"email": call.parameters.text("email")} if problem else {},
        action_url=call.url("login-login.view", "/"),
        return_url=wanted if is_local(wanted, call.context_path) else "",
    )
    response.status_code = status if problem else 200
    return response
