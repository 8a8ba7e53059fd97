"""Pages of custom views: save what a grid shows as a view, and delete one. All work without a script."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console import grid_address
from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.grid_address import GridAddress
from keyhouse.console.grid_links import grid_url
from keyhouse.console.grid_table import selection_of, table_of
from keyhouse.console.grid_words import selection_words
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.data import Table, encode_field_key, find_column
from keyhouse.queries.definition import ViewColumn, ViewDefinition, ViewError, ViewFilter, read
from keyhouse.queries.names import NameRefused, Subject
from keyhouse.schemas.custom_views import Selection
from keyhouse.schemas.view_saving import Wish, delete_view, save_view
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.pages import Crumb

actions = ActionTable()
OWN, EVERYBODY, SESSION = "own", "everybody", "session"


@dataclass(frozen=True)
class Choice:
    """One column to choose for the view."""

    key: str
    title: str
    is_chosen: bool


@dataclass(frozen=True)
class Entered:
    """What the form holds."""

    name: str
    columns: tuple[str, ...]
    more: str
    audience: str
    inherits: bool
    has_filters: bool


@actions.add("query-saveView", is_page=True, permission=Permission.READ, needs_sign_in=True)
def save_view_page(call: Call) -> HttpResponseBase:
    """Ask how to save what a grid shows as a view, or save it."""
    address = grid_address.read(call.parameters)
    table = table_of(call, address)
    selection = selection_of(call, address, table)
    if not is_post(call):
        return _page(call, address, table, selection, _suggested(address, table, selection))
    entered = _entered(call)
    wish = Wish(
        is_shared=entered.audience == EVERYBODY,
        is_in_session=entered.audience == SESSION,
        inherits=entered.inherits and entered.audience == EVERYBODY,
    )
    subject = Subject(call.folder, address.schema, table.name)
    try:
        said = read(_definition(entered, selection).as_json())
        view = save_view(call, subject, entered.name, said, wish)
    except (ViewError, NameRefused) as error:
        control = "view-name" if isinstance(error, NameRefused) else "columns"
        return _page(call, address, table, selection, entered, [(control, str(error))])
    return lead_to(call, "query-executeQuery.view", **_names(address, view.name), said="view-saved")


@actions.add("query-confirmDeleteView", is_page=True, permission=Permission.READ, needs_sign_in=True)
def delete_view_page(call: Call) -> HttpResponseBase:
    """Ask whether a view is to be deleted, or delete it."""
    address = grid_address.read(call.parameters)
    table = table_of(call, address)
    if not (is_post(call) and is_confirmed(call)):
        title = f"the view “{address.view}”" if address.view else "the default view"
        question = f"Delete {title} of {table.title}? The rows stay; only the way to show them goes."
        url = call.url("query-confirmDeleteView.view", **_names(address, address.view))
        return confirm(call, "Delete the view", question, url, [], "Yes, delete", grid_url(call, address))
    delete_view(call, Subject(call.folder, address.schema, table.name), address.view)
    return lead_to(call, "query-executeQuery.view", **_names(address, ""), said="view-deleted")


def _page(
    call: Call, address: GridAddress, table: Table, selection: Selection, entered: Entered, problems: Problems = ()
) -> HttpResponse:
    may_share = call.may(Permission.UPDATE)
    return show(
        call,
        "view_save.html",
        "Save as a view",
        problems=problems,
        trail=[Crumb(table.title, grid_url(call, address))],
        table_title=table.title,
        form_url=f"{call.url('query-saveView.view')}?{urlencode(address.selection)}",
        cancel_url=grid_url(call, address),
        choices=list(_choices(table, entered)),
        entered=entered,
        words=selection_words(
            table, [(each.column, each.op, each.value) for each in selection.filters], selection.sort
        ),
        audiences=_audiences(may_share),
        may_share=may_share,
    )


def _audiences(may_share: bool) -> list[tuple[str, str, str]]:
    own = (OWN, "Only I", "Nobody else sees the view.")
    everybody = (EVERYBODY, "Everybody who may read this folder", "An existing view of this name is replaced for all.")
    session = (SESSION, "Only I, until I sign out", "For trying something out.")
    return [own, *([everybody] if may_share else []), session]


def _choices(table: Table, entered: Entered) -> Iterable[Choice]:
    """Offer the chosen columns in their order, then the others."""
    keys = {encode_field_key(column.field_key): column for column in table.columns}
    chosen = [key for key in entered.columns if key in keys]
    for key in dict.fromkeys([*chosen, *keys]):
        yield Choice(key, keys[key].caption, key in chosen)


def _suggested(address: GridAddress, table: Table, selection: Selection) -> Entered:
    named = selection.columns
    if named is None:
        named = tuple(encode_field_key(column.field_key) for column in table.columns if not column.hidden)
    own = [_own_key(table, key) or key for key in named]
    more = [key for key in own if _own_key(table, key) is None]
    return Entered(address.view, tuple(own), ", ".join(more), OWN, inherits=False, has_filters=True)


def _own_key(table: Table, key: str) -> str | None:
    column = find_column(table.columns, key)
    return encode_field_key(column.field_key) if column else None


def _entered(call: Call) -> Entered:
    columns = [value for value in call.parameters.all("column") if isinstance(value, str)]
    return Entered(
        name=call.parameters.text("name").strip(),
        columns=tuple(columns),
        more=call.parameters.text("more"),
        audience=call.parameters.text("audience", default=OWN),
        inherits=call.parameters.flag("inherits"),
        has_filters=call.parameters.flag("has_filters"),
    )


def _definition(entered: Entered, selection: Selection) -> ViewDefinition:
    more = [key for part in entered.more.split(",") if (key := part.strip())]
    titles = {key.casefold(): title for key, title in selection.titles.items()}
    keys = dict.fromkeys([*entered.columns, *more])
    return ViewDefinition(
        columns=tuple(ViewColumn(key, titles.get(key.casefold(), "")) for key in keys),
        filters=tuple(ViewFilter(each.column, each.op, each.value) for each in selection.filters)
        if entered.has_filters
        else (),
        sort=selection.sort if entered.has_filters else (),
    )


def _names(address: GridAddress, view: str) -> dict[str, str]:
    names = {"schemaName": address.schema, "query.queryName": address.query}
    return names | ({"query.viewName": view} if view else {})
