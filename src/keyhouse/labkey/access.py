"""Who may ask for the rows of which folder."""

from keyhouse.core.permissions import Permission
from keyhouse.schemas.core import SCHEMA, USER_API_KEYS
from keyhouse.web.call import Call


def enter(call: Call, schema_name: str, query_name: str) -> None:
    """Refuse a call that may not read in its folder; one's own keys are the same everywhere, so any folder will do."""
    is_own_keys = (schema_name.lower(), query_name.lower()) == (SCHEMA, USER_API_KEYS.lower())
    if call.may(Permission.READ) or (is_own_keys and not call.principal.is_guest):
        return
    raise call.refused()
