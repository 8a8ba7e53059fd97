"""Browser Sessions: who is signed in on the whole site; find a person's, end one or all of them."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase

from keyhouse.accounts.models import User
from keyhouse.audit import Kind
from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.guard import Refused, check_account
from keyhouse.console.key_lines import row_ids
from keyhouse.console.session_lines import alive, chosen, key_line, keys_in, page_of
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.keys.models import SessionKey
from keyhouse.sessions.ending import Ended, Why
from keyhouse.sessions.models import BrowserSession
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
PAGE = "user-showSessions.view"


@actions.add("user-showSessions", is_page=True, site_permission=Permission.MANAGE_USERS)
def show_sessions(call: Call) -> HttpResponseBase:
    """Show the sessions of all people or of those found; by POST, end some."""
    if not is_post(call):
        return _page(call)
    try:
        return _CHANGES.get(call.parameters.text("do"), _end)(call)
    except Refused as error:
        return _page(call, [("", str(error))])


def _end(call: Call) -> HttpResponseBase:
    for user in User.objects.filter(browser_sessions__in=BrowserSession.objects.filter(chosen(call))).distinct():
        check_account(call, user)
    ended = call.site.sessions.end(chosen(call) & Q(user__isnull=False), call.caller, Why.ADMINISTRATOR)
    return _back(call, ended)


def _end_all(call: Call) -> HttpResponseBase:
    user = User.objects.filter(id=call.parameters.number("userId") or 0).first()
    if user is None:
        return _page(call, [("", "There is no such user. It may have been deleted.")])
    check_account(call, user)
    url = call.url(PAGE, "/", q=user.email)
    if not is_confirmed(call):
        question = (
            f"Sign {user.email} out of every browser? Programs that use session keys of this person are refused from "
            "their next request on. API keys are not touched."
        )
        fields = [("do", "end-all"), ("userId", str(user.id)), ("q", user.email)]
        return confirm(call, "End all sessions of a person", question, url, fields, "Yes, end them", url)
    return _back(call, call.site.sessions.end_all_of(user, call.caller, Why.ADMINISTRATOR))


def _end_keys(call: Call) -> HttpResponseBase:
    keys = Q(id__in=row_ids(call.parameters.all("sessionKey")))
    for user in User.objects.filter(browser_sessions__keys__in=SessionKey.objects.filter(keys)).distinct():
        check_account(call, user)
    ended = call.site.session_keys.end(keys, call.caller)
    said = "none-selected" if not ended else "session-key-ended" if ended == 1 else "session-keys-ended"
    return lead_to(call, PAGE, "/", q=_query(call), said=said)


_CHANGES = {"end-all": _end_all, "end-keys": _end_keys}


def _back(call: Call, ended: Ended) -> HttpResponseBase:
    said = "session-ended" if ended.sessions == 1 else "sessions-ended" if ended.sessions else "session-gone"
    return lead_to(call, PAGE, "/", q=_query(call), said=said)


def _page(call: Call, problems: Problems = ()) -> HttpResponse:
    query = _query(call)
    found = page_of(call, _found(call, query), PAGE, q=query)
    call.record(Kind.SESSIONS_READ, f"{len(found.lines)} of {found.total} browser sessions were listed.")
    people = {line.user_id for line in found.lines}
    return show(
        call,
        "sessions.html",
        "Browser Sessions",
        is_admin_page=True,
        is_wide=True,
        problems=problems,
        sessions=found,
        keys=[key_line(call, key) for key in keys_in(found)],
        query=query,
        only_person=found.lines[0] if len(people) == 1 and query else None,
        page_url=call.url(PAGE, "/"),
    )


def _query(call: Call) -> str:
    return call.parameters.text("q").strip()[:254]


def _found(call: Call, query: str) -> QuerySet[BrowserSession]:
    rows = alive(call)
    return rows.filter(Q(user__email__icontains=query) | Q(user__display_name__icontains=query)) if query else rows
