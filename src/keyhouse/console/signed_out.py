"""After a sign-out: say that it is done here, and go on to the identity provider to end its session too.

The form of the sign-out must not itself be redirected to the provider: the content security policy lets forms lead to
this site alone, and browsers hold redirects to it. So the way goes over a page of ours, by a link.
"""

from typing import Any

from django.http import HttpResponseBase

from keyhouse.console.show import lead_to, show
from keyhouse.signin.leaving import Onward
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.urls import is_local

actions = ActionTable()
_IN_SESSION = "_keyhouse_leaving"


def lead_on(call: Call, onward: Onward, return_url: str) -> HttpResponseBase:
    """Lead to the page that says it; what it needs waits in the browser's new session, which is nobody's.

    In the address, everybody could write where our page leads on to.
    """
    call.request.session[_IN_SESSION] = {"provider": onward.provider, "url": onward.url, "return_url": return_url}
    return lead_to(call, "login-signedOut.view", "/")


def leave_unconfirmed(call: Call) -> None:
    """Let the page say that the person may still be signed in at the provider they come from."""
    if leaving := call.request.session.get(_IN_SESSION):
        call.request.session[_IN_SESSION] = {**leaving, "has_been_there": False}


@actions.add(
    "login-signedOut", methods=("GET",), is_page=True, tolerates_missing_folder=True, ignores_declarations=True
)
def signed_out(call: Call) -> HttpResponseBase:
    """Say that the browser is signed out, and lead on once; the provider leads back here."""
    if not call.principal.is_guest:
        return lead_to(call, "project-begin.view", "/home")
    leaving = _next(call)
    wanted = str(leaving.get("return_url", ""))
    is_ours = is_local(wanted, call.context_path)
    return show(
        call,
        "signed_out.html",
        "Signed out",
        is_folder_page=True,
        provider=leaving.get("provider"),
        provider_url=leaving.get("url"),
        has_been_there=leaving.get("has_been_there", False),
        sign_in_url=call.url("login-login.view", "/", **({"returnUrl": wanted} if is_ours else {})),
    )


def _next(call: Call) -> dict[str, Any]:
    """Return what this visit of the page says; the visit after one that leads on is the way back, the last one."""
    session = call.request.session
    leaving: dict[str, Any] = session.get(_IN_SESSION) or {}
    if call.request.method == "HEAD" or not leaving:
        return leaving
    if leaving.get("url"):
        session[_IN_SESSION] = {**leaving, "url": None, "has_been_there": True}
    else:
        del session[_IN_SESSION]
    return leaving
