"""API Keys: all keys of the server, for who manages users; filter, select, delete."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console import grid_address
from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.grid_address import GridAddress
from keyhouse.console.grid_links import Chip, chips, grid_url
from keyhouse.console.grid_table import query_of, selection_of
from keyhouse.console.grid_words import OPERATORS
from keyhouse.console.key_lines import QUESTION, KeyColumn, in_words, line_of, row_ids, title
from keyhouse.console.paging import Step, steps
from keyhouse.console.show import Problems, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.data import BadValue, Column, Kind, MemoryTable, Query, Row
from keyhouse.keys.models import ApiKey
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import MethodNotAllowed, NotFound

actions = ActionTable()
HIDDEN = NotFound("The query 'APIKeys' in the schema 'core' does not exist.")

_COLUMNS = (
    Column("RowId", Kind.INT, nullable=False, key=True, hidden=True),
    Column("CreatedBy/Email", Kind.STRING, caption="User"),
    Column("Created", Kind.DATE),
    Column("Expiration", Kind.DATE, caption="Expires"),
    Column("LastUsed", Kind.DATE, caption="Last used"),
    Column("Provider", Kind.STRING, caption="Sign-in"),
    Column("Description", Kind.STRING),
    Column("KeyId", Kind.STRING, caption="Key id"),
)
_SHOWN = tuple(column for column in _COLUMNS if not column.hidden)
_FIELDS = ("id", "owner__email", "created_at", "expires_at", "last_used_at", "provider", "description", "key_id")


@dataclass(frozen=True)
class KeyList:
    """What surrounds the rows."""

    url: str
    state: list[tuple[str, str]]
    filter_columns: list[tuple[str, str]]
    operators: list[tuple[str, str]]
    filters: list[Chip]
    clear_url: str
    first: int
    last: int
    total: int
    more_than_shown: bool
    steps: list[Step]


def show_all(call: Call, address: GridAddress) -> HttpResponse:
    """Show all keys; to everybody else this query does not exist."""
    if not call.rights.may(Permission.MANAGE_USERS):
        raise NotFound(HIDDEN.text)
    try:
        ids, total = _found(call, address, is_paged=True)
        problems: Problems = []
    except BadValue as error:
        ids, total, problems = [], 0, [("filter-value", f"{error}.")]
    keys = ApiKey.objects.select_related("owner").in_bulk(ids)
    now = call.site.clock()
    return show(
        call,
        "api_keys.html",
        "API Keys",
        is_admin_page=True,
        is_wide=True,
        problems=problems,
        list=_list(call, address, len(ids), total),
        keys=[line_of(keys[each], now) for each in ids if each in keys],
        key_columns=[_header(call, address, column) for column in _SHOWN],
        delete_url=f"{call.url('query-deleteQueryRows.view', '/')}?{urlencode(address.parameters)}",
    )


@actions.add("query-deleteQueryRows", is_page=True, site_permission=Permission.MANAGE_USERS)
def delete_rows(call: Call) -> HttpResponseBase:
    """Delete the selected keys, or all of the filtered list, after asking."""
    if call.request.method != "POST":
        raise MethodNotAllowed("Select the keys on the page API Keys and delete them there.")
    address = grid_address.read(call.parameters)
    if (address.schema.lower(), address.query.lower()) != ("core", "apikeys"):
        raise NotFound("Rows of this query cannot be deleted on a page.")
    keys = _chosen(call, address)
    back = f"{call.url('query-executeQuery.view', '/')}?{urlencode(address.selection)}"
    if keys and not is_confirmed(call):
        fields = [("key", str(key.pk)) for key in keys]
        url = call.url("query-deleteQueryRows.view", "/") + f"?{urlencode(address.selection)}"
        return confirm(call, title(len(keys)), QUESTION, url, fields, "Yes, Delete", back, in_words(keys))
    deleted = call.site.api_keys.revoke(keys, call.caller)
    said = "none-selected" if not deleted else "key-deleted" if deleted == 1 else "keys-deleted"
    return lead_to(call, "query-executeQuery.view", "/", **dict(address.selection), said=said)


def _chosen(call: Call, address: GridAddress) -> list[ApiKey]:
    alive = ApiKey.objects.filter(revoked_at=None).select_related("owner").order_by("-created_at")
    if call.parameters.text("all") and not is_confirmed(call):
        ids, _total = _found(call, address, is_paged=False)
    else:
        ids = row_ids(call.parameters.all("key", ".select"))
    by_id = alive.in_bulk(ids)
    return [by_id[each] for each in ids if each in by_id]


def _rows() -> Iterator[Row]:
    yield from ApiKey.objects.filter(revoked_at=None).order_by("-created_at", "-id").values_list(*_FIELDS).iterator()


def _found(call: Call, address: GridAddress, is_paged: bool) -> tuple[list[int], int]:
    table = MemoryTable("APIKeys", _COLUMNS, _rows)
    asked = query_of(call, address, is_paged, selection_of(call, address, table))
    # Without a sort the newest come first, as `_rows` gives them; paging would sort by the row's number.
    query = Query(("RowId",), asked.filters, asked.sort, today=asked.today)
    ids = [row[0] for row in table.select(query)]
    return (ids[asked.offset : asked.offset + address.max_rows] if is_paged else ids), len(ids)


def _list(call: Call, address: GridAddress, shown: int, total: int) -> KeyList:
    return KeyList(
        url=call.url("query-executeQuery.view", "/"),
        state=[each for each in address.parameters if each[0] != "query.offset"],
        filter_columns=[(column.name, column.caption) for column in _SHOWN],
        operators=list(OPERATORS.items()),
        filters=chips(call, address, {column.name.lower(): column.caption for column in _COLUMNS}),
        clear_url=grid_url(call, address.without_filters()),
        first=address.offset + 1,
        last=address.offset + shown,
        total=total,
        more_than_shown=total > shown,
        steps=steps(address.offset, address.max_rows, total, lambda start: grid_url(call, address.at(start))),
    )


def _header(call: Call, address: GridAddress, column: Column) -> KeyColumn:
    url = grid_url(call, address.sorted_by(column.name))
    return KeyColumn(column.caption, address.direction_of(column.name), url)
