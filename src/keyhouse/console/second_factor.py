"""The second factor: asked after the first one, or to prove again that one is there. Until then nobody is signed in."""

from dataclasses import dataclass, replace
from typing import cast

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from keyhouse.accounts.models import User
from keyhouse.console import sso
from keyhouse.console.show import is_post, lead_to, show
from keyhouse.console.signin_pages import after
from keyhouse.core.caller import Caller
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.core.digests import digest
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import Reason
from keyhouse.signin import flows, pending
from keyhouse.signin.entering import caller_of
from keyhouse.signin.factors import guesses, passkeys
from keyhouse.signin.factors.passkeys import PasskeyRefused
from keyhouse.signin.factors.second_factors import PASSKEY, PROMPT, RECOVERY, TOTP, Choice, PromptMethod
from keyhouse.signin.factors.shown import CODE, Shown
from keyhouse.signin.factors.trusted import COOKIE
from keyhouse.signin.method import OutOfOrder, Provider, Purpose, SignInFailed
from keyhouse.signin.methods import SECONDARY_KINDS, NotInstalled, method_of
from keyhouse.signin.pending import Pending
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

actions = ActionTable()
PAGE = "login-secondFactor.view"
CHALLENGE = "_keyhouse_passkey"
"""Under this name the session keeps what a passkey was asked."""
_WRONG = {
    TOTP: "This is not the code that your app shows now, or it was used before. Wait for the next one and enter that.",
    RECOVERY: "This is not one of your recovery codes, or it was used before.",
    PASSKEY: "The passkey was not accepted. Try again, or choose another way.",
}
_PAUSED = (
    "Too many wrong codes were entered for this account, so that none is heard for some minutes. Choose another way, "
    "or try again later. If it was not you, somebody knows your password: change it."
)
_CHOOSE = "Choose how to show your second factor."


@dataclass(frozen=True)
class Asked:
    """Who is asked for a second factor: to sign in (`waiting`), or to prove that they are still there."""

    user: User
    return_url: str
    waiting: Pending | None = None


@actions.add("login-secondFactor", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def second_factor(call: Call) -> HttpResponseBase:
    """Ask for the second factor, or check the one that was given."""
    asked = asked_of(call)
    if asked is None:
        return lead_to(call, "login-login.view", "/")
    if asked.waiting is not None and asked.waiting.must_enrol and not call.site.factors.can_show_factor(asked.user.id):
        return show(call, "second_factor_needed.html", "Set up a second factor", is_folder_page=True, asked=asked)
    return _check(call, asked) if is_post(call) else _page(call, asked)


@actions.add("login-secondFactorPrompt", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def prompt(call: Call) -> HttpResponseBase:
    """Lead the browser to a service that asks the person itself."""
    asked, number = asked_of(call), call.parameters.number("configuration")
    known = call.site.providers.enabled(SECONDARY_KINDS)
    provider = next((each for each in known if each.id == number), None)
    if asked is None:
        return lead_to(call, "login-login.view", "/")
    if provider is None:
        raise NotFound("There is no such second factor here, or it is switched off. Go back and choose another way.")
    return _go(call, provider, asked)


def asked_of(call: Call) -> Asked | None:
    """Return who is asked for a second factor in this browser, or None."""
    if call.principal.is_guest:
        waiting = pending.find(call.request, call.site.clock())
        return Asked(waiting.proof.user, waiting.return_url or _home(call), waiting) if waiting else None
    if call.allowed.via.method != BROWSER_SESSION:
        return None
    user = User.objects.get(id=call.allowed.signed_in.id)
    is_next = call.site.fresh_sign_ins.ask(call.request, user, call.allowed.via.how).factor
    return Asked(user, after(call)) if is_next else None


def passed(call: Call, asked: Asked, shown: Shown, trusts: bool = False) -> HttpResponseBase:
    """Go on after a second factor that was right: sign in, or note that the person is there."""
    if asked.waiting is None:
        user, methods = asked.user, shown.methods
        call.site.fresh_sign_ins.by_factor(call.request, user, methods, shown.assurance, call.caller)
        return HttpResponseRedirect(asked.return_url, status=303)
    how = shown.after(asked.waiting.proof.how, call.site.clock())
    outcome = call.site.sign_ins.enter(call.request, replace(asked.waiting.proof, how=how))
    if isinstance(outcome, Reason):
        call.site.sign_ins.record_failure(call.request, asked.user.email, outcome)
        return lead_to(call, "login-login.view", "/", said="sign-in-over")
    response = HttpResponseRedirect(asked.return_url, status=303)
    if trusts and call.settings.trusted_browser_days:
        who = Principal(outcome.user.id, outcome.user.email, outcome.user.display_name)
        _trust(call, outcome.user, caller_of(call.request, who, how), response)
    return response


def failed(call: Call, asked: Asked, way: str, detail: str = "") -> HttpResponseBase:
    """Write down a second factor that was wrong and ask again; after too many, the password is asked for, too."""
    _note(call, asked, Reason.SECOND_FACTOR_WRONG, f"wrong second factor ({way}){': ' if detail else ''}{detail}")
    return _page(call, asked, _WRONG.get(way, _CHOOSE), 403)


def ask_again(call: Call, asked: Asked, problem: str, status: int) -> HttpResponseBase:
    """Ask once more and say what went wrong, which is written down already."""
    return _page(call, asked, problem, status)


def challenge_of(call: Call) -> passkeys.Asked | None:
    """Take what a passkey was asked in this browser, once."""
    kept = call.request.session.pop(CHALLENGE, None)
    return passkeys.asked_of(kept) if kept else None


def _check(call: Call, asked: Asked) -> HttpResponseBase:
    way = call.parameters.text("way")
    if way not in {TOTP, RECOVERY, PASSKEY}:
        return _page(call, asked, _CHOOSE)
    places = _places(call, asked, way)
    if isinstance(places, HttpResponseBase):
        return places
    shown = _shown(call, asked, way)
    if isinstance(shown, str):
        return failed(call, asked, way, shown)
    guesses.give_back(places)
    return passed(call, asked, shown, call.parameters.flag("trust"))


def _places(call: Call, asked: Asked, way: str) -> list[str] | HttpResponseBase:
    """Take the places of a guess, before it is heard: so that many at once are no more than one after the other."""
    now, own = call.site.clock(), digest(call.request.session.session_key or "")
    first = guesses.take(f"sign-in:{own}", (guesses.OF_ONE_SIGN_IN,), now) if asked.waiting else []
    if first is None:
        pending.forget(call.request)
        _note(call, asked, Reason.THROTTLED, "too many wrong second factors for one sign-in")
        return lead_to(call, "login-login.view", "/", said="sign-in-over")
    second = guesses.take(f"{way}:{asked.user.id}", guesses.OF_AN_ACCOUNT, now)
    if second is None:
        guesses.give_back(first)
        _note(call, asked, Reason.THROTTLED, f"too many wrong second factors ({way}) for one account")
        return _page(call, asked, _PAUSED, 429)
    return first + second


def _shown(call: Call, asked: Asked, way: str) -> Shown | str:
    """Return what the answer proves, or why it proves nothing, for the log."""
    factors, code = call.site.second_factors, call.request.POST.get("code", "")
    if way == PASSKEY:
        return _by_passkey(call, asked)
    is_right = (factors.totp if way == TOTP else factors.recovery).check(asked.user.id, code)
    return CODE if is_right else ""


def _by_passkey(call: Call, asked: Asked) -> Shown | str:
    challenge = challenge_of(call)
    if challenge is None or challenge.user_id != asked.user.id:
        return "no passkey was asked for"
    try:
        return call.site.second_factors.passkeys.check(challenge, call.request.POST.get("credential", ""))[1]
    except PasskeyRefused as error:
        return error.detail


def _note(call: Call, asked: Asked, reason: Reason, comment: str) -> None:
    """Write down what went wrong: with a sign-in, or with the proof of who is signed in."""
    if asked.waiting is not None:
        call.site.sign_ins.record_failure(call.request, asked.user.email, reason, comment)
    else:
        call.site.fresh_sign_ins.refuse(call.caller, reason, comment)


def _go(call: Call, provider: Provider, asked: Asked) -> HttpResponseBase:
    now = call.site.clock()
    flow = flows.start(call.request, provider, Purpose.SECOND_FACTOR, asked.return_url, now)
    try:
        begun = cast(PromptMethod, method_of(provider.kind)).begin_for(provider, flow, asked.user.email)
    except NotInstalled as error:
        return sso.failed(call, provider, OutOfOrder(provider.description, str(error)))
    except SignInFailed as error:
        call.site.sign_ins.record_failure(call.request, asked.user.email, error.reason, error.detail)
        return _page(call, asked, error.text, 503)
    flows.add_to(call.request, flow, begun.extra, now)
    return HttpResponseRedirect(begun.url)


def _trust(call: Call, user: User, caller: Caller, response: HttpResponseBase) -> None:
    text, seconds = call.site.second_factors.trust(user, caller)
    response.set_cookie(
        COOKIE,
        text,
        max_age=seconds,
        path=call.context_path or "/",
        secure=call.site.boot.is_tls or call.request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _page(call: Call, asked: Asked, problem: str = "", status: int = 400) -> HttpResponse:
    choices = call.site.second_factors.choices(asked.user, call.request.META.get("HTTP_HOST", ""))
    chosen = _chosen(call, choices)
    response = show(
        call,
        "second_factor.html",
        "Second factor",
        problems=[("code" if chosen in {TOTP, RECOVERY} else "", problem)] if problem else [],
        is_folder_page=True,
        chosen=chosen,
        others=[(each.label, _url(call, asked, each), each.name) for each in choices if each.name != chosen],
        prompts=[(each.label, _url(call, asked, each)) for each in choices if each.name == PROMPT == chosen],
        email=asked.user.email,
        is_proving=asked.waiting is None,
        trust_days=call.settings.trusted_browser_days if asked.waiting else 0,
        action_url=call.url(PAGE, "/"),
        options_url=call.url("login-passkeyOptions.api", "/"),
        return_url=asked.return_url if asked.waiting is None else "",
    )
    response.status_code = status if problem else 200
    return response


def _chosen(call: Call, choices: list[Choice]) -> str:
    names = [each.name for each in choices]
    wanted = call.parameters.text("way")
    return wanted if wanted in names else names[0] if names else ""


def _url(call: Call, asked: Asked, choice: Choice) -> str:
    back = {"returnUrl": asked.return_url} if asked.waiting is None else {}
    if choice.name == PROMPT and choice.number is not None:
        return call.url("login-secondFactorPrompt.view", "/", configuration=choice.number, **back)
    return call.url(PAGE, "/", way=choice.name, **back)


def _home(call: Call) -> str:
    return call.url("project-begin.view", "/home")
