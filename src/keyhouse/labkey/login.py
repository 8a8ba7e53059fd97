"""The controller ``login``: who am I, sign in, sign out (labkey-server.md, section 4)."""

from datetime import UTC
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpResponseBase

from keyhouse.authz.rights import Rights, rights_of
from keyhouse.compliance.declaring import phi_ceiling
from keyhouse.core.caller import Caller
from keyhouse.core.decision import BROWSER_SESSION, Via
from keyhouse.core.digests import digest
from keyhouse.core.permissions import phi_level_of
from keyhouse.core.phi import PhiLevel
from keyhouse.core.principal import Principal
from keyhouse.core.reasons import PASSWORD_TEXT, THROTTLED_TEXT, Reason
from keyhouse.labkey import terms
from keyhouse.labkey.form_errors import FormError
from keyhouse.labkey.user_object import user_object
from keyhouse.sessions.models import BrowserSession
from keyhouse.signin.entering import FactorNeeded
from keyhouse.signin.hints import with_hint
from keyhouse.signin.method import SignInFailed
from keyhouse.signin.passwords.default_domain import completed
from keyhouse.web import csrf, impersonating
from keyhouse.web.actions import ActionTable
from keyhouse.web.answers import failure, json_answer
from keyhouse.web.call import Call
from keyhouse.web.errors import CsrfFailure
from keyhouse.web.urls import is_local

actions = ActionTable()
CAPS_LOCK = "\nNote: Passwords are case sensitive; make sure your Caps Lock is off."
ON_THE_URL = "Invalid request. email and/or password are not allowed on the URL."
NOTHING_GIVEN = "Please sign in using your email address and password."
NO_ADDRESS = "Please sign in using your full email address, for example: employee@domain.com"


@actions.add("login-whoAmI", is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True)
def who_am_i(call: Call) -> dict[str, Any]:
    """Tell a client who it is, the token that its writes must carry, and whether it must declare something here."""
    principal = call.principal
    answer: dict[str, Any] = {
        "id": principal.id,
        "displayName": principal.display_name,
        "email": principal.email,
        "CSRF": call.csrf_token,
        "impersonated": call.allowed.context.impersonator_id is not None,
        "success": True,
    }
    if not principal.is_guest and not call.standing.is_complete:
        lacking = sorted(call.standing.lacking)
        answer["declaration"] = {"required": True, "url": call.declaration_url, "lacking": lacking}
    if call.allowed.life is not None:
        # At the end of the answer, and only where there is a browser session: no client is disturbed.
        idle, absolute = call.allowed.life.seconds_left(call.site.clock())
        answer["session"] = {"idleSecondsLeft": idle, "absoluteSecondsLeft": absolute}
    if (how := call.allowed.via.how) is not None:
        at = how.at.astimezone(UTC).isoformat(timespec="seconds")
        methods, level = list(how.methods), how.assurance.wire_name
        answer["signedIn"] = {"provider": how.provider, "methods": methods, "assurance": level, "at": at}
    return answer


@actions.add(
    "login-loginApi", methods=("POST",), is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True
)
def login_api(call: Call) -> dict[str, Any] | HttpResponseBase:
    """Sign a browser in; the answer says who it is and where to go."""
    asked = terms.asked_by(call)
    terms.refuse_unapproved(call, asked)
    email, password = _given(call)
    try:
        outcome = call.site.passwords.sign_in(call.request, email, password, _return_url(call))
    except SignInFailed as error:
        raise FormError(error.text) from None
    if outcome is Reason.THROTTLED:
        return _throttled()
    if isinstance(outcome, Reason):
        # One text for every failure, so that it does not tell whether the account exists.
        raise FormError(with_hint(PASSWORD_TEXT + CAPS_LOCK, completed(email)))
    if isinstance(outcome, FactorNeeded):
        return {"success": True, "returnUrl": call.url("login-secondFactor.view", "/")}
    principal = Principal(outcome.user.id, outcome.user.email, outcome.user.display_name)
    rights = rights_of(principal)
    answer = {
        "success": True,
        "user": user_object(principal, rights, call.folder, _phi_level(call, rights)),
        "returnUrl": _return_url(call),
        "CSRF": call.csrf_token,
    }
    if asked.form.texts and call.parameters.flag(terms.FIELD) and _has_accepted(call, asked, principal):
        answer["approvedTermsOfUse"] = True
    return answer


@actions.add("login-logoutApi", methods=("POST",), tolerates_missing_folder=True, ignores_declarations=True)
def logout_api(call: Call) -> dict[str, Any]:
    """End the session of this client, and with it its session keys; say where the provider's own session ends."""
    onward = impersonating.sign_out(call)
    return {"success": True, **({"redirectUrl": onward.url} if onward and onward.url else {})}


@actions.add("login-csrf", tolerates_missing_folder=True, ignores_declarations=True)
def check_token(call: Call) -> dict[str, Any]:
    """Let a client test that it repeats the token, which here GET must as well, and who shows a key too."""
    if not csrf.repeats_cookie(call.request, call.parameters):
        raise CsrfFailure(csrf.TEXT)
    return {"success": True}


def _phi_level(call: Call, rights: Rights) -> PhiLevel:
    # Nothing has been declared yet in the session that begins with this answer.
    return phi_ceiling(phi_level_of(rights.permissions_in(call.folder.id)), call.standing.demand, None)


def _has_accepted(call: Call, asked: terms.Asked, principal: Principal) -> bool:
    # The session is stored now, for the acceptance to belong to it, and not only when the answer leaves.
    try:
        call.request.session.save()
        session = BrowserSession.objects.get(digest=digest(call.request.session.session_key or ""))
    except (UpdateError, BrowserSession.DoesNotExist):
        return False  # It ended already, with a new password or a deactivation.
    via = Via(BROWSER_SESSION, session_id=session.public_id)
    by = Caller(principal, via, address=call.address, user_agent=call.request.headers.get("User-Agent", ""))
    return terms.accept(call, asked, by) is None


def _given(call: Call) -> tuple[str, str]:
    if {"email", "password"} & {name.lower() for name in call.request.GET}:
        raise FormError(ON_THE_URL)
    email, password = call.parameters.text("email").strip(), call.parameters.text("password")
    if not email or not password:
        raise FormError(NOTHING_GIVEN)
    if "@" not in completed(email) and not call.site.passwords.take_names():
        raise FormError(NO_ADDRESS)
    return email, password


def _throttled() -> HttpResponseBase:
    response = json_answer(failure(THROTTLED_TEXT), 429)
    response["Retry-After"] = "60"
    return response


def _return_url(call: Call) -> str:
    wanted = call.parameters.text("returnUrl")
    return wanted if is_local(wanted, call.context_path) else call.url("project-begin.view", "/home")
