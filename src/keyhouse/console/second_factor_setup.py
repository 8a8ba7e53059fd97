"""Set up a second factor: an authenticator app with its QR code, or a passkey."""

from dataclasses import replace

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.second_factor import challenge_of
from keyhouse.console.second_factor_person import Person, person_of
from keyhouse.console.second_factor_qr import svg_of
from keyhouse.console.show import is_post, lead_to, show
from keyhouse.core.caller import Caller
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import Reason
from keyhouse.signin.entering import caller_of
from keyhouse.signin.factors import guesses
from keyhouse.signin.factors.passkeys import PasskeyRefused
from keyhouse.signin.factors.second_factors import FactorError
from keyhouse.signin.factors.shown import CODE, Shown
from keyhouse.signin.factors.totp import in_groups
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
TOTP_PAGE, PASSKEY_PAGE = "login-setUpTotp.view", "login-setUpPasskey.view"
_SECRET = "_keyhouse_totp_secret"  # noqa: S105
_WRONG = (
    "This is not the code that your app shows now. Check that the clock of your phone is right, and enter the next one."
)
_REFUSED = "Your browser or security key did not make a passkey that this site can use. Try again, or use an app."
_PAUSED = "Too many wrong codes. Wait five minutes, and start again."
_LONGEST_NAME = 60


@actions.add("login-setUpTotp", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def set_up_totp(call: Call) -> HttpResponseBase:
    """Show the QR code of a new secret; by POST, take the code that proves that the app has it."""
    person = person_of(call)
    secret = _secret(call)
    if not is_post(call):
        return _totp_page(call, person, secret)
    now = call.site.clock()
    places = guesses.take(f"set-up:{person.user.id}", guesses.OF_AN_ACCOUNT, now)
    if places is None:
        return _totp_page(call, person, secret, _PAUSED)
    step = call.site.second_factors.totp.step_of(secret, call.request.POST.get("code", ""))
    if step is None:
        return _totp_page(call, person, secret, _WRONG)
    guesses.give_back(places)
    try:
        call.site.second_factors.add_totp(person.user, secret, step, _caller(call, person), person.session_id)
    except FactorError as error:
        return _totp_page(call, person, secret, str(error))
    call.request.session.pop(_SECRET, None)
    return _go_on(call, person, CODE)


@actions.add("login-setUpPasskey", is_page=True, tolerates_missing_folder=True, ignores_declarations=True)
def set_up_passkey(call: Call) -> HttpResponseBase:
    """Ask for a name, and keep the passkey that the browser made."""
    person = person_of(call)
    if not is_post(call):
        return _passkey_page(call, person)
    name = " ".join(call.parameters.text("name").split())[:_LONGEST_NAME] or "Passkey"
    challenge = challenge_of(call)
    if not name.isprintable():
        return _passkey_page(call, person, "Give it a name in plain letters.")
    if challenge is None or challenge.user_id != person.user.id:
        return _passkey_page(call, person, _REFUSED)
    answer = call.request.POST.get("credential", "")
    try:
        shown = call.site.second_factors.add_passkey(
            person.user, name, challenge, answer, _caller(call, person), person.session_id
        )
    except PasskeyRefused as error:
        call.site.sign_ins.record_failure(call.request, person.user.email, Reason.SECOND_FACTOR_WRONG, error.detail)
        return _passkey_page(call, person, _REFUSED)
    except FactorError as error:
        return _passkey_page(call, person, str(error))
    return _go_on(call, person, shown)


def _go_on(call: Call, person: Person, shown: Shown) -> HttpResponseBase:
    """Go on with the sign-in that waited, and show the recovery codes where they are new."""
    back: dict[str, str] = {}
    if person.waiting is not None:
        how = shown.after(person.waiting.proof.how, call.site.clock())
        outcome = call.site.sign_ins.enter(call.request, replace(person.waiting.proof, user=person.user, how=how))
        if isinstance(outcome, Reason):
            return lead_to(call, "login-login.view", "/", said="sign-in-over")
        back = {"returnUrl": person.waiting.return_url} if person.waiting.return_url else {}
    if call.site.second_factors.recovery.has_unseen(person.user.id):
        return lead_to(call, "login-recoveryCodes.view", "/", **back)
    return lead_to(call, "login-secondFactors.view", "/", said="factor-added")


def _caller(call: Call, person: Person) -> Caller:
    if person.waiting is None:
        return call.caller
    user = person.user
    return caller_of(call.request, Principal(user.id, user.email, user.display_name), person.waiting.proof.how)


def _secret(call: Call) -> str:
    """Return the secret that is being set up, which the session keeps sealed until it is confirmed."""
    totp, session = call.site.second_factors.totp, call.request.session
    secret = totp.opened(session.get(_SECRET, ""))
    if secret is None:
        secret = totp.new_secret()
        session[_SECRET] = totp.sealed(secret)
    return secret


def _totp_page(call: Call, person: Person, secret: str, problem: str = "") -> HttpResponse:
    uri = call.site.second_factors.totp.uri(person.user, secret)
    return show(
        call,
        "second_factor_totp.html",
        "Set up an authenticator app",
        problems=[("code", problem)] if problem else [],
        fault=problem,
        is_folder_page=True,
        is_new_sign_in=person.waiting is not None,
        qr=svg_of(uri),
        uri=uri,
        secret=in_groups(secret),
        action_url=call.url(TOTP_PAGE, "/"),
        back_url=_back_url(call, person),
    )


def _passkey_page(call: Call, person: Person, problem: str = "") -> HttpResponse:
    return show(
        call,
        "second_factor_passkey.html",
        "Add a passkey",
        problems=[("", problem)] if problem else [],
        is_folder_page=True,
        is_new_sign_in=person.waiting is not None,
        why_not=call.site.second_factors.passkeys.why_not(call.request.META.get("HTTP_HOST", "")),
        action_url=call.url(PASSKEY_PAGE, "/"),
        options_url=call.url("login-passkeyOptions.api", "/"),
        back_url=_back_url(call, person),
    )


def _back_url(call: Call, person: Person) -> str:
    return call.url("login-secondFactors.view" if person.waiting is None else "login-secondFactor.view", "/")
