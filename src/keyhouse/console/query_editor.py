"""Pages of saved queries: write one in LabKey SQL, look at its first rows, save it, delete it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase

from keyhouse.console.confirm import confirm, is_confirmed
from keyhouse.console.grid_words import cell_text
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.data import BadValue, Query, QueryFailed, QueryTimedOut
from keyhouse.data.sql import BadStatement, SqlTable
from keyhouse.queries.models import SavedQuery
from keyhouse.queries.names import NameRefused
from keyhouse.schemas.asking import asked_by
from keyhouse.schemas.errors import told
from keyhouse.schemas.find import Schema, find_schema
from keyhouse.schemas.query_saving import delete_query, fault_of, may_edit, save_query, stored_query
from keyhouse.schemas.reading import Reading
from keyhouse.schemas.sql import CallCatalog
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound
from keyhouse.web.pages import Crumb

actions = ActionTable()
_PREVIEWED = 50


@dataclass(frozen=True)
class Entered:
    """What the form holds; `values` are those of the statement's parameters."""

    name: str = ""
    sql: str = ""
    description: str = ""
    inherits: bool = False
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Line:
    """One line of a faulty statement."""

    number: int
    text: str
    is_faulty: bool


@dataclass(frozen=True)
class Fault:
    """What is wrong with a statement, and the lines around the place."""

    text: str
    lines: list[Line]


@dataclass(frozen=True)
class Preview:
    """The first rows of a statement; `parameters` are those that it declares, with the values that were tried."""

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    has_more: bool = False
    parameters: Sequence[tuple[str, str]] = ()


@actions.add("query-newQuery", is_page=True, permission=Permission.ADMIN)
def new_query(call: Call) -> HttpResponseBase:
    """Write a new query of a schema."""
    return _edit(call, _schema(call), None)


@actions.add("query-sourceQuery", is_page=True, permission=Permission.READ, needs_sign_in=True)
def source_query(call: Call) -> HttpResponseBase:
    """Show the text of a saved query to whoever may change it."""
    schema = _schema(call)
    name = call.parameters.text("query.queryName", "queryName")
    row = stored_query(call, schema.name, name)
    if row is None:
        raise NotFound(f"There is no saved query '{name[:100]}' in the schema '{schema.name}'.")
    if not may_edit(call, row):
        raise call.refused(row.folder)
    return _delete(call, schema, row) if call.parameters.text("do") == "delete" else _edit(call, schema, row)


def _schema(call: Call) -> Schema:
    name = call.parameters.text("schemaName", "query.schemaName")
    schema = find_schema(call, name)
    if schema is None:
        raise NotFound(f"The schema '{name[:100]}' does not exist in {call.folder.path}.")
    return schema


def _edit(call: Call, schema: Schema, row: SavedQuery | None) -> HttpResponseBase:
    if not is_post(call):
        entered = Entered(row.name, row.sql, row.description, row.inherits) if row else Entered()
        return _page(call, schema, row, entered)
    entered = _entered(call, row)
    fault = fault_of(call, schema, entered.sql) if entered.sql.strip() else BadStatement("Write a statement.")
    if call.parameters.text("do") == "preview":
        return _preview_page(call, schema, row, entered, fault)
    # A page can ask its user, as a client cannot: what is faulty is saved only where that was asked for.
    if fault is not None and not call.parameters.flag("save_faulty"):
        return _page(call, schema, row, entered, fault=fault)
    try:
        saved = _save(call, schema, row, entered)
    except NameRefused as error:
        return _page(call, schema, row, entered, [("query-name", str(error))])
    names = {"schemaName": schema.name, "query.queryName": saved.name, "said": "query-saved"}
    return lead_to(call, "query-sourceQuery.view" if fault else "query-executeQuery.view", **names)


def _save(call: Call, schema: Schema, row: SavedQuery | None, entered: Entered) -> SavedQuery:
    if row is None and stored_query(call, schema.name, entered.name) is not None:
        raise NameRefused(f"There is a query '{entered.name}' already; open that one to change it.")
    name = row.name if row else entered.name
    return save_query(call, schema, name, entered.sql, description=entered.description, inherits=entered.inherits)


def _entered(call: Call, row: SavedQuery | None) -> Entered:
    prefix = "param."
    values = {
        name[len(prefix) :]: value
        for name, value in call.parameters
        if name.startswith(prefix) and isinstance(value, str) and value
    }
    return Entered(
        name=row.name if row else call.parameters.text("name").strip(),
        sql=call.parameters.text("sql").replace("\r\n", "\n"),
        description=call.parameters.text("description").strip(),
        inherits=call.parameters.flag("inherits"),
        values=values,
    )


def _preview_page(
    call: Call, schema: Schema, row: SavedQuery | None, entered: Entered, fault: BadStatement | None
) -> HttpResponse:
    if fault is not None:
        return _page(call, schema, row, entered, fault=fault)
    try:
        preview = _previewed(call, schema, entered)
    except (BadStatement, BadValue, QueryTimedOut, QueryFailed) as error:
        return _page(call, schema, row, entered, [("sql", str(error))])
    return _page(call, schema, row, entered, preview=preview)


def _previewed(call: Call, schema: Schema, entered: Entered) -> Preview:
    table = SqlTable(entered.sql, CallCatalog(call, schema.name), entered.values)
    given = {name.casefold(): value for name, value in (entered.values or {}).items()}
    declared = table.statement.parsed.parameters
    parameters = [(each.name, given.get(each.name.casefold(), each.default or "")) for each in declared]
    query = asked_by(call, Query(max_rows=_PREVIEWED + 1))
    with told(call), table.select(query) as stream:
        reading = Reading(call, schema.name, table, query, stream)
        rows = list(stream)
    reading.record_whole(len(rows[:_PREVIEWED]), **table.traces)
    shown = [[cell_text(value) for value in row[: len(stream.columns)]] for row in rows[:_PREVIEWED]]
    return Preview([each.caption for each in stream.columns], shown, len(rows) > _PREVIEWED, parameters)


def _page(
    call: Call,
    schema: Schema,
    row: SavedQuery | None,
    entered: Entered,
    problems: Problems = (),
    fault: BadStatement | None = None,
    preview: Preview | None = None,
) -> HttpResponse:
    grid = (
        call.url("query-executeQuery.view", **{"schemaName": schema.name, "query.queryName": row.name}) if row else ""
    )
    shown = _fault(fault, entered.sql) if fault else None
    return show(
        call,
        "query_editor.html",
        row.name if row else "New query",
        problems=[*problems, *([("sql", shown.text)] if shown else [])],
        trail=[Crumb(schema.name, call.url("project-begin.view"))],
        schema=schema,
        tables=[table.name for table in schema.tables()],
        row=row,
        grid_url=grid,
        form_url=_form_url(call, schema, row),
        cancel_url=grid or call.url("project-begin.view"),
        is_inherited=row is not None and row.folder_id != call.folder.id,
        entered=entered,
        fault=shown,
        preview=preview,
    )


def _form_url(call: Call, schema: Schema, row: SavedQuery | None) -> str:
    if row is None:
        return call.url("query-newQuery.view", schemaName=schema.name)
    return call.url("query-sourceQuery.view", **{"schemaName": schema.name, "query.queryName": row.name})


def _fault(fault: BadStatement, sql: str) -> Fault:
    if not fault.line:
        return Fault(fault.text, [])
    nearby = range(max(1, fault.line - 2), fault.line + 2)
    lines = [Line(number, text, number == fault.line) for number, text in enumerate(sql.split("\n"), 1)]
    return Fault(f"Line {fault.line}: {fault.text}", [line for line in lines if line.number in nearby])


def _delete(call: Call, schema: Schema, row: SavedQuery) -> HttpResponseBase:
    url = _form_url(call, schema, row)
    if not (is_post(call) and is_confirmed(call)):
        question = f"Delete the query {row.name}? What reads it will no longer find it; the data stays."
        return confirm(call, "Delete the query", question, url, [("do", "delete")], "Yes, delete", url)
    delete_query(call, schema, row.name)
    return lead_to(call, "project-begin.view", said="query-deleted")
