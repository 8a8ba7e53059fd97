"""The controller ``query``, saved queries: save and delete them, as LabKey's own editor does by `saveSourceQuery`."""

from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.data.sql import BadStatement
from keyhouse.labkey import waf
from keyhouse.labkey.form_errors import FormError
from keyhouse.queries.names import NameRefused
from keyhouse.schemas.find import Schema, find_schema
from keyhouse.schemas.query_saving import delete_query, fault_of, save_query, stored_query
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

actions = ActionTable()
_UNNAMED = "Query definition not found, schemaName and queryName are required."


@actions.add("query-saveSourceQuery", methods=("POST",), permission=Permission.READ, needs_sign_in=True)
def save_source_query(call: Call) -> dict[str, Any]:
    """Save the statement of a query, which is made if it is not there. A faulty one is saved, and its faults told."""
    schema, name = _named(call)
    if call.parameters.text("ff_metadataText").strip():
        raise FormError("Keyhouse keeps no XML metadata of queries; leave 'ff_metadataText' out.", "ff_metadataText")
    sql = waf.plain_text(call.parameters.text("ff_queryText"))
    try:
        save_query(call, schema, name, sql, description=_optional(call, "ff_description"), inherits=_inherits(call))
    except NameRefused as error:
        raise FormError(str(error)) from None
    fault = fault_of(call, schema, sql)
    return {"success": True, **({"parseErrors": [_told(fault, sql)]} if fault else {})}


@actions.add("query-deleteQuery", methods=("POST",), permission=Permission.READ, needs_sign_in=True)
def delete_saved_query(call: Call) -> dict[str, Any]:
    """Delete a saved query."""
    schema, name = _named(call)
    delete_query(call, schema, name)
    return {"success": True}


@actions.add("query-getSourceQuery", permission=Permission.READ, is_csrf_exempt=True)
def get_source_query(call: Call) -> dict[str, Any]:
    """Tell the statement of a saved query to whoever may change it (ours: LabKey shows it on a page alone)."""
    schema, name = _named(call)
    row = stored_query(call, schema.name, name)
    if row is None:
        raise NotFound(f"Query not found: {name[:255]}")
    call.require(Permission.ADMIN, row.folder)
    return {
        "schemaName": schema.name,
        "queryName": row.name,
        "sql": row.sql,
        "title": row.title,
        "description": row.description,
        "inherit": row.inherits,
        "containerPath": row.folder.path,
    }


def _named(call: Call) -> tuple[Schema, str]:
    schema_name = call.parameters.text("schemaName", "query.schemaName").strip()
    name = call.parameters.text("queryName", "query.queryName").strip()
    if not schema_name or not name:
        raise NotFound(_UNNAMED)
    schema = find_schema(call, schema_name)
    if schema is None:
        raise NotFound(f"Schema not found: {schema_name[:255]}")
    return schema, name


def _optional(call: Call, name: str) -> str | None:
    return None if call.parameters.raw(name) is None else call.parameters.text(name)


def _inherits(call: Call) -> bool | None:
    return None if call.parameters.raw("inheritable") is None else call.parameters.flag("inheritable")


def _told(fault: BadStatement, sql: str) -> dict[str, Any]:
    lines = sql.splitlines()
    line = lines[fault.line - 1] if 0 < fault.line <= len(lines) else None
    place = {"line": fault.line, "col": fault.column} if fault.line else {}
    return {"msg": fault.text, "type": "sql", **place, **({"errorStr": line} if line is not None else {})}
