"""Prove again that it is you: asked before a key is made or what matters for security is changed."""

from dataclasses import replace

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.accounts.models import User
from keyhouse.console import sso
from keyhouse.console.second_factor import challenge_of
from keyhouse.console.show import is_post, lead_to, show
from keyhouse.console.signin_pages import after
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.core.reasons import THROTTLED_TEXT, Reason
from keyhouse.signin.factors.passkeys import PasskeyRefused
from keyhouse.signin.fresh import Ask
from keyhouse.signin.method import Flow, Identity, Provider, Purpose, SignInFailed
from keyhouse.web import kept_form
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.urls import is_local, may_return_to

actions = ActionTable()
PAGE = "login-reauthenticate.view"
_TITLE = "Prove that it is you"
_WRONG = "This is not your password."
_DOWN = "The directory that knows your password cannot be reached at present. Try again in a minute."
_EMPTY = "Enter your password."
_NOT_THIS_PASSKEY = "This passkey was not accepted. Use one of yours, and unlock it."


@actions.add(
    "login-reauthenticate", is_page=True, needs_sign_in=True, tolerates_missing_folder=True, ignores_declarations=True
)
def reauthenticate(call: Call) -> HttpResponseBase:
    """Ask in the way in which the person came; who is fresh already is led back, unless they want to prove more."""
    if call.allowed.via.method != BROWSER_SESSION:
        return HttpResponseRedirect(after(call), status=303)
    asked, goes = _asked(call), call.parameters.text("go") == "provider"
    if is_post(call):
        return _take(call, asked)
    if call.is_fresh and not goes and not call.parameters.flag("stepUp"):
        return _go_back(call, after(call))
    if asked.factor:
        return _next(call, after(call))
    if asked.provider is not None and goes:
        return sso.go(call, asked.provider, Purpose.FRESH, after(call))
    return _page(call, asked)


@actions.add(
    "login-resume",
    methods=("GET",),
    is_page=True,
    needs_sign_in=True,
    tolerates_missing_folder=True,
    ignores_declarations=True,
)
def resume(call: Call) -> HttpResponseBase:
    """Show the form that was sent too late, to be sent now; what was changed meanwhile its action judges."""
    kept = kept_form.find(call.request, call.site.clock())
    kept_form.forget(call.request)
    if kept is None:
        return HttpResponseRedirect(after(call), status=303)
    return show(
        call,
        "resume.html",
        "Go on where you were",
        is_folder_page=True,
        kept=kept,
        shown=[(name, value) for name, value in kept.fields if value],
        page_url=after(call),
    )


def came_back(call: Call, provider: Provider, flow: Flow, identity: Identity) -> HttpResponseBase:
    """Go on with who came back from the provider to prove that they are there."""
    if call.allowed.via.method != BROWSER_SESSION:
        return sso.failed(call, provider, SignInFailed(Reason.SESSION_ENDED, "Your session has ended. Sign in again."))
    try:
        call.site.fresh_sign_ins.by_identity(call.request, _user(call), provider, flow, identity, call.caller)
    except SignInFailed as error:
        return _page(call, _asked(call), error.text, 403, flow.return_url)
    return _next(call, flow.return_url)


sso.arrivals[Purpose.FRESH] = came_back


def _take(call: Call, asked: Ask) -> HttpResponseBase:
    if asked.passkey and call.request.POST.get("credential"):
        return _take_passkey(call, asked)
    return _take_password(call, asked) if asked.password else _page(call, asked)


def _take_passkey(call: Call, asked: Ask) -> HttpResponseBase:
    """Take a passkey that its person unlocked: it proves as much as a password and a second factor."""
    challenge, user = challenge_of(call), _user(call)
    try:
        if challenge is None or challenge.user_id is not None:
            raise PasskeyRefused("no passkey was asked for in this browser")
        owner, shown = call.site.second_factors.passkeys.check(challenge, call.request.POST["credential"])
        if not call.site.fresh_sign_ins.by_passkey(call.request, user, owner, shown, call.caller):
            return _page(call, asked, _NOT_THIS_PASSKEY, 403)
    except PasskeyRefused as error:
        call.site.fresh_sign_ins.refuse(call.caller, Reason.SECOND_FACTOR_WRONG, f"passkey: {error.detail}")
        return _page(call, asked, _NOT_THIS_PASSKEY, 403)
    return _go_back(call, after(call))


def _take_password(call: Call, asked: Ask) -> HttpResponseBase:
    password = call.request.POST.get("password", "")
    if not password:
        return _page(call, asked, _EMPTY)
    refusal = call.site.fresh_sign_ins.by_password(call.request, _user(call), password, call.caller)
    if refusal is Reason.SESSION_ENDED:
        return lead_to(call, "login-login.view", "/", returnUrl=after(call))
    if refusal is Reason.PROVIDER_DOWN:
        return _page(call, asked, _DOWN, 503)
    if refusal is not None:
        is_throttled = refusal is Reason.THROTTLED
        return _page(call, asked, THROTTLED_TEXT if is_throttled else _WRONG, 429 if is_throttled else 403)
    return _next(call, after(call))


def _next(call: Call, return_url: str) -> HttpResponseBase:
    """Lead back, or to what is asked besides."""
    if _asked(call).factor:
        here = call.url(PAGE, "/", returnUrl=return_url)
        back = here if may_return_to(here) else return_url
        return lead_to(call, "login-secondFactor.view", "/", returnUrl=back)
    return _go_back(call, return_url)


def _go_back(call: Call, return_url: str) -> HttpResponseBase:
    """Lead to where the person was, with what they had sent there."""
    kept = kept_form.find(call.request, call.site.clock())
    if kept is not None and kept.url == return_url:
        return lead_to(call, "login-resume.view", "/", returnUrl=return_url)
    return HttpResponseRedirect(return_url, status=303)


def _page(call: Call, asked: Ask, problem: str = "", status: int = 400, return_url: str = "") -> HttpResponse:
    wanted = return_url or call.parameters.text("returnUrl")
    is_ours = is_local(wanted, call.context_path)
    response = show(
        call,
        "reauthenticate.html",
        _TITLE,
        problems=[("password" if asked.password else "", problem)] if problem else [],
        is_folder_page=True,
        asked=asked,
        fault=problem if asked.password else "",
        email=call.allowed.signed_in.email,
        minutes=max(call.settings.fresh_sign_in_seconds // 60, 1),
        provider_url=call.url(PAGE, "/", go="provider", **({"returnUrl": wanted} if is_ours else {})),
        options_url=call.url("login-passkeyOptions.api", "/"),
        action_url=call.url(PAGE, "/"),
        return_url=wanted if is_ours else "",
    )
    response.status_code = status if problem else 200
    return response


def _asked(call: Call) -> Ask:
    asked = call.site.fresh_sign_ins.ask(call.request, _user(call), call.allowed.via.how)
    is_far = bool(call.site.second_factors.passkeys.why_not(call.request.META.get("HTTP_HOST", "")))
    return replace(asked, passkey=False) if is_far else asked


def _user(call: Call) -> User:
    """Return who really signed in: an administrator proves to be there as themselves, whoever they act as."""
    return User.objects.get(id=call.allowed.signed_in.id)
