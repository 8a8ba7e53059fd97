"""The controller ``query``, the distinct values of one column (client-api.md, section 8.7)."""

from dataclasses import replace
from typing import Any

from keyhouse.data.lookups import Names
from keyhouse.labkey import select_request
from keyhouse.labkey.access import enter
from keyhouse.labkey.cells import plain
from keyhouse.labkey.query_select import locate, seen_through_view
from keyhouse.schemas.asking import asked_by
from keyhouse.schemas.container_filters import folders_meant
from keyhouse.schemas.errors import told
from keyhouse.schemas.reading import Reading, asked_for
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest

actions = ActionTable()


@actions.add("query-selectDistinct", is_csrf_exempt=True)
def select_distinct(call: Call) -> dict[str, Any]:
    """List the distinct values of one column, which may be one of another table that is looked up."""
    request = select_request.read(call.parameters)
    enter(call, request.schema_name, request.query_name)
    columns = request.columns or ()
    if len(columns) != 1 or columns[0] == "*":
        raise BadRequest("'query.columns' must name exactly one column whose distinct values are wanted.")
    folders = folders_meant(call, request.container_filter)
    schema, table = locate(call, request.schema_name, request.query_name, folders)
    seen, _titled = seen_through_view(call, request, schema, table)
    order = request.sort or ((columns[0], False),)
    query = replace(asked_by(call, seen.query(table), folders), columns=columns, sort=order, distinct=True)
    with told(call), table.select(query) as stream:
        reading = Reading(call, schema.name, table, query, stream)
        if Names(table.columns, query.find).find(columns[0]) is None:
            raise BadRequest(f"There is no column '{columns[0][:255]}' in {schema.name}.{table.name}.")
        values = [_plain(row[0]) for row in stream]
    reading.record_whole(isDistinct=True, **asked_for(query, table))
    return {"schemaName": schema.name, "queryName": table.name, "values": values}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | list | None) else plain(value)
