"""A script that reads the rows of a grid, to look at and to copy."""

from dataclasses import dataclass

from django.http import HttpResponse

from keyhouse.audit import Kind
from keyhouse.console import grid_address
from keyhouse.console.export_menu import MenuLink, script_url
from keyhouse.console.grid_address import GridAddress
from keyhouse.console.grid_links import grid_url
from keyhouse.console.grid_table import selection_of, table_of
from keyhouse.console.show import show
from keyhouse.data import Table
from keyhouse.schemas.scripting import rows_for_script
from keyhouse.scripts.languages import LANGUAGES, Language
from keyhouse.scripts.selection import ScriptFilter, Selection
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()


@dataclass(frozen=True)
class ScriptPage:
    """All that the template writes; `machine` is the name that the netrc file needs."""

    language: Language
    languages: list[MenuLink]
    text: str
    plain_url: str
    machine: str
    netrc_line: str


@actions.add("query-showScript", methods=["GET"], is_page=True)
def show_script(call: Call) -> HttpResponse:
    """Show a script for the rows of a grid, in one language and with links to the others."""
    address = grid_address.read(call.parameters)
    kind = call.parameters.text("scriptType", default="r").strip().lower()
    language = LANGUAGES.get(kind)
    if language is None:
        raise NotFound(f"Export script type not found: {kind[:30]}. Types are {', '.join(LANGUAGES)}.")
    table = table_of(call, address)
    selection = _selection(call, address, table)
    comment = f"Exported to script type {language.type}"
    call.record(Kind.SCRIPT_EXPORTED, comment, schema=address.schema, query=table.name)
    page = ScriptPage(
        language=language,
        languages=[MenuLink(each.title, script_url(call, address, each.type)) for each in LANGUAGES.values()],
        text=language.write(selection),
        plain_url=script_url(call, address, language.type, "query-exportScript.view"),
        machine=selection.place.host,
        netrc_line=selection.netrc_line(),
    )
    trail = [Crumb(address.schema, call.url("project-begin.view")), Crumb(table.title, grid_url(call, address))]
    return show(call, "script.html", f"{language.title} script", trail=trail, script=page, table=table)


def _selection(call: Call, address: GridAddress, table: Table) -> Selection:
    return rows_for_script(
        call,
        address.schema,
        table,
        selection_of(call, address, table).columns,
        view=address.view,
        filters=tuple(ScriptFilter(each.column, each.op, each.value) for each in address.filters),
        sort=address.sort_text,
        container_filter=address.container_filter,
        parameters=address.given,
        ignores_view_filter=address.ignores_view_filter,
    )
