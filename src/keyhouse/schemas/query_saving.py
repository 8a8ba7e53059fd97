"""Who may save and delete queries, the same for pages and clients: administrators of the folder.

Whoever reads a query reads it with rights of their own, so what its writer may see makes no difference.
"""

from keyhouse.core.permissions import Permission
from keyhouse.data import BadValue
from keyhouse.data.sql import BadStatement, SqlTable
from keyhouse.queries.models import SavedQuery
from keyhouse.queries.names import NameRefused
from keyhouse.schemas.find import Schema
from keyhouse.schemas.saved import SavedTable
from keyhouse.schemas.sql import CallCatalog
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound


def may_edit(call: Call, row: SavedQuery | None) -> bool:
    """Tell whether the caller may change a query, or delete it; with None, whether a new one may be saved here."""
    if call.principal.is_guest:
        return False
    if row is None:
        return call.may(Permission.ADMIN)
    return bool(row.bound_to) or call.may(Permission.ADMIN, row.folder)


def save_query(
    call: Call,
    schema: Schema,
    name: str,
    sql: str,
    *,
    title: str | None = None,
    description: str | None = None,
    inherits: bool | None = None,
) -> SavedQuery:
    """Save a query, or change the one of its name; what is None stays as it is.

    Raises `Unauthorized`, `NameRefused`. A statement that cannot be understood is saved all the same, as LabKey does.
    """
    existing = stored_query(call, schema.name, name)
    if not may_edit(call, existing):
        raise call.refused()
    if existing is None and _is_table(schema, name):
        raise NameRefused(f"There is a table '{name}' in the schema '{schema.name}'; take another name for the query.")
    # One that is inherited is changed where it is kept.
    return call.site.saved_queries.save(
        existing.folder if existing else call.folder,
        schema.name,
        existing.name if existing else name,
        sql,
        call.caller,
        title=title if title is not None else existing.title if existing else "",
        description=description if description is not None else existing.description if existing else "",
        is_hidden=existing.is_hidden if existing else False,
        inherits=inherits if inherits is not None else existing.inherits if existing else False,
    )


def stored_query(call: Call, schema_name: str, name: str) -> SavedQuery | None:
    """Find a query that is kept until somebody deletes it, in this folder or inherited by it."""
    found = call.site.saved_queries.find(call.folder, schema_name, name, call.caller)
    return found if found is not None and not found.bound_to else None


def delete_query(call: Call, schema: Schema, name: str) -> None:
    """Delete a query. Raises `NotFound`, `Unauthorized`."""
    row = call.site.saved_queries.find(call.folder, schema.name, name, call.caller)
    if row is None:
        raise NotFound(f"Query not found: {name[:255]}")
    if not may_edit(call, row):
        raise call.refused()
    call.site.saved_queries.delete(row, call.caller)


def fault_of(call: Call, schema: Schema, sql: str) -> BadStatement | None:
    """Return what is wrong with a statement for this caller, if anything is."""
    try:
        _ = SqlTable(sql, CallCatalog(call, schema.name)).statement
    except BadStatement as error:
        return error
    except BadValue as error:
        return BadStatement(str(error))
    return None


def _is_table(schema: Schema, name: str) -> bool:
    table = schema.table(name)
    return table is not None and not isinstance(table, SavedTable)
