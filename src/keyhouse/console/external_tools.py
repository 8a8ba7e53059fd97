"""External Tool Access: generate a key, see it once, list and delete one's keys (labkey-server.md, section 5.2)."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import User
from keyhouse.audit import Kind, Outcome
from keyhouse.console import session_keys
from keyhouse.console.admin import API_KEYS_QUERY
from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.key_lines import QUESTION, KeyColumn, in_words, own_lines, row_ids, title
from keyhouse.console.show import Problems, fresh_url, is_post, lead_to, show
from keyhouse.console.snippets import envelopes, netrc_lines, who_am_i
from keyhouse.core.expiry import CHOICES, NEVER, choices_within
from keyhouse.core.expiry import in_words as life_in_words
from keyhouse.core.permissions import Permission
from keyhouse.core.tokens import TokenKind
from keyhouse.keys.models import ApiKey
from keyhouse.keys.permission import why_not
from keyhouse.scripts.place import Place
from keyhouse.sessions.models import BrowserSession
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, FreshSignInRequired, WireError
from keyhouse.web.urls import is_local

actions = ActionTable()
_TITLES = ("Expires", "Last used", "Sign-in", "Description", "Key id")
_COLUMNS = [KeyColumn("Created", "descending"), *map(KeyColumn, _TITLES)]
_SNIPPET_FOLDER = "/home"
_MOST_DIGITS = 12


@dataclass(frozen=True)
class ShownKey:
    """A new key on the one page that shows it."""

    kind: str
    field_name: str
    key: str
    expires_words: str
    netrc: str

    def __repr__(self) -> str:
        return f"<ShownKey {self.kind}>"


@dataclass(frozen=True)
class ApiKeyRules:
    """What the site allows for API keys, and the choices of life that follow."""

    is_enabled: bool
    expiry_words: str
    choices: list[tuple[int, str]]


@actions.add("security-externalToolsView", is_page=True, needs_sign_in=True)
def external_tools(call: Call) -> HttpResponseBase:
    """Show the page; by POST, generate a key or delete some."""
    if not is_post(call):
        return _page(call)
    if call.parameters.text("do") == "delete":
        return _delete(call)
    try:
        if call.parameters.text("do") in session_keys.CHANGES:
            return session_keys.change(call)
        shown = _session_key(call) if call.parameters.text("type") == "session" else _api_key(call)
    except FreshSignInRequired:
        raise
    except WireError as error:
        return _page(call, [("", error.text)])
    except BrowserSession.DoesNotExist:
        return _page(call, [("", "This browser session has ended meanwhile. Sign in again.")])
    return _page(call, shown=shown)


def _api_key(call: Call) -> ShownKey:
    _check_may_issue(call, TokenKind.API_KEY)
    maximum = call.settings.api_key_expiration_seconds
    chosen = call.parameters.number("expirationSeconds", default=maximum)
    if chosen is not None and chosen != NEVER and chosen < 1:
        raise BadRequest("Choose how long the key lives: one of the times offered.")
    owner = User.objects.get(id=call.principal.id)
    issued = call.site.api_keys.issue(owner, call.caller, maximum, call.parameters.text("description"), chosen)
    expires = f"expires {issued.key.expires_at:%Y-%m-%d}" if issued.key.expires_at else "never expires"
    text = issued.token.text
    return ShownKey("API key", "apikey_token", text, expires, netrc_lines(_place(call), text))


def _session_key(call: Call) -> ShownKey:
    _check_may_issue(call, TokenKind.SESSION_KEY)
    session_id = call.allowed.via.session_id or ""
    text = call.site.session_keys.issue(session_id, call.caller, call.parameters.text("description")).text
    return ShownKey("session key", "session_token", text, "ends with this session", netrc_lines(_place(call), text))


def _check_may_issue(call: Call, kind: TokenKind) -> None:
    refusal = why_not(kind, call.allowed, call.settings)
    if refusal is not None:
        call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {refusal.text}", Outcome.REFUSED)
        raise WireError(refusal.text, status=refusal.status)
    call.require_fresh_sign_in()


def _delete(call: Call) -> HttpResponseBase:
    if _is_impersonating(call):
        return _page(call, [("", "Keys cannot be deleted while impersonating.")])
    chosen = row_ids(call.parameters.all("key"))
    keys = list(_own_keys(call).filter(id__in=chosen))
    url = call.url("security-externalToolsView.view", "/")
    if keys and not is_confirmed(call):
        fields = [("do", "delete"), *(("key", str(key.pk)) for key in keys)]
        return confirm(call, title(len(keys)), QUESTION, url, fields, "Yes, Delete", url, in_words(keys))
    deleted = call.site.api_keys.revoke(keys, call.caller)
    said = "none-selected" if not deleted else "key-deleted" if deleted == 1 else "keys-deleted"
    return lead_to(call, "security-externalToolsView.view", "/", said=said)


def _page(call: Call, problems: Problems = (), shown: ShownKey | None = None) -> HttpResponse:
    place, url = _place(call), call.url("security-externalToolsView.view", "/")
    return show(
        call,
        "external_tools.html",
        "External Tool Access",
        problems=problems,
        shown=shown,
        impersonating=_is_impersonating(call),
        api_keys=_rules(call),
        session_keys=session_keys.panel(call),
        admin=_admin_links(call),
        keys=own_lines(call, list(_own_keys(call))),
        key_columns=_COLUMNS,
        entered=_entered(call, bool(problems)),
        snippets=[*who_am_i(place), envelopes(place)],
        netrc_pattern=netrc_lines(place, "<your key>"),
        tools_url=url,
        fresh_url=fresh_url(call),
        fresh_for="make a key",
        return_url=_return_url(call),
    )


def _entered(call: Call, is_again: bool) -> dict[str, object]:
    longest = call.settings.api_key_expiration_seconds
    if not is_again or call.parameters.text("type") != "apikey":
        return {"seconds": longest}
    chosen = call.parameters.text("expirationSeconds")
    is_number = chosen.removeprefix("-").isdecimal() and len(chosen) <= _MOST_DIGITS
    return {"description": call.parameters.text("description"), "seconds": int(chosen) if is_number else longest}


def _rules(call: Call) -> ApiKeyRules:
    seconds = call.settings.api_key_expiration_seconds
    life = "never expire" if seconds == NEVER else f"expire after {CHOICES.get(seconds) or life_in_words(seconds)}"
    return ApiKeyRules(call.settings.allow_api_keys, life, list(choices_within(seconds).items()))


def _admin_links(call: Call) -> dict[str, str] | None:
    if not call.rights.may(Permission.ADMIN_OPERATIONS):
        return None
    keys_url = f"{call.url('query-executeQuery.view', '/')}?{API_KEYS_QUERY}"
    return {"settings_url": call.url("admin-customizeSite.view", "/"), "all_keys_url": keys_url}


def _own_keys(call: Call) -> QuerySet[ApiKey]:
    if _is_impersonating(call):
        # The keys of who is impersonated are not the administrator's to see or delete.
        return ApiKey.objects.none()
    own = ApiKey.objects.filter(owner_id=call.principal.id, revoked_at=None)
    return own.select_related("owner").order_by("-created_at", "-id")


def _place(call: Call) -> Place:
    return Place(call.site.boot.url, _SNIPPET_FOLDER)


def _is_impersonating(call: Call) -> bool:
    return call.allowed.context.impersonator_id is not None


def _return_url(call: Call) -> str:
    wanted = call.parameters.text("returnUrl")
    return wanted if is_local(wanted, call.context_path) else ""
