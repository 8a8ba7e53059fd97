"""What a browser is asked about passkeys, and signing in with one alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect

from keyhouse.authn.throttle import source_of
from keyhouse.console.second_factor import CHALLENGE, asked_of, challenge_of
from keyhouse.console.second_factor_person import person_of
from keyhouse.console.show import lead_to
from keyhouse.console.signin_pages import after, next_of, sign_in_page
from keyhouse.console.sso import count_failure
from keyhouse.core.assurance import Assurance
from keyhouse.core.reasons import THROTTLED_TEXT, Reason
from keyhouse.signin.factors import guesses
from keyhouse.signin.factors.guesses import Limit
from keyhouse.signin.factors.passkeys import PasskeyRefused
from keyhouse.signin.pending import Proof
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, TooManyRequests

actions = ActionTable()
_REFUSED = "This passkey was not accepted. Try again, or sign in in another way."
_OF_AN_ADDRESS = Limit(60, timedelta(minutes=1))
_PASSKEY = "a passkey"


@actions.add("login-passkeyOptions", methods=("POST",), tolerates_missing_folder=True, ignores_declarations=True)
def passkey_options(call: Call) -> dict[str, Any]:
    """Return what the browser is to ask of a passkey: ``for`` signing in, as second factor, or to add one."""
    passkeys = call.site.second_factors.passkeys
    if why_not := passkeys.why_not(call.request.META.get("HTTP_HOST", "")):
        raise NotFound(why_not)
    if guesses.take(f"passkey:{source_of(call.address)}", (_OF_AN_ADDRESS,), call.site.clock()) is None:
        raise TooManyRequests(THROTTLED_TEXT, 60)
    match call.parameters.text("for"):
        case "add":
            options, asked = passkeys.ask_for_new(person_of(call).user)
        case "second-factor":
            whose = asked_of(call)
            if whose is None:
                raise BadRequest("This sign-in has ended. Begin again on the sign-in page.")
            options, asked = passkeys.ask(whose.user, must_verify=False)
        case "sign-in":
            options, asked = passkeys.ask(None, must_verify=True)
        case _:
            raise BadRequest("Say what the passkey is for: add, second-factor or sign-in.")
    call.request.session[CHALLENGE] = asked.kept()
    return options


@actions.add("login-passkey", methods=("POST",), is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def sign_in_with_passkey(call: Call) -> HttpResponseBase:
    """Sign in with a passkey alone: it says who one is, and that the person unlocked it."""
    if not call.principal.is_guest:
        return HttpResponseRedirect(after(call), status=303)
    challenge, credential = challenge_of(call), call.request.POST.get("credential", "")
    if challenge is None or challenge.user_id is not None:
        return _refuse(call, "", "no passkey was asked for in this browser")
    try:
        user, shown = call.site.second_factors.passkeys.check(challenge, credential)
    except PasskeyRefused as error:
        return _refuse(call, error.user.email if error.user else "", error.detail)
    if not shown.is_whole:
        return _refuse(call, user.email, "the passkey was not unlocked by its person")
    how = replace(call.site.sign_ins.how(shown.methods, _PASSKEY), assurance=Assurance.PHISHING_RESISTANT)
    outcome = call.site.sign_ins.admit(call.request, Proof(user, how), after(call))
    if isinstance(outcome, Reason):
        call.site.sign_ins.record_failure(call.request, user.email, outcome)
        return lead_to(call, "login-login.view", "/", said="sign-in-over")
    return HttpResponseRedirect(next_of(call, outcome, after(call)), status=303)


def _refuse(call: Call, email: str, detail: str) -> HttpResponseBase:
    count_failure(call)
    call.site.sign_ins.record_failure(call.request, email, Reason.SECOND_FACTOR_WRONG, f"passkey: {detail}")
    return sign_in_page(call, _REFUSED, 403)
