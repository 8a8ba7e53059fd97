"""The controller ``device``: a program starts a device login and collects its key (RFC 8628, sections 3.1 to 3.5)."""

from typing import Any

from django.http import HttpResponseBase

from keyhouse.authn.throttle import source_of
from keyhouse.core.tokens import TokenKind
from keyhouse.keys.device_values import Asked, TooMany, Withheld
from keyhouse.keys.issue import Issued
from keyhouse.keys.permission import SWITCHED_OFF
from keyhouse.labkey.security import chosen_seconds
from keyhouse.web.actions import ActionTable
from keyhouse.web.answers import failure, json_answer
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound

actions = ActionTable()
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
PAGE = "device-approve.view"
_LONGEST_CODE = 200
TEXTS = {
    Withheld.PENDING: "Nobody has approved this login yet. Ask again after the interval.",
    Withheld.SLOW_DOWN: "This program asks too often. Wait five seconds more from now on.",
    Withheld.DENIED: "This login was refused, or may not be collected any more. Start a new one.",
    Withheld.EXPIRED: "This login was not approved in time. Start a new one.",
    Withheld.INVALID: "There is no such login, or its key was collected already. Start a new one.",
}


@actions.add(
    "device-authorize", methods=("POST",), is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True
)
def authorize(call: Call) -> dict[str, Any] | HttpResponseBase:
    """Begin: answer the two codes, and the page where a person types the short one."""
    if not call.settings.allow_api_keys:
        raise NotFound(SWITCHED_OFF[TokenKind.API_KEY])
    given = call.parameters
    asked = Asked(
        program=given.text("client_id"),
        host_name=given.text("hostName"),
        description=given.text("description"),
        seconds=chosen_seconds(call),
    )
    started = call.site.device_logins.start(asked, call.caller, source_of(call.address))
    if isinstance(started, TooMany):
        return _too_many(started)
    # Never from the Host header: who forges it would lead people to a page of their own (RFC 8628, 5.4).
    page = f"{call.site.boot.url}/{PAGE}"
    return {
        "device_code": started.device_code,
        "user_code": started.user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={started.user_code}",
        "expires_in": started.expires_in,
        "interval": started.interval,
    }


@actions.add(
    "device-token", methods=("POST",), is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True
)
def token(call: Call) -> dict[str, Any]:
    """Hand out the key of an approved login, once, or say in the words of the RFC why not."""
    if call.parameters.text("grant_type") != GRANT_TYPE:
        raise _refused("unsupported_grant_type", f"The parameter grant_type must be {GRANT_TYPE}.")
    collected = call.site.device_logins.collect(_device_code(call), call.settings, call.caller)
    if isinstance(collected, Withheld):
        raise _refused(collected.value, TEXTS[collected])
    return _answer(collected)


@actions.add(
    "device-cancel", methods=("POST",), is_csrf_exempt=True, tolerates_missing_folder=True, ignores_declarations=True
)
def cancel(call: Call) -> dict[str, Any]:
    """End a login whose program waits no longer, so that nobody approves it in vain."""
    return {"success": True, "cancelled": call.site.device_logins.give_up(_device_code(call), call.caller)}


def _device_code(call: Call) -> str:
    if "device_code" in {name.lower() for name in call.request.GET}:
        text = "A device code is a secret: send it in the body of the request, not in its URL, which logs keep."
        raise _refused("invalid_request", text)
    code = call.parameters.text("device_code")
    if not code or len(code) > _LONGEST_CODE:
        raise _refused("invalid_request", "The parameter device_code is missing, or is none of this server.")
    return code


def _answer(issued: Issued) -> dict[str, Any]:
    key, expires_at = issued.key, issued.key.expires_at
    answer: dict[str, Any] = {"access_token": issued.token.text, "token_type": "Bearer"}
    if expires_at is not None:
        answer["expires_in"] = int((expires_at - key.created_at).total_seconds())
    owner = key.owner
    return answer | {
        "keyId": key.key_id,
        "expiresAt": expires_at.isoformat(timespec="seconds") if expires_at else None,
        "email": owner.email if owner else None,
    }


def _refused(error: str, text: str) -> BadRequest:
    return BadRequest(text, {"error": error, "error_description": text})


def _too_many(started: TooMany) -> HttpResponseBase:
    text = f"Too many logins were started from your address. Try again in {started.retry_after} seconds."
    response = json_answer(failure(text, error="slow_down"), 429)
    response["Retry-After"] = str(started.retry_after)
    return response
