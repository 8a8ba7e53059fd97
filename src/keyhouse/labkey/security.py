"""The controller ``security``: make sure of a sign-in, create keys (labkey-server.md, sections 1.8 and 4.2)."""

from typing import Any

from keyhouse.accounts.models import User
from keyhouse.audit import Kind, Outcome
from keyhouse.core.expiry import NEVER
from keyhouse.core.permissions import Permission
from keyhouse.core.reasons import PERMISSION_TEXT
from keyhouse.core.tokens import TokenKind
from keyhouse.keys.permission import why_not
from keyhouse.labkey.user_object import capabilities
from keyhouse.sessions.models import BrowserSession
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, NotFound, Unauthorized, WireError

actions = ActionTable()
_TYPES = {"apikey": TokenKind.API_KEY, "session": TokenKind.SESSION_KEY}
_LONGEST_SECONDS = 10 * 365 * 86_400


@actions.add(
    "security-ensureLogin",
    needs_sign_in=True,
    is_csrf_exempt=True,
    tolerates_missing_folder=True,
    ignores_declarations=True,
)
def ensure_login(call: Call) -> dict[str, Any]:
    """Tell who has signed in; a guest is challenged, which is what makes the Java client send its key."""
    principal = call.principal
    flags = capabilities(call.rights, call.folder)
    return {
        "currentUser": {
            "id": principal.id,
            "displayName": principal.display_name,
            "email": principal.email,
            **{name: "true" if value else "false" for name, value in flags.items()},
        }
    }


@actions.add("security-getMaxPhiLevel", permission=Permission.READ, is_csrf_exempt=True)
def get_max_phi_level(call: Call) -> dict[str, Any]:
    """Tell the highest level of PHI that the caller sees in the folder."""
    return {"maxPhiLevel": call.phi_ceiling.wire_name}


@actions.add("security-createApiKey", methods=("POST",), needs_sign_in=True)
def create_api_key(call: Call) -> dict[str, Any]:
    """Issue an API key or a session key; this answer is the only place where its text ever stands."""
    kind = _TYPES.get(call.parameters.text("type").strip().lower())
    if kind is None:
        raise NotFound("Invalid type specified")
    description, seconds = call.parameters.text("description"), chosen_seconds(call)
    _refuse_unless_allowed(call, kind)
    if kind is TokenKind.SESSION_KEY:
        return {"apikey": _session_key(call, description)}
    owner = User.objects.get(id=call.principal.id)
    maximum = call.settings.api_key_expiration_seconds
    issued = call.site.api_keys.issue(owner, call.caller, maximum, description, seconds)
    return {"apikey": issued.token.text}


def _refuse_unless_allowed(call: Call, kind: TokenKind) -> None:
    refusal = why_not(kind, call.allowed, call.settings)
    if refusal is None:
        call.require_fresh_sign_in()
        return
    call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {refusal.text}", Outcome.REFUSED)
    raise WireError(refusal.text, status=refusal.status)


def chosen_seconds(call: Call) -> int | None:
    """Return the life that the caller asks for; raises `BadRequest` for one that is none."""
    seconds = call.parameters.number("expirationSeconds")
    if seconds is None or seconds == NEVER or 0 < seconds <= _LONGEST_SECONDS:
        return seconds
    raise BadRequest(f"expirationSeconds must be {NEVER} (as long as the site allows) or 1 to {_LONGEST_SECONDS}.")


def _session_key(call: Call, description: str) -> str:
    try:
        return call.site.session_keys.issue(call.allowed.via.session_id or "", call.caller, description).text
    except BrowserSession.DoesNotExist:
        # It ended between the check at the door and now.
        raise Unauthorized(PERMISSION_TEXT) from None
