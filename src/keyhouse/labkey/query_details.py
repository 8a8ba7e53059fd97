"""The controller ``query``, one table in detail (client-api.md, sections 8.7 and 11)."""

from typing import Any

from keyhouse.data import Column, Kind, Table
from keyhouse.labkey.access import enter
from keyhouse.labkey.column_metadata import detailed, field_key
from keyhouse.labkey.query_schemas import common
from keyhouse.labkey.query_select import locate
from keyhouse.labkey.select_request import required
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call

actions = ActionTable()


@actions.add("query-getQueryDetails", is_csrf_exempt=True)
def get_query_details(call: Call) -> dict[str, Any]:
    """Describe one table and its columns; the flags that the Java client needs are all there."""
    schema_name = required(call.parameters, "schemaName", "query.schemaName")
    query_name = required(call.parameters, "queryName", "query.queryName")
    enter(call, schema_name, query_name)
    schema, table = locate(call, schema_name, query_name)
    return {
        **common(call, schema, table),
        "schemaName": schema.name,
        "titleColumn": _title_column(table),
        "canDelete": False,
        "isTemporary": False,
        "supportMerge": False,
        "supportGroupConcatSubSelect": False,
        "auditHistoryUrl": None,
        "importUrl": None,
        "insertUrl": None,
        "importTemplates": [],
        "columns": [detailed(column) for column in _wanted(call, table)],
        "indices": _indices(table),
        "defaultView": {"columns": _visible(table)},
        "views": [_default_view(table)],
        "targetContainers": [],
    }


def _wanted(call: Call, table: Table) -> tuple[Column, ...]:
    """Return the columns of parameter `fields`, or all."""
    texts = [value for value in call.parameters.all("fields") if isinstance(value, str)]
    names = {name.strip().casefold() for text in texts for name in text.split(",") if name.strip()}
    if not names:
        return table.columns
    return tuple(
        column
        for column in table.columns
        if column.name.casefold() in names or field_key(column.name).casefold() in names
    )


def _title_column(table: Table) -> str | None:
    texts = (column for column in table.columns if column.kind is Kind.STRING and not column.hidden)
    found = next(texts, None) or table.key
    return found.name if found else None


def _indices(table: Table) -> dict[str, Any]:
    keys = [column.name for column in table.columns if column.key]
    return {"primary": {"type": "primary", "columns": keys}} if keys else {}


def _visible(table: Table) -> list[dict[str, Any]]:
    return [detailed(column) for column in table.columns if not column.hidden]


def _default_view(table: Table) -> dict[str, Any]:
    columns = [column for column in table.columns if not column.hidden]
    return {
        "name": "",
        "label": "default",
        "default": True,
        "hidden": False,
        "shared": True,
        "editable": False,
        "savable": False,
        "columns": [{"name": column.name, "key": field_key(column.name)} for column in columns],
        "fields": [detailed(column) for column in columns],
        "filter": [],
        "sort": [],
    }
