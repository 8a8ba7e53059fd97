"""Loggers: see and set what the server writes to its log, at run time."""

from django.http import HttpResponse, HttpResponseBase

from keyhouse.audit import Kind
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.logs import LEVELS
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@actions.add("logger-manage", is_page=True, site_permission=Permission.SEE_ADMIN_PAGES)
def manage_loggers(call: Call) -> HttpResponseBase:
    """List the loggers, set the level of one, or reset all."""
    if not is_post(call):
        return _page(call)
    call.require(Permission.ADMIN_OPERATIONS)
    if call.parameters.text("do") == "reset":
        call.site.log_levels.reset()
        call.record(Kind.LOGGER_CHANGED, "All loggers were reset.")
        return lead_to(call, "logger-manage.view", "/", said="levels-reset")
    name, level = call.parameters.text("name"), call.parameters.text("level")
    try:
        call.site.log_levels.change(name, level)
    except ValueError as error:
        return _page(call, [("", str(error))])
    call.record(
        Kind.LOGGER_CHANGED, f"Logger {name} was set to {level.upper()}.", details={"name": name, "level": level}
    )
    query = call.parameters.text("q")
    return lead_to(call, "logger-manage.view", "/", said="level-set", **({"q": query} if query else {}))


def _page(call: Call, problems: Problems = ()) -> HttpResponse:
    query = call.parameters.text("q").strip()
    lines = call.site.log_levels.lines(query)
    # Without a search, the ones that are worth knowing: those with notes and those that somebody set.
    shown = lines if query else [line for line in lines if line.notes or not line.is_inherited]
    return show(
        call,
        "loggers.html",
        "Loggers",
        is_admin_page=True,
        problems=problems,
        query=query,
        loggers=sorted(shown, key=lambda line: (not line.notes, not line.name.startswith("org."), line.name.lower())),
        levels=LEVELS,
        may_change=call.rights.may(Permission.ADMIN_OPERATIONS),
        loggers_url=call.url("logger-manage.view", "/"),
    )
