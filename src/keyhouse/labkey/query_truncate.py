"""The controller ``query``, deleting all rows of a table in a folder (client-api.md, section 8.5)."""

from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.labkey.query_write_audit import Auditing, Changes
from keyhouse.labkey.select_request import required
from keyhouse.schemas.writing import changing, target_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@actions.add("query-truncateTable", methods=("POST",), permission=Permission.READ)
def truncate_table(call: Call) -> dict[str, Any]:
    """Delete every row of the folder, or of a table whose rows have none; for administrators of the folder."""
    schema_name = required(call.parameters, "schemaName", "query.schemaName")
    query_name = required(call.parameters, "queryName", "query.queryName")
    target = target_of(call, schema_name, query_name, Permission.ADMIN, Permission.DELETE)
    auditing = Auditing.of(call.parameters.raw)
    with changing(call, target.source) as change:
        count = target.writer(change.transaction).delete_all()
        details = auditing.described("truncateTable", count, [], Changes(()))
        change.note(target, f"All {count} rows deleted.", details)
    names = {"schemaName": target.schema.name, "queryName": target.table.name}
    told = {"transactionAuditId": change.sequence} if auditing.is_answered else {}
    return {"success": True, **names, "deletedRows": count, **told}
