"""The one action under ``/scim/v2``: who may, then what. The library is loaded with the first request that may."""

from django.http import HttpResponse, HttpResponseBase

from keyhouse.audit import Kind, Outcome
from keyhouse.core.decision import API_KEY
from keyhouse.core.permissions import Permission
from keyhouse.scim.answers import error
from keyhouse.web.actions import ActionTable
from keyhouse.web.answers import challenges
from keyhouse.web.call import Call

actions = ActionTable()
_LIBRARIES = frozenset({"scim2_models", "pydantic", "lark"})
_NO_LIBRARY = (
    "Provisioning needs a library that is not installed. Install it with: pip install 'keyhouse[scim]', and restart "
    "the server."
)
_NOBODY = "Send the API key of a service account that is Account Provisioner, as a Bearer token."
_LACKING = "This account may not provision others: an administrator gives it the role Account Provisioner."
_NO_KEY = "Provisioning is done with an API key, and with nothing that a browser would send by itself."


@actions.add(
    "scim-v2",
    methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
    tolerates_missing_folder=True,
    streams_body=True,
    ignores_declarations=True,
)
def provision(call: Call) -> HttpResponseBase:
    """Answer one request of a directory."""
    if (refusal := _refusal(call)) is not None:
        return refusal
    try:
        from keyhouse.scim.serve import serve
    except ImportError as missing:
        if (missing.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        return error(501, _NO_LIBRARY)
    return serve(call)


def _refusal(call: Call) -> HttpResponse | None:
    if call.principal.is_guest:
        call.request.META["keyhouse.challenges"] = challenges(call.settings.site_name)
        return error(401, _NOBODY)
    may = call.rights.may(Permission.PROVISION_ACCOUNTS)
    if may and call.allowed.via.method == API_KEY and not call.is_impersonating:
        return None
    text = _NO_KEY if may else _LACKING
    call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {text}", Outcome.REFUSED)
    return error(403, text)
