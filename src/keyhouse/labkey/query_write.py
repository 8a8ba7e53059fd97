"""The controller ``query``, writing rows of one table (client-api.md, section 8.3)."""

from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.labkey import query_write_request
from keyhouse.labkey.query_write_command import finish, prepare
from keyhouse.schemas.writing import changing
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()
MAY_ENTER = (Permission.READ, Permission.INSERT)


@actions.add("query-insertRows", methods=("POST",), any_of=MAY_ENTER)
def insert_rows(call: Call) -> dict[str, Any]:
    """Insert rows, all or none, and return them as they are stored."""
    return write(call, "insert")


@actions.add("query-updateRows", methods=("POST",), permission=Permission.READ)
def update_rows(call: Call) -> dict[str, Any]:
    """Update rows, all or none: of each the columns that it has, and no others."""
    return write(call, "update")


@actions.add("query-importRows", methods=("POST",), any_of=MAY_ENTER)
def import_rows(call: Call) -> dict[str, Any]:
    """Insert rows, all or none, and return how many."""
    return write(call, "importRows")


def write(call: Call, verb: str) -> dict[str, Any]:
    """Carry out one command in a transaction of its own."""
    command = prepare(call, query_write_request.read(call, verb))
    with changing(call, command.target.source) as change:
        answer = command.carry_out(change)
    return finish(change, command, answer)
