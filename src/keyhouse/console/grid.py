"""The grid of a query: rows to read, sort, filter, page through and take along."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console import api_keys, grid_address
from keyhouse.console.export_menu import ExportMenu, export_menu
from keyhouse.console.grid_address import GridAddress, GridFilter
from keyhouse.console.grid_cells import Cell, Header, Shown, cells_of, header_of, shown_columns
from keyhouse.console.grid_links import Chip, added_filter, chips, grid_url
from keyhouse.console.grid_saved import SavedBar, bar_of, problem_of
from keyhouse.console.grid_table import query_of, selection_of, table_of
from keyhouse.console.grid_views import ViewMenu, menu_of
from keyhouse.console.grid_words import OPERATORS
from keyhouse.console.paging import Step, steps
from keyhouse.console.show import Problems, lead_to, show
from keyhouse.data import BadValue, QueryFailed, QueryTimedOut, SourceError, Table, find_column
from keyhouse.queries.views import View
from keyhouse.schemas.custom_views import Selection, views_of
from keyhouse.schemas.errors import wire_error
from keyhouse.schemas.reading import Reading, asked_for
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()


@dataclass(frozen=True)
class Grid:
    """All that the template writes."""

    url: str
    schema: str
    description: str
    columns: list[Header]
    rows: list[list[Cell]]
    filters: list[Chip]
    clear_url: str
    state: list[tuple[str, str]]
    operators: list[tuple[str, str]]
    filter_column: str
    filter_op: str
    filter_value: str
    first: int
    last: int
    total_text: str
    steps: list[Step]
    exports: ExportMenu
    views: ViewMenu
    saved: SavedBar | None


@dataclass(frozen=True)
class Found:
    """The rows of one page, and what was left out of the query."""

    columns: Sequence[Shown] = ()
    rows: Sequence[Sequence[Any]] = ()
    total: int = 0
    ignored: tuple[str, ...] = ()
    problem: str = ""


@actions.add("query-executeQuery", methods=["GET"], is_page=True)
def execute_query(call: Call) -> HttpResponseBase:
    """Show one query of the folder; the server's own key lists have pages of their own."""
    address = grid_address.read(call.parameters)
    if redirect := added_filter(call, address):
        return redirect
    if address.schema.lower() == "core" and address.query.lower() == "apikeys":
        return api_keys.show_all(call, address)
    if address.schema.lower() == "core" and address.query.lower() == "userapikeys":
        return lead_to(call, "security-externalToolsView.view", "/")
    if not address.schema or not address.query:
        raise NotFound("The address names no query: it needs schemaName and query.queryName.")
    table = table_of(call, address)
    views = views_of(call, address.schema, table.name)
    found = _read(call, table, address, selection_of(call, address, table, views))
    return _page(call, table, address, found, views)


def _read(call: Call, table: Table, address: GridAddress, selection: Selection) -> Found:
    if problem := problem_of(table):
        return Found(_unread(table, selection), problem=problem)
    query = replace(query_of(call, address, True, selection), has_displays=True)
    try:
        with table.select(query) as stream:
            reading = Reading(call, address.schema, table, query, stream)
            rows, columns, ignored = list(stream), stream.columns, stream.ignored
        total = table.count(query)
    except (BadValue, QueryTimedOut, QueryFailed) as error:
        return Found(_unread(table, selection), problem=f"{error}.".replace("..", "."))
    except SourceError as error:
        raise wire_error(call, error) from None
    reading.record_whole(total=total, **asked_for(query, table))
    return Found(shown_columns(selection.titled(columns), stream), rows, total, ignored)


def _unread(table: Table, selection: Selection) -> list[Shown]:
    return shown_columns(selection.titled([column for column in table.columns if not column.hidden]))


def _page(call: Call, table: Table, address: GridAddress, found: Found, views: Sequence[View]) -> HttpResponse:
    problems: Problems = [("filter-value", found.problem)] if found.problem else []
    return show(
        call,
        "grid.html",
        table.title,
        is_wide=True,
        problems=problems,
        ignored=[f"{sentence}, so it was left out." for sentence in found.ignored],
        trail=[Crumb(address.schema, call.url("project-begin.view"))],
        grid=_grid(call, table, address, found, views),
    )


def _grid(call: Call, table: Table, address: GridAddress, found: Found, views: Sequence[View]) -> Grid:
    columns = found.columns
    shown = [each for each in address.parameters if each[0] != "query.offset"]
    last_filter = (
        address.filters[-1]
        if address.filters and found.problem
        else GridFilter(columns[0].key if columns else "", "eq")
    )
    return Grid(
        url=call.url("query-executeQuery.view"),
        schema=address.schema,
        description=table.description or "",
        columns=[header_of(call, address, column) for column in columns],
        rows=[cells_of(row, columns) for row in found.rows],
        filters=chips(call, address, _titles(table, columns)),
        clear_url=grid_url(call, address.without_filters()),
        state=shown,
        operators=list(OPERATORS.items()),
        filter_column=_exact_name(table, last_filter.column),
        filter_op=last_filter.op,
        filter_value=last_filter.value,
        first=address.offset + 1,
        last=address.offset + len(found.rows),
        total_text=f"{found.total:,}",
        steps=steps(address.offset, address.max_rows, found.total, lambda start: grid_url(call, address.at(start))),
        exports=export_menu(call, address),
        views=menu_of(call, address, table, views),
        saved=bar_of(call, address, table),
    )


def _titles(table: Table, columns: Sequence[Shown]) -> dict[str, str]:
    own = {column.name.lower(): column.caption for column in table.columns}
    return own | {column.key.lower(): column.title for column in columns} | {"*": "Any column"}


def _exact_name(table: Table, name: str) -> str:
    column = find_column(table.columns, name)
    return column.name if column else name
