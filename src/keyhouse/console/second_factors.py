"""Second Factors: what one has to sign in with besides the password, and the browsers that need none."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.second_factor_person import Person, is_proved, owner_of, person_of
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.sessions.devices import device_of
from keyhouse.signin.factors.recovery import FEW
from keyhouse.signin.factors.second_factors import FactorError
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
PAGE = "login-secondFactors.view"
_LONGEST_NAME = 60


@actions.add(
    "login-secondFactors", is_page=True, needs_sign_in=True, tolerates_missing_folder=True, ignores_declarations=True
)
def second_factors(call: Call) -> HttpResponseBase:
    """Show one's second factors; by POST, change one."""
    if not is_post(call):
        return _page(call, owner_of(call))
    person = person_of(call)
    change = _CHANGES.get(call.parameters.text("do"))
    if change is None:
        return _page(call, person, [("", "This page does not know that change. Reload it and try again.")])
    try:
        return change(call, person)
    except FactorError as error:
        return _page(call, person, [("", str(error))])


def _remove(call: Call, person: Person) -> HttpResponseBase:
    number = call.parameters.number("factor") or 0
    if not is_confirmed(call):
        question = "Remove this second factor? You are signed out in all other browsers; your API keys stay valid."
        url = call.url(PAGE, "/")
        fields = [("do", "remove"), ("factor", str(number))]
        return confirm(call, "Remove a second factor", question, url, fields, "Yes, remove it", url)
    call.site.second_factors.remove(person.user, number, call.caller, person.session_id)
    return lead_to(call, PAGE, "/", said="factor-removed")


def _rename(call: Call, person: Person) -> HttpResponseBase:
    name = " ".join(call.parameters.text("name").split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise FactorError(f"Give the passkey a name of 1 to {_LONGEST_NAME} characters.")
    call.site.second_factors.rename_passkey(person.user, call.parameters.number("factor") or 0, name, call.caller)
    return lead_to(call, PAGE, "/", said="passkey-renamed")


def _renew_codes(call: Call, person: Person) -> HttpResponseBase:
    if not is_confirmed(call):
        question = (
            "Make ten new recovery codes? The old ones stop working, and you are signed out in all other browsers."
        )
        url = call.url(PAGE, "/")
        return confirm(call, "New recovery codes", question, url, [("do", "renew-codes")], "Yes, make new ones", url)
    call.site.second_factors.renew_codes(person.user, call.caller, person.session_id)
    return lead_to(call, "login-recoveryCodes.view", "/")


def _forget(call: Call, person: Person) -> HttpResponseBase:
    call.site.second_factors.distrust(person.user, call.parameters.number("browser") or 0, call.caller)
    return lead_to(call, PAGE, "/", said="browser-forgotten")


_CHANGES: dict[str, Callable[[Call, Person], HttpResponseBase]] = {
    "remove": _remove,
    "rename": _rename,
    "renew-codes": _renew_codes,
    "forget": _forget,
}


def _page(call: Call, person: Person, problems: Problems = ()) -> HttpResponse:
    factors, user = call.site.second_factors, person.user
    lines = factors.of(user.id)
    left = factors.recovery.left(user.id)
    return show(
        call,
        "second_factors.html",
        "Second Factors",
        problems=problems,
        apps=[line for line in lines if not line.is_passkey],
        passkeys=[line for line in lines if line.is_passkey],
        codes_left=left,
        has_few_codes=left is not None and left <= FEW,
        has_unseen_codes=factors.recovery.has_unseen(user.id),
        is_required=call.site.factors.is_required(user),
        trusted=[(each, device_of(each.user_agent)) for each in factors.trusted.of(user)],
        trust_days=call.settings.trusted_browser_days,
        is_proved=is_proved(call),
        proof_url=call.url("login-reauthenticate.view", "/", stepUp=1, returnUrl=call.url(PAGE, "/")),
        why_no_passkeys=factors.passkeys.why_not(call.request.META.get("HTTP_HOST", "")),
        page_url=call.url(PAGE, "/"),
        totp_url=call.url("login-setUpTotp.view", "/"),
        passkey_url=call.url("login-setUpPasskey.view", "/"),
        codes_url=call.url("login-recoveryCodes.view", "/"),
    )
