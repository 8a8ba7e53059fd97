"""Find the table that a grid or an export shows, and put the grid's address to it as a query."""

from collections.abc import Sequence

from keyhouse.console.grid_address import GridAddress
from keyhouse.core.permissions import Permission
from keyhouse.data import Filter, Query, Table
from keyhouse.queries.views import View
from keyhouse.schemas.asking import asked_by
from keyhouse.schemas.container_filters import folders_meant
from keyhouse.schemas.custom_views import Selection, seen_through, view_named, views_of
from keyhouse.schemas.find import find_schema
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound


def table_of(call: Call, address: GridAddress) -> Table:
    """Return the table; the caller must be allowed to read the folder."""
    call.require(Permission.READ)
    schema = find_schema(call, address.schema, folders_meant(call, address.container_filter))
    if schema is None:
        raise NotFound(f"The schema '{address.schema[:100]}' does not exist in {call.folder.path}.")
    table = schema.table(address.query)
    if table is None:
        raise NotFound(f"The query '{address.query[:100]}' in the schema '{schema.name}' does not exist.")
    return table


def selection_of(call: Call, address: GridAddress, table: Table, views: Sequence[View] | None = None) -> Selection:
    """Return what the address says of columns, filters and sort once its view has had its say; raises `NotFound`.

    `views` are those of the query, where they have been read.
    """
    filters = tuple(Filter(each.column, each.op, each.value) for each in address.filters)
    view = view_named(views_of(call, address.schema, address.query) if views is None else views, address.view)
    return seen_through(call, table, view, address.columns or None, filters, address.sort, address.ignores_view_filter)


def query_of(call: Call, address: GridAddress, is_paged: bool, chosen: Selection) -> Query:
    """Return what the address asks for: one page of it, or all its rows."""
    query = Query(
        columns=chosen.columns,
        filters=chosen.filters,
        sort=chosen.sort,
        offset=address.offset if is_paged else 0,
        max_rows=address.max_rows if is_paged else None,
    )
    return asked_by(call, query, folders_meant(call, address.container_filter))
