"""The page on which a person lets a program in (RFC 8628, section 3.3): who asks, from where, and for how long."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase

from keyhouse.audit import Kind, Outcome
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.expiry import DAY, NEVER, choices_within, in_words
from keyhouse.core.tokens import TokenKind
from keyhouse.keys.device_codes import read_user_code
from keyhouse.keys.device_values import TooMany
from keyhouse.keys.models import DeviceAuthorization
from keyhouse.keys.permission import Refusal, why_not
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
PAGE = "device-approve.view"
_TITLE = "Let a program in"
_USUAL_SECONDS = 90 * DAY
NOBODY_WAITS = (
    "No program waits under this code. It may be mistyped, older than ten minutes, or answered already: "
    "start the program again for a new one."
)
ANSWERED_MEANWHILE = "This login ran out or was answered meanwhile. Start the program again for a new code."


@dataclass(frozen=True)
class Asking:
    """The program that waits, as the page shows it."""

    code: str
    program: str
    host_name: str
    address: str
    is_elsewhere: bool


@actions.add("device-approve", is_page=True, needs_sign_in=True, tolerates_missing_folder=True)
def approve(call: Call) -> HttpResponseBase:
    """Ask for the code, show who waits under it, and let that in or refuse it."""
    done = call.parameters.text("done")
    if not is_post(call) and done in {"approved", "denied"}:
        return show(call, "device_done.html", _TITLE, is_folder_page=True, is_approved=done == "approved")
    refusal = why_not(TokenKind.API_KEY, call.allowed, call.settings)
    if refusal is not None:
        return _refused(call, refusal)
    call.require_fresh_sign_in()
    typed = call.parameters.text("user_code").strip()
    if not typed:
        return _ask_for_code(call, "Enter the code first." if is_post(call) else "")
    login = call.site.device_logins.find(typed, call.caller)
    if login is None:
        return _ask_for_code(call, NOBODY_WAITS, typed)
    if isinstance(login, TooMany):
        return _too_many(call, login)
    return _answer(call, login) if is_post(call) else _question(call, login)


def _answer(call: Call, login: DeviceAuthorization) -> HttpResponseBase:
    do = call.parameters.text("do")
    if do == "deny":
        was_open, done = call.site.device_logins.deny(login, call.caller), "denied"
    elif do == "approve":
        seconds = _chosen(call, login)
        if seconds is None:
            return _question(call, login, [("deviceExpiration", "Choose one of the times in the list.")])
        description = call.parameters.text("description")
        was_open, done = call.site.device_logins.approve(login, call.caller, description, seconds), "approved"
    else:
        return _question(call, login)
    return lead_to(call, PAGE, "/", done=done) if was_open else _ask_for_code(call, ANSWERED_MEANWHILE)


def _question(call: Call, login: DeviceAuthorization, problems: Problems = ()) -> HttpResponse:
    choices = _choices(call, login)
    return show(
        call,
        "device_approve.html",
        _TITLE,
        problems=problems,
        is_folder_page=True,
        asking=Asking(
            code=read_user_code(call.parameters.text("user_code")) or "",
            program=login.program,
            host_name=login.host_name,
            address=login.address,
            is_elsewhere=login.address != call.address,
        ),
        own_address=call.address,
        description=login.wanted_description or _usual_description(login),
        choices=list(choices.items()),
        chosen=login.wanted_seconds if login.wanted_seconds in choices else _usual(choices),
        action_url=call.url(PAGE, "/"),
    )


def _usual_description(login: DeviceAuthorization) -> str:
    return f"{login.program} on {login.host_name}" if login.host_name else login.program


def _choices(call: Call, login: DeviceAuthorization) -> dict[int, str]:
    """Return the lives on offer, with the one that the program asks for among them where the site allows it."""
    maximum = call.settings.api_key_expiration_seconds
    offered, wanted = choices_within(maximum), login.wanted_seconds
    if wanted is None or wanted == NEVER or wanted in offered or (maximum != NEVER and wanted > maximum):
        return offered
    lives = {**offered, wanted: in_words(wanted)}
    return dict(sorted(lives.items(), key=lambda life: (life[0] == NEVER, life[0])))


def _usual(choices: dict[int, str]) -> int:
    # A key for a machine should end some day, even where the site would let it live for ever.
    return _USUAL_SECONDS if _USUAL_SECONDS in choices else next(reversed(choices))


def _chosen(call: Call, login: DeviceAuthorization) -> int | None:
    text = call.parameters.text("expirationSeconds")
    return next((seconds for seconds in _choices(call, login) if str(seconds) == text), None)


def _ask_for_code(call: Call, problem: str = "", typed: str = "") -> HttpResponse:
    return show(
        call,
        "device_code.html",
        _TITLE,
        problems=[("user_code", problem)] if problem else [],
        is_folder_page=True,
        fault=problem,
        typed=typed[:40],
        action_url=call.url(PAGE, "/"),
    )


def _refused(call: Call, refusal: Refusal) -> HttpResponse:
    call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {refusal.text}", Outcome.REFUSED)
    response = show(call, "device_refused.html", _TITLE, problems=[("", refusal.text)], is_folder_page=True)
    response.status_code = refusal.status
    return response


def _too_many(call: Call, many: TooMany) -> HttpResponse:
    minutes = max(1, -(-many.retry_after // 60))
    text = f"You have entered too many wrong codes. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
    response = show(call, "device_refused.html", _TITLE, problems=[("", text)], is_folder_page=True)
    response.status_code = 429
    response["Retry-After"] = str(many.retry_after)
    return response
