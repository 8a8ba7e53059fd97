"""The controller ``query``, finding one's way: schemas and their tables (client-api.md, section 8.7)."""

from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.data import Column, Table
from keyhouse.labkey.select_request import required
from keyhouse.labkey.versions import requested
from keyhouse.schemas.find import Schema, find_schema, schemas_of
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound

actions = ActionTable()
_NESTED_SCHEMAS = 9.3


@actions.add("query-getSchemas", permission=Permission.READ, is_csrf_exempt=True)
def get_schemas(call: Call) -> dict[str, Any]:
    """List the schemas of a folder; from 9.3 on as a bare map, since R takes every member for a schema."""
    # No schema of ours has schemas in it.
    inside = call.parameters.text("schemaName").strip()
    schemas = [] if inside else sorted(schemas_of(call), key=lambda schema: schema.name.casefold())
    if requested(call) >= _NESTED_SCHEMAS:
        return {schema.name: _schema(schema) for schema in schemas}
    return {"schemas": [schema.name for schema in schemas]}


@actions.add("query-getQueries", permission=Permission.READ, is_csrf_exempt=True)
def get_queries(call: Call) -> dict[str, Any]:
    """List the tables of a schema."""
    name = required(call.parameters, "schemaName")
    schema = find_schema(call, name)
    if schema is None:
        raise NotFound(f"The schema name '{name[:255]}' was not found within the folder '{call.folder.path}'")
    tables = schema.tables() if call.parameters.flag("includeSystemQueries", default=True) else []
    return {"schemaName": schema.name, "queries": [_query(call, schema, table) for table in tables]}


def common(call: Call, schema: Schema, table: Table) -> dict[str, Any]:
    """Return what a list of tables and the details of one have in common."""
    return {
        "name": table.name,
        "title": table.title,
        "description": table.description,
        "isUserDefined": False,
        "isInherited": False,
        "isMetadataOverrideable": False,
        "canEdit": False,
        "canEditSharedViews": False,
        "viewDataUrl": data_url(call, schema, table),
    }


def data_url(call: Call, schema: Schema, table: Table) -> str:
    """Return the address of the page with the rows of a table."""
    query = {"schemaName": schema.name, "query.queryName": table.name}
    return call.url("query-executeQuery.view", **query)


def _schema(schema: Schema) -> dict[str, Any]:
    return {
        "schemaName": schema.name,
        "fullyQualifiedName": schema.name,
        "description": schema.description,
        "hidden": False,
        "schemas": {},
    }


def _query(call: Call, schema: Schema, table: Table) -> dict[str, Any]:
    query = {**common(call, schema, table), "hidden": False, "snapshot": False, "inherit": False}
    if not call.parameters.flag("includeTitle", default=True):
        del query["title"]
    if not call.parameters.flag("includeViewDataUrl", default=True):
        del query["viewDataUrl"]
    if call.parameters.flag("includeColumns", default=True):
        query["columns"] = [_column(column) for column in table.columns]
    return query


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "caption": column.caption,
        "shortCaption": column.caption,
        "description": column.description,
    }
