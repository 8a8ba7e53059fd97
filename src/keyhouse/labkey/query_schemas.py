"""The controller ``query``, finding one's way: schemas and their tables (client-api.md, section 8.7)."""

from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.data import Column, Table
from keyhouse.labkey.query_properties import common
from keyhouse.labkey.select_request import required
from keyhouse.labkey.table_fields import Fields
from keyhouse.labkey.versions import requested
from keyhouse.queries.models import SavedQuery
from keyhouse.schemas.find import Schema, find_schema, schemas_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

actions = ActionTable()
_NESTED_SCHEMAS = 9.3


@actions.add("query-getSchemas", permission=Permission.READ, is_csrf_exempt=True)
def get_schemas(call: Call) -> dict[str, Any]:
    """List the schemas of a folder; from 9.3 on as a bare map, since R takes every member for a schema."""
    call.parameters.flag("includeHidden", default=True)
    if requested(call) < _NESTED_SCHEMAS:
        return {"schemas": [schema.name for schema in _sorted(call)]}
    inside = call.parameters.text("schemaName").strip()
    if not inside:
        return {schema.name: _schema(schema) for schema in _sorted(call)}
    if find_schema(call, inside) is None:
        raise NotFound("The specified schema does not exist")
    # No schema of ours has schemas in it.
    return {}


@actions.add("query-getQueries", permission=Permission.READ, is_csrf_exempt=True)
def get_queries(call: Call) -> dict[str, Any]:
    """List the tables of a schema, those that people saved first."""
    name = required(call.parameters, "schemaName")
    schema = find_schema(call, name)
    if schema is None:
        raise NotFound(f"The schema name '{name[:255]}' was not found within the folder '{call.folder.path}'")
    queries = []
    if call.parameters.flag("includeUserQueries", default=True):
        saved = call.site.saved_queries.of(call.folder, schema.name, call.caller)
        found = ((schema.table(row.name), row) for row in saved)
        queries += [_query(call, schema, table, row) for table, row in found if table is not None]
    if call.parameters.flag("includeSystemQueries", default=True):
        queries += [_query(call, schema, table) for table in schema.tables()]
    return {"schemaName": schema.name, "queries": queries}


def _sorted(call: Call) -> list[Schema]:
    return sorted(schemas_of(call), key=lambda schema: schema.name.casefold())


def _schema(schema: Schema) -> dict[str, Any]:
    return {
        "schemaName": schema.name,
        "fullyQualifiedName": schema.name,
        "description": schema.description,
        "hidden": False,
        "schemas": {},
    }


def _query(call: Call, schema: Schema, table: Table, saved: SavedQuery | None = None) -> dict[str, Any]:
    query = {
        **common(call, schema.name, table, saved),
        "hidden": saved is not None and saved.is_hidden,
        "snapshot": False,
        "inherit": saved is not None and saved.inherits,
        "isIncludedForLookups": True,
    }
    if not call.parameters.flag("includeTitle", default=True):
        del query["title"]
    if not call.parameters.flag("includeViewDataUrl", default=True):
        del query["viewDataUrl"]
    # R fails on an empty list of columns, and not on one that is missing.
    if table.columns and call.parameters.flag("includeColumns", default=True):
        describe = Fields(call, table).detailed if call.parameters.flag("queryDetailColumns") else _column
        query["columns"] = [describe(column) for column in table.columns]
    return query


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "caption": column.caption,
        "shortCaption": column.caption,
        **({"description": column.description} if column.description else {}),
    }
