"""The controller ``logger``: see and change log levels while the server runs (labkey-server.md, section 7.1)."""

from typing import Any

from keyhouse.audit import Kind
from keyhouse.core.permissions import Permission
from keyhouse.logs import LEVELS, LoggerLine
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()


@actions.add("logger-list", site_permission=Permission.ADMIN_OPERATIONS, is_csrf_exempt=True)
def list_loggers(call: Call) -> dict[str, Any]:
    """List loggers whose name has a text in it, that have a level, with or without those that inherit theirs."""
    level = call.parameters.text("level").strip()
    if level and level.upper() not in LEVELS:
        raise BadRequest(f"There is no level '{level[:20]}'. Levels: {', '.join(LEVELS)}.")
    inherited = call.parameters.flag("inherited", default=True)
    lines = call.site.log_levels.lines(call.parameters.text("contains").strip(), level, inherited)
    return {"success": True, "data": [_entry(line) for line in lines]}


@actions.add("logger-update", methods=("POST",), site_permission=Permission.ADMIN_OPERATIONS)
def update_logger(call: Call) -> dict[str, Any]:
    """Set the level of one logger in every worker, until it is reset."""
    name, level = call.parameters.text("name").strip(), call.parameters.text("level").strip()
    try:
        line = call.site.log_levels.change(name, level)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    details = {"logger": line.name, "level": line.level}
    call.record(Kind.LOGGER_CHANGED, f"Logger {line.name} was set to {line.level}.", details=details)
    return {"success": True, "data": _entry(line)}


@actions.add("logger-reset", methods=("POST",), site_permission=Permission.ADMIN_OPERATIONS)
def reset_loggers(call: Call) -> dict[str, Any]:
    """Forget all changes of levels."""
    call.site.log_levels.reset()
    call.record(Kind.LOGGER_CHANGED, "All loggers were reset.")
    return {"success": True}


def _entry(line: LoggerLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "parent": line.parent,
        "level": line.level,
        "inherited": line.is_inherited,
        "notes": line.notes,
    }
