"""Find the table that a grid or an export shows, and put the grid's address to it as a query."""

from keyhouse.console.grid_address import GridAddress
from keyhouse.core.permissions import Permission
from keyhouse.data import Filter, Query, Table
from keyhouse.schemas.find import find_schema
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound


def table_of(call: Call, address: GridAddress) -> Table:
    """Return the table; the caller must be allowed to read the folder."""
    call.require(Permission.READ)
    schema = find_schema(call, address.schema)
    if schema is None:
        raise NotFound(f"The schema '{address.schema[:100]}' does not exist in {call.folder.path}.")
    table = schema.table(address.query)
    if table is None:
        raise NotFound(f"The query '{address.query[:100]}' in the schema '{schema.name}' does not exist.")
    return table


def query_of(call: Call, address: GridAddress, is_paged: bool) -> Query:
    """Return what the address asks for: one page of it, or all its rows."""
    return Query(
        filters=tuple(Filter(each.column, each.op, each.value) for each in address.filters),
        sort=address.sort,
        offset=address.offset if is_paged else 0,
        max_rows=address.max_rows if is_paged else None,
        today=call.site.clock().date(),
    )
