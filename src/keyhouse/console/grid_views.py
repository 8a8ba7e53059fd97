"""The view menu of a grid: which views there are, which one shows, and what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from keyhouse.console.grid_address import GridAddress
from keyhouse.console.grid_links import grid_url
from keyhouse.console.grid_words import selection_words
from keyhouse.data import Table, find_column
from keyhouse.queries.definition import ViewDefinition
from keyhouse.queries.views import View
from keyhouse.schemas.view_saving import may_change
from keyhouse.schemas.view_telling import told_of
from keyhouse.web.call import Call


@dataclass(frozen=True)
class ViewLink:
    """One view to choose; `remark` says whose it is."""

    title: str
    url: str
    remark: str
    is_shown: bool


@dataclass(frozen=True)
class ViewMenu:
    """The views of a grid. `words` say what filters and sort the view brings; `toggle_url` leads to rows without.

    `folders` are the choices of whose rows show, for a table whose rows belong to folders.
    """

    title: str
    links: list[ViewLink]
    folders: list[ViewLink]
    words: list[str]
    missing: list[str]
    toggle_url: str
    is_ignored: bool
    save_url: str
    delete_url: str


def menu_of(call: Call, address: GridAddress, table: Table, views: Sequence[View]) -> ViewMenu:
    """Return the menu of a grid with these views; one that is hidden is listed only while it shows."""
    wanted = "" if address.view.casefold() == "default" else address.view.casefold()
    shown = next((view for view in views if view.row.name_key == wanted), None)
    named = sorted((view for view in views if view.name), key=lambda view: view.row.name_key)
    links = [_link(call, address, view) for view in named if not view.row.is_hidden or view is shown]
    default = next((view for view in views if not view.name), None)
    first = ViewLink("Default", _url(call, address, ""), _remark(default), not wanted)
    said = told_of(call, table, shown.definition) if shown else ViewDefinition()
    brings = shown is not None and bool(shown.definition.filters or shown.definition.sort)
    return ViewMenu(
        title=(shown.name if shown else "") or "Default view",
        links=[first, *links],
        folders=_folders(call, address, table),
        words=_words(said, table) if not address.ignores_view_filter else [],
        missing=missing_columns(said, table),
        toggle_url=grid_url(call, address.ignoring_view_filter(not address.ignores_view_filter)) if brings else "",
        is_ignored=address.ignores_view_filter,
        save_url="" if call.principal.is_guest else f"{call.url('query-saveView.view')}?{urlencode(address.selection)}",
        delete_url=_delete_url(call, address, shown),
    )


def _words(said: ViewDefinition, table: Table) -> list[str]:
    return selection_words(table, [(each.field_key, each.op, each.value) for each in said.filters], said.sort)


def missing_columns(said: ViewDefinition, table: Table) -> list[str]:
    """Name the columns of a view that the table does not have; what lies behind a lookup is not looked for here."""
    keys = [each.field_key for each in said.columns]
    return [key for key in keys if find_column(table.columns, key.partition("/")[0]) is None]


def _folders(call: Call, address: GridAddress, table: Table) -> list[ViewLink]:
    if getattr(table, "folders", None) is None:
        return []
    wanted = address.container_filter.casefold()
    chosen = "" if wanted == "current" else wanted
    offered = {"": "This folder", "CurrentAndSubfolders": "This folder and those below", "AllFolders": "All folders"}
    if address.container_filter and chosen not in {name.casefold() for name in offered}:
        offered[address.container_filter] = address.container_filter
    return [
        ViewLink(title, grid_url(call, address.with_rows_of(name)), "", name.casefold() == chosen)
        for name, title in offered.items()
    ]


def _link(call: Call, address: GridAddress, view: View) -> ViewLink:
    is_shown = view.row.name_key == address.view.casefold()
    return ViewLink(view.name, _url(call, address, view.name), _remark(view), is_shown)


def _url(call: Call, address: GridAddress, name: str) -> str:
    return grid_url(call, address.seen_through(name))


def _remark(view: View | None) -> str:
    if view is None:
        return ""
    if view.is_in_session:
        return "until you sign out"
    return "everybody's" if view.is_shared else "yours"


def _delete_url(call: Call, address: GridAddress, view: View | None) -> str:
    if view is None or call.principal.is_guest or not may_change(call, view):
        return ""
    names = {"schemaName": address.schema, "query.queryName": address.query, "query.viewName": view.name}
    return call.url("query-confirmDeleteView.view", **names)
