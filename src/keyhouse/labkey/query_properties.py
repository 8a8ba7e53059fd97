"""What clients are told of a query beside its columns: in the list of a schema's queries, and in its details."""

from typing import Any

from keyhouse.core.permissions import Permission
from keyhouse.data import Table
from keyhouse.queries.models import SavedQuery
from keyhouse.schemas.query_saving import may_edit
from keyhouse.web.call import Call


def common(call: Call, schema_name: str, table: Table, saved: SavedQuery | None = None) -> dict[str, Any]:
    """Return what a list of tables and the details of one have in common; `saved` is the row of a saved query."""
    is_inherited = saved is not None and saved.folder_id != call.folder.id
    return {
        "name": table.name,
        "title": table.title,
        **({"description": table.description} if table.description else {}),
        "isUserDefined": saved is not None,
        **({"moduleName": None} if saved else {}),
        "isInherited": is_inherited,
        **({"containerPath": saved.folder.path} if saved and is_inherited else {}),
        "isMetadataOverrideable": False,
        "canEdit": saved is not None and may_edit(call, saved),
        "canEditSharedViews": call.may(Permission.UPDATE),
        "viewDataUrl": data_url(call, schema_name, table.name),
    }


def data_url(call: Call, schema_name: str, query_name: str, action: str = "query-executeQuery.view") -> str:
    """Return the address of a page about a table, by default the one with its rows."""
    return call.url(action, **{"schemaName": schema_name, "query.queryName": query_name})
