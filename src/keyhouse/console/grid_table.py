"""Find the table that a grid or an export shows, and put the grid's address to it as a query."""

from keyhouse.console.grid_address import GridAddress
from keyhouse.core.permissions import Permission
from keyhouse.data import Filter, Query, SourceError, Table, UnknownSource, UnknownTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound, Unavailable


def table_of(call: Call, address: GridAddress) -> Table:
    """Return the table; the caller must be allowed to read the folder."""
    call.require(Permission.READ)
    try:
        return call.site.registry.get(call.folder.path, address.schema).table(address.query)
    except UnknownSource:
        raise NotFound(f"The schema '{address.schema[:100]}' does not exist in {call.folder.path}.") from None
    except UnknownTable:
        text = f"The query '{address.query[:100]}' in the schema '{address.schema[:100]}' does not exist."
        raise NotFound(text) from None
    except SourceError as error:
        raise Unavailable(what_is_wrong(call, address.schema, error)) from None


def what_is_wrong(call: Call, source: str, error: SourceError) -> str:
    """Say why a source does not answer; only who administers the site reads where its database is."""
    if call.rights.may(Permission.SEE_ADMIN_PAGES):
        return f"{error}."
    return f"The database of the source '{source[:100]}' does not answer."


def query_of(call: Call, address: GridAddress, is_paged: bool) -> Query:
    """Return what the address asks for: one page of it, or all its rows."""
    return Query(
        filters=tuple(Filter(each.column, each.op, each.value) for each in address.filters),
        sort=address.sort,
        offset=address.offset if is_paged else 0,
        max_rows=address.max_rows if is_paged else None,
        today=call.site.clock().date(),
    )
