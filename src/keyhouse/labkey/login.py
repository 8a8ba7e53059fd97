"""The controller ``login``: who am I, sign in, sign out (labkey-server.md, section 4)."""

from typing import Any

from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@actions.add("login-whoAmI", is_csrf_exempt=True, tolerates_missing_folder=True)
def who_am_i(call: Call) -> dict[str, Any]:
    """Tell a client who it is, and the token that its writes must carry."""
    principal = call.principal
    return {
        "id": principal.id,
        "displayName": principal.display_name,
        "email": principal.email,
        "CSRF": call.csrf_token,
        "impersonated": call.allowed.context.impersonator_id is not None,
        "success": True,
    }
