"""My Sessions: in which browsers one is signed in; end one, or all others, and with each its session keys."""

from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase

from keyhouse.audit import Kind, Outcome
from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.session_lines import IMPERSONATING, chosen, is_impersonating, page_of, sessions_of
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.decision import BROWSER_SESSION
from keyhouse.sessions.ending import Why
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
PAGE = "user-mySessions.view"
NOT_BY_PROGRAM = "Sessions are ended in the browser. A program ends the session of its own key by signing out."


@actions.add("user-mySessions", is_page=True, needs_sign_in=True, ignores_declarations=True)
def my_sessions(call: Call) -> HttpResponseBase:
    """Show one's sessions; by POST, end one or all others."""
    if not is_post(call):
        return _page(call)
    if refusal := _why_not(call):
        call.record(Kind.ACCESS_REFUSED, f"{call.action.name}: {refusal}", Outcome.REFUSED)
        return _page(call, [("", refusal)])
    if call.parameters.text("do") == "end-others":
        return _end_others(call)
    return _end(call, chosen(call))


def _why_not(call: Call) -> str:
    if is_impersonating(call):
        return IMPERSONATING
    return "" if call.allowed.via.method == BROWSER_SESSION else NOT_BY_PROGRAM


def _end_others(call: Call) -> HttpResponseBase:
    others = ~Q(public_id=call.allowed.via.session_id or "")
    count = sessions_of(call).filter(others).count()
    if count and not is_confirmed(call):
        words = "all other browsers" if count > 1 else "the other browser"
        question = (
            f"Sign out {words}? Programs that use session keys made there are refused from their next request on."
        )
        url = call.url(PAGE, "/")
        return confirm(call, "End all other sessions", question, url, [("do", "end-others")], "Yes, end them", url)
    return _end(call, others)


def _end(call: Call, which: Q) -> HttpResponseBase:
    own = Q(user_id=call.principal.id)
    ended = call.site.sessions.end(own & which, call.caller, Why.OWNER)
    return lead_to(
        call,
        PAGE,
        "/",
        said="session-ended" if ended.sessions == 1 else "sessions-ended" if ended.sessions else "session-gone",
    )


def _page(call: Call, problems: Problems = ()) -> HttpResponse:
    found = page_of(call, sessions_of(call), PAGE)
    return show(
        call,
        "my_sessions.html",
        "My Sessions",
        problems=problems,
        sessions=found,
        has_others=any(not line.is_this for line in found.lines),
        is_impersonating=is_impersonating(call),
        page_url=call.url(PAGE, "/"),
        tools_url=call.url("security-externalToolsView.view", "/"),
    )
