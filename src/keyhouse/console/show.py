"""Render a page in its frame, and lead back to one after a form was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from keyhouse.console.declaring_frame import frame_of
from keyhouse.web.call import Call
from keyhouse.web.pages import Crumb, render
from keyhouse.web.urls import may_return_to

Problems = Sequence[tuple[str, str]]
"""What went wrong: the id of the control (or nothing) and a sentence that says what to do."""

SAID = {
    "settings-saved": "The settings are saved. They hold from now on.",
    "settings-same": "Nothing was changed: the settings were so already.",
    "user-added": "The user was added, and cannot sign in yet. Make a reset link here and hand it on.",
    "service-added": "The service account was added. It gets its roles on the permissions page of a folder.",
    "user-changed": "The user was changed.",
    "user-deactivated": "The user is deactivated: keys and sessions are refused from now on.",
    "user-reactivated": "The user is active again.",
    "user-deleted": "The user was deleted.",
    "group-added": "The group was added.",
    "group-changed": "The group was changed.",
    "group-deleted": "The group was deleted.",
    "folder-added": "The folder was added.",
    "role-given": "The role was given.",
    "role-removed": "The role was taken away.",
    "inheritance-changed": "The inheritance was changed.",
    "key-deleted": "The key was deleted. It is refused from now on.",
    "keys-deleted": "The keys were deleted. They are refused from now on.",
    "session-ended": "The session has ended, and with it its session keys.",
    "sessions-ended": "The sessions have ended, and with them their session keys.",
    "session-gone": "Nothing was ended: the session was over already.",
    "session-key-ended": "The session key has ended. It is refused from now on.",
    "session-keys-ended": "The session keys have ended. They are refused from now on.",
    "session-key-changed": "The session key is changed, from now on.",
    "password-set": "Your new password is set. Sign in with it.",
    "password-changed": "Your password is changed. Other browsers are signed out; your API keys stay valid.",
    "sign-in-over": "This sign-in has ended: too much time went by, or too many codes were wrong. Sign in again.",
    "factor-added": "The second factor is set up. You are signed out everywhere else; your API keys stay valid.",
    "factor-removed": "The second factor is removed. You are signed out everywhere else; your API keys stay valid.",
    "factors-reset": "The second factors are reset: the user is signed out everywhere and sets up new ones.",
    "passkey-renamed": "The passkey has its new name.",
    "browser-forgotten": "The browser is not trusted any more.",
    "codes-shown": "The recovery codes were shown already. Make new ones if you do not have them.",
    "none-selected": "Nothing was deleted: select the keys first.",
    "view-saved": "The view is saved.",
    "view-deleted": "The view was deleted.",
    "query-saved": "The query is saved.",
    "query-deleted": "The query was deleted.",
    "level-set": "The level was set.",
    "terms-saved": "The terms are saved and in force from now on.",
    "terms-same": "Nothing was changed: the terms are so already.",
    "terms-withdrawn": "The terms are withdrawn. Nobody is asked to accept them.",
    "demands-saved": "The change is saved and holds from now on.",
    "demands-same": "Nothing was changed: the folder demands this already.",
    "marks-saved": "The marks are saved. They hold from the next request on.",
    "marks-same": "Nothing was changed: the columns count as this already.",
    "way-added": "The way to sign in was added. Register the addresses at the provider, then test it.",
    "way-saved": "The change is saved and holds from the next request on.",
    "way-same": "Nothing was changed: the settings were so already.",
    "way-enabled": "It is switched on: the sign-in page offers it from now on.",
    "way-disabled": "It is switched off, and the sessions that came by it have ended.",
    "identity-linked": "It is linked: you can sign in by it from now on.",
    "identity-unlinked": "It is unlinked. Nobody gets into this account by it any more.",
    "registered": "Your account is made. Sign in with the password that you chose.",
    "way-removed": "The way to sign in was removed, and the sessions that came by it have ended.",
    "levels-reset": "All levels are as they were at the start.",
}
"""What a page may say after a form was done. The URL carries the code alone, so nobody can put words on our pages."""

_WARNINGS = frozenset(
    {
        *("none-selected", "session-gone", "settings-same", "terms-same", "demands-same", "marks-same", "way-same"),
        *("sign-in-over", "codes-shown"),
    }
)


@dataclass(frozen=True)
class Message:
    """One line above a page: its level is ``ok``, ``info``, ``warning`` or ``error``."""

    level: str
    text: str


def show(
    call: Call,
    template: str,
    title: str,
    *,
    problems: Problems = (),
    is_admin_page: bool = False,
    trail: Sequence[Crumb] = (),
    **context: Any,
) -> HttpResponse:
    """Render a page; one that tells of problems has status 400, so that scripts notice them too."""
    frame = {
        "problems": problems,
        "section": "admin" if is_admin_page else "",
        "trail": [*([Crumb("Admin Console", call.url("admin-showAdmin.view", "/"))] if is_admin_page else []), *trail],
        "messages": _messages(call),
        "declaring": frame_of(call),
        "fresh_url": fresh_url(call) if call.action.needs_fresh_sign_in else "",
        **context,
    }
    return render(call, template, title, frame, status=400 if problems else 200)


def fresh_url(call: Call) -> str:
    """Return where the person proves to be there, before anything is typed that could not be sent; or nothing."""
    if call.is_fresh:
        return ""
    back = call.request.get_full_path()
    return call.url("login-reauthenticate.view", "/", **({"returnUrl": back} if may_return_to(back) else {}))


def lead_to(call: Call, name: str, container: str | None = None, **query: str | int) -> HttpResponseRedirect:
    """Lead to a page after a form was done, so that reloading it does not send the form again."""
    return HttpResponseRedirect(call.url(name, container, **query), status=303)


def is_post(call: Call) -> bool:
    """Tell whether a form was sent."""
    return call.request.method == "POST"


def _messages(call: Call) -> list[Message]:
    code = call.request.GET.get("said", "")
    return [Message("warning" if code in _WARNINGS else "ok", SAID[code])] if code in SAID else []
