"""May this caller have a new key, here and now? (keys.md, section 4)"""

from keyhouse.core.decision import API_KEY, BROWSER_SESSION
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound, Unauthorized


def check_may_issue(call: Call, kind: str) -> None:
    """Raise the error that says why not."""
    allowed = call.settings.allow_api_keys if kind == API_KEY else call.settings.allow_session_keys
    if not allowed:
        raise NotFound(f"Creation of {'API' if kind == API_KEY else 'session'} keys is disabled")
    if call.allowed.context.impersonator_id is not None:
        raise Unauthorized("Can't create an API key while impersonating")
    if call.allowed.via.method != BROWSER_SESSION:
        raise Unauthorized("A key is generated in a browser, by who has signed in there.")
