"""Which rows an export or a script means: those of `selectRows` with the same parameters."""

from dataclasses import dataclass, replace

from keyhouse.data import Query, Table
from keyhouse.labkey import select_request
from keyhouse.labkey.access import enter
from keyhouse.labkey.query_select import locate, seen_through_view
from keyhouse.labkey.select_request import SelectRequest
from keyhouse.labkey.shaping import Titles
from keyhouse.schemas.asking import asked_by
from keyhouse.schemas.container_filters import folders_meant
from keyhouse.web.call import Call


@dataclass(frozen=True)
class Asked:
    """A table that the caller may read, and what of it is asked for; `titled` gives columns the titles of the view."""

    request: SelectRequest
    schema_name: str
    table: Table
    query: Query
    titled: Titles


def ask(call: Call) -> Asked:
    """Read the request and find its table; raises `WireError` as `selectRows` does."""
    request = select_request.read(call.parameters)
    enter(call, request.schema_name, request.query_name)
    folders = folders_meant(call, request.container_filter)
    schema, table = locate(call, request.schema_name, request.query_name, folders)
    seen, titled = seen_through_view(call, request, schema, table)
    # A hidden key goes along for clients that delete rows by it; in a file it would only puzzle.
    query = replace(seen.query(table), columns=seen.columns)
    return Asked(request, schema.name, table, asked_by(call, query, folders), titled)
