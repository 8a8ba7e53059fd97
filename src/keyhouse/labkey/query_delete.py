"""The controller ``query``, deleting rows; a deleted row of a key is a revoked key (labkey-server.md, section 1.8)."""

from typing import Any

from keyhouse.keys.models import ApiKey
from keyhouse.labkey.access import enter
from keyhouse.labkey.cells import plain
from keyhouse.labkey.query_write import write
from keyhouse.labkey.query_write_request import NO_ROWS
from keyhouse.labkey.refusals import lacking
from keyhouse.labkey.select_request import required
from keyhouse.schemas.core import API_KEYS, SCHEMA, USER_API_KEYS, CoreTable, key_row
from keyhouse.schemas.find import find_schema
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest, WireError

actions = ActionTable()
OTHERS_ROW = "You do not have permission to delete the selected row."


@actions.add("query-deleteRows", "query-delRows", methods=("POST",), needs_sign_in=True)
def delete_rows(call: Call) -> dict[str, Any]:
    """Delete rows by their keys, all or none; rows that are not there are passed over."""
    schema_name = required(call.parameters, "schemaName", "query.schemaName")
    query_name = required(call.parameters, "queryName", "query.queryName")
    if schema_name.lower() != SCHEMA:
        return write(call, "delete")
    return _revoke(call, schema_name, query_name)


def _revoke(call: Call, schema_name: str, query_name: str) -> dict[str, Any]:
    """Revoke the keys that the rows name."""
    enter(call, schema_name, query_name)
    table = _key_table(call, schema_name, query_name)
    row_ids = _row_ids(call)
    keys = list(ApiKey.objects.filter(id__in=row_ids, revoked_at__isnull=True).select_related("owner"))
    if table.name == USER_API_KEYS and any(key.owner_id != call.principal.id for key in keys):
        raise lacking(call, OTHERS_ROW)
    call.site.api_keys.revoke(keys, call.caller)
    return {
        "schemaName": SCHEMA,
        "queryName": table.name,
        "command": "delete",
        "containerPath": call.folder.path,
        "rowsAffected": len(row_ids),
        "rows": [_deleted(table, key) for key in keys],
    }


def _key_table(call: Call, schema_name: str, query_name: str) -> CoreTable:
    """Find the table of keys, in the words (and with the status) in which writing actions say that there is none."""
    schema = find_schema(call, schema_name)
    if schema is None:
        raise WireError(f"The schema '{schema_name[:255]}' does not exist.")
    is_own_keys = (schema.name, query_name.lower()) == (SCHEMA, USER_API_KEYS.lower())
    if is_own_keys and call.allowed.context.impersonator_id is not None:
        raise call.refused()
    table = schema.table(query_name)
    if table is None:
        raise WireError(f"The query '{query_name[:255]}' in the schema '{schema.name}' does not exist.")
    if not isinstance(table, CoreTable) or table.name not in {API_KEYS, USER_API_KEYS}:
        text = f"{schema.name}.{table.name} is read-only: its rows cannot be deleted through this server."
        raise lacking(call, text)
    return table


def _row_ids(call: Call) -> list[int]:
    rows = call.parameters.body.get("rows")
    if not isinstance(rows, list) or not rows:
        raise BadRequest(NO_ROWS)
    return [_row_id(row) for row in rows]


def _row_id(row: Any) -> int:
    named = {str(name).lower(): value for name, value in row.items()} if isinstance(row, dict) else {}
    text = str(named.get("rowid", ""))
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise BadRequest("Each of the 'rows' must have the key column 'RowId' with a whole number.")
    return int(text)


def _deleted(table: CoreTable, key: ApiKey) -> dict[str, Any]:
    values = zip(table.columns, key_row(key), strict=True)
    return {
        column.name.lower(): value if isinstance(value, str | int | None) else plain(value) for column, value in values
    }
