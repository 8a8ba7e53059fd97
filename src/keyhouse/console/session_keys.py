"""The session keys on External Tool Access: list them, end some or all, let one keep its session alive."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponseBase

from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.key_lines import row_ids
from keyhouse.console.session_lines import IMPERSONATING, is_impersonating, key_line, keys_of
from keyhouse.console.show import lead_to
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.web.call import Call
from keyhouse.web.errors import WireError

PAGE = "security-externalToolsView.view"
NOT_BY_PROGRAM = "Session keys are changed in the browser, and by no program."
_QUESTION = "Programs that use an ended key are refused from their next request on. It cannot be undone."
CHANGES = frozenset({"end-session-keys", "end-all-session-keys", "keep-alive", "let-idle"})
"""What the form of the list can ask for, as its ``do``."""


def panel(call: Call) -> dict[str, Any]:
    """Return what the section of the page shows."""
    return {
        "is_enabled": call.settings.allow_session_keys,
        "may_keep_alive": call.settings.session_keys_may_keep_alive,
        "keys": [key_line(call, key) for key in keys_of(call)],
        "sessions_url": call.url("user-mySessions.view", "/"),
    }


def change(call: Call) -> HttpResponseBase:
    """Do what the form of the list asks for; raises `WireError` for who may not."""
    if is_impersonating(call):
        raise WireError(IMPERSONATING, status=403)
    if call.allowed.via.method != BROWSER_SESSION:
        # A stolen key must neither prolong the session nor end the keys of others.
        raise WireError(NOT_BY_PROGRAM, status=403)
    do = call.parameters.text("do")
    if do in {"keep-alive", "let-idle"}:
        return _let_keep_alive(call, do == "keep-alive")
    return _end(call, do == "end-all-session-keys")


def _end(call: Call, is_all: bool) -> HttpResponseBase:
    keys = list(keys_of(call) if is_all else keys_of(call).filter(_chosen(call)))
    if keys and not is_confirmed(call):
        url, title = call.url(PAGE, "/"), f"End {len(keys):,} session key{'s' if len(keys) != 1 else ''}"
        fields = [("do", "end-session-keys"), *(("sessionKey", str(key.pk)) for key in keys)]
        names = [f"{key.key_id} {key.description}".strip() for key in keys]
        return confirm(call, title, _QUESTION, url, fields, "Yes, end", url, names)
    ended = call.site.session_keys.end(Q(id__in=[key.pk for key in keys]), call.caller)
    said = "none-selected" if not ended else "session-key-ended" if ended == 1 else "session-keys-ended"
    return lead_to(call, PAGE, "/", said=said)


def _let_keep_alive(call: Call, may: bool) -> HttpResponseBase:
    if may and not call.settings.session_keys_may_keep_alive:
        raise WireError("This site does not permit session keys to keep a session alive.", status=403)
    keys = [key.pk for key in keys_of(call).filter(_chosen(call))]
    changed = call.site.session_keys.let_keep_alive(Q(id__in=keys), may, call.caller)
    return lead_to(call, PAGE, "/", said="session-key-changed" if changed else "none-selected")


def _chosen(call: Call) -> Q:
    return Q(id__in=row_ids(call.parameters.all("sessionKey")))
