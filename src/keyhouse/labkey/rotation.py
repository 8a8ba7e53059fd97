"""The controller ``security``, rotating: a key replaces itself (docs/decisions/0008)."""

from typing import Any

from keyhouse.audit import Kind, Outcome
from keyhouse.core.decision import API_KEY
from keyhouse.core.reasons import PERMISSION_TEXT
from keyhouse.core.tokens import TokenKind
from keyhouse.keys.issue import Issued
from keyhouse.keys.models import ApiKey
from keyhouse.keys.permission import IMPERSONATING, SWITCHED_OFF, Refusal
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, Unauthorized, WireError

actions = ActionTable()
NOT_A_KEY = "Only an API key can replace itself: send the key that is to be replaced, and no cookie of a session."
NOTHING_REPLACED = "This key replaces none that still lives."
_STEPS = {"", "begin", "finish"}


@actions.add("security-rotateApiKey", methods=("POST",), needs_sign_in=True, tolerates_missing_folder=True)
def rotate_api_key(call: Call) -> dict[str, Any]:
    """Replace the key that this request carries: at once, or in the steps ``begin`` and ``finish``."""
    step = call.parameters.text("step").strip().lower()
    if step not in _STEPS:
        raise BadRequest("step is 'begin', 'finish', or not given to replace the key at once.")
    refusal = _why_not(call, step)
    if refusal is not None:
        call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {refusal.text}", Outcome.REFUSED)
        raise WireError(refusal.text, status=refusal.status)
    try:
        return _finished(call) if step == "finish" else _issued(call, step)
    except ApiKey.DoesNotExist:
        # It was revoked between the check at the door and now.
        raise Unauthorized(PERMISSION_TEXT) from None


def _why_not(call: Call, step: str) -> Refusal | None:
    if call.is_impersonating:
        return Refusal(IMPERSONATING[TokenKind.API_KEY])
    if call.allowed.via.method != API_KEY or not call.presented.carries_key:
        return Refusal(NOT_A_KEY)
    if step != "finish" and not call.settings.allow_api_keys:
        return Refusal(SWITCHED_OFF[TokenKind.API_KEY], 404)
    return None


def _issued(call: Call, step: str) -> dict[str, Any]:
    rotations, key_id = call.site.rotations, call.allowed.via.key_id or ""
    replace = rotations.begin if step == "begin" else rotations.at_once
    issued: Issued = replace(key_id, call.settings, call.caller)
    expires_at = issued.key.expires_at
    return {
        "apikey": issued.token.text,
        "keyId": issued.key.key_id,
        "expiresAt": expires_at.isoformat(timespec="seconds") if expires_at else None,
        "replaces": key_id,
        "isFinished": step != "begin",
    }


def _finished(call: Call) -> dict[str, Any]:
    old = call.site.rotations.finish(call.allowed.via.key_id or "", call.caller)
    if old is None:
        raise BadRequest(NOTHING_REPLACED)
    return {"success": True, "keyId": call.allowed.via.key_id, "replaces": old.key_id, "isFinished": True}
