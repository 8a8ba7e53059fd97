"""How identifying the columns of this folder's tables are: which tables there are, and a page for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase

from keyhouse.compliance.marks import MarksError
from keyhouse.console.show import Problems, is_post, lead_to, show
from keyhouse.core.permissions import Permission
from keyhouse.core.phi import PhiLevel
from keyhouse.data import SourceTable
from keyhouse.data.phi import level_of
from keyhouse.schemas.errors import told
from keyhouse.schemas.lists import ListsSchema
from keyhouse.schemas.marking import forgotten, lists_kept_in, source_named
from keyhouse.web.actions import ActionTable
from keyhouse.web.call import Call
from keyhouse.web.errors import NotFound, Unavailable
from keyhouse.web.pages import Crumb

actions = ActionTable()
_LEVEL = "level."


@dataclass(frozen=True)
class Line:
    """One table of a schema: how many columns are marked, and where that is changed."""

    name: str
    url: str
    marked: int
    columns: int
    participant: str


@dataclass(frozen=True)
class Part:
    """One schema of the folder. `default` is what its unmarked columns count as; None for lists, which have none."""

    name: str
    lines: Sequence[Line]
    default: str | None
    problem: str = ""


@dataclass(frozen=True)
class Choice:
    """One column: its mark (empty for none), what its field says by itself, and what looks forgotten about it."""

    control: str
    name: str
    title: str
    mark: str
    said: str
    warning: str


@actions.add(
    "admin-phiMarks", is_page=True, permission=Permission.ADMIN, ignores_declarations=True, needs_fresh_sign_in=True
)
def phi_marks(call: Call) -> HttpResponseBase:
    """Show the marks of one table, or of which tables there are, and change them."""
    schema, query = call.parameters.text("schemaName").strip(), call.parameters.text("query.queryName").strip()
    if query:
        return _table(call, schema, query)
    if not is_post(call):
        return _overview(call)
    level = PhiLevel.named(call.parameters.text("default"))
    if level is None:
        return _overview(call, [(f"default-{schema}", "Choose one of the levels.")])
    try:
        source = source_named(call, schema).name
        changed = call.site.table_marks.set_default(call.folder, source, level, call.caller, call.phi_ceiling)
    except MarksError as error:
        return _overview(call, [(f"default-{schema}", str(error))])
    return lead_to(call, "admin-phiMarks.view", said="marks-saved" if changed else "marks-same")


def _overview(call: Call, problems: Problems = ()) -> HttpResponse:
    parts = [_lists_part(call), *(_source_part(call, spec.name) for spec in call.site.registry.specs(call.folder.path))]
    return show(
        call,
        "phi_marks.html",
        "PHI of columns",
        problems=problems,
        parts=[part for part in parts if part is not None],
        levels=_levels(),
        marks_url=call.url("admin-phiMarks.view"),
        demands_url=call.url("admin-folderDemands.view"),
    )


def _lists_part(call: Call) -> Part | None:
    name = ListsSchema.name
    lines = [_line(call, name, table) for table in lists_kept_in(call)]
    return Part(name, lines, None) if lines else None


def _source_part(call: Call, name: str) -> Part:
    default = call.marks.default_of(name).wire_name
    try:
        with told(call):
            tables = source_named(call, name).tables()
    except Unavailable as error:
        return Part(name, [], default, error.text)
    return Part(name, [_line(call, name, table) for table in tables], default)


def _line(call: Call, schema: str, table: SourceTable) -> Line:
    marks = call.marks.of(schema, table.name)
    marked = sum(max(marks.level_of(column.name), level_of(column)) > PhiLevel.NOT_PHI for column in table.columns)
    url = call.url("admin-phiMarks.view", **{"schemaName": schema, "query.queryName": table.name})
    return Line(table.name, url, marked, len(table.columns), marks.participant_column)


def _table(call: Call, schema: str, query: str) -> HttpResponseBase:
    is_list = schema.casefold() == ListsSchema.name
    tables = lists_kept_in(call) if is_list else _tables_of(call, schema)
    table = next((each for each in tables if each.name.casefold() == query.casefold()), None)
    if table is None:
        raise NotFound(f"There is no table '{query[:100]}' of '{schema[:100]}' that is marked in {call.folder.path}.")
    name = ListsSchema.name if is_list else source_named(call, schema).name
    if not is_post(call):
        return _table_page(call, name, table, tables)
    problems = _save(call, name, table)
    if problems:
        return _table_page(call, name, table, tables, problems)
    return lead_to(call, "admin-phiMarks.view", said="marks-saved")


def _tables_of(call: Call, schema: str) -> Sequence[SourceTable]:
    with told(call):
        return source_named(call, schema).tables()


def _save(call: Call, schema: str, table: SourceTable) -> Problems:
    sent = {column.name: call.parameters.text(_LEVEL + column.name).strip() for column in table.columns}
    levels = {name: PhiLevel.named(text) for name, text in sent.items() if text}
    wrong = [name for name, level in levels.items() if level is None]
    if wrong:
        return [("", f"Choose one of the levels for column '{wrong[0]}'.")]
    participant = call.parameters.text("participant")
    if participant and participant not in sent:
        return [("participant", f"The table has no column '{participant[:100]}'.")]
    known = {name: level for name, level in levels.items() if level is not None}
    # A mark of a column that is gone stays: the database may bring it back.
    folded = {name.casefold() for name in sent}
    gone = {
        name: level for name, level in call.marks.of(schema, table.name).levels.items() if name.casefold() not in folded
    }
    try:
        call.site.table_marks.set_table(
            call.folder, schema, table.name, {**gone, **known}, participant, call.caller, call.phi_ceiling
        )
    except MarksError as error:
        return [("", str(error))]
    return []


def _table_page(
    call: Call, schema: str, table: SourceTable, tables: Sequence[SourceTable], problems: Problems = ()
) -> HttpResponse:
    marks = call.marks.of(schema, table.name)
    warnings = {each.column: each.reason for each in forgotten(schema, tables, call.marks) if each.table == table.name}
    given = {name.casefold(): level.wire_name for name, level in marks.levels.items()}
    sent = {name: value for name, value in call.parameters if isinstance(value, str)} if problems else {}
    choices = [
        Choice(
            control=f"{_LEVEL}{column.name}",
            name=column.name,
            title=column.caption,
            mark=sent.get(_LEVEL + column.name, given.get(column.name.casefold(), "")),
            said=level_of(column).label if level_of(column) else "",
            warning=warnings.get(column.name, ""),
        )
        for column in table.columns
    ]
    return show(
        call,
        "phi_marks_table.html",
        f"PHI of {table.title}",
        problems=problems,
        trail=[Crumb("PHI of columns", call.url("admin-phiMarks.view"))],
        choices=choices,
        levels=_levels(),
        default=marks.default.label,
        participant=sent.get("participant", marks.participant_column),
        schema=schema,
        table=table,
        may_see=call.phi_ceiling.label if call.phi_ceiling < PhiLevel.RESTRICTED else "",
        marks_url=call.url("admin-phiMarks.view"),
    )


def _levels() -> list[tuple[str, str]]:
    return [(level.wire_name, level.label) for level in PhiLevel]
