"""A statement as a value: compiled, with all that it needs to be run again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlglot import exp

from keyhouse.data.columns import Column, Kind
from keyhouse.data.memory import MemoryTable
from keyhouse.data.phi import settling, ties
from keyhouse.data.places import carried
from keyhouse.data.sql.catalog import Catalog
from keyhouse.data.sql.coercion import converted
from keyhouse.data.sql.context import Context, Scope, TableUse
from keyhouse.data.sql.errors import BadStatement
from keyhouse.data.sql.generate import generate
from keyhouse.data.sql.parse import TOO_DEEP, Parameter, Parsed, parse_statement
from keyhouse.data.sql.rows import Output, Rows
from keyhouse.data.sql.scratch import scratch
from keyhouse.data.sql.selects import Selects
from keyhouse.data.sql.stored import normal
from keyhouse.data.sql.terms import Value, Workshop
from keyhouse.data.sql.types import sql_type
from keyhouse.data.tables import SourceTable, Table
from keyhouse.data.values import BadValue

if TYPE_CHECKING:
    from keyhouse.data.sources import Source

_DEEPEST = 8
_compiling: ContextVar[tuple[str, ...]] = ContextVar("keyhouse_sql_compiling", default=())
DIALECTS = {"sqlite": "sqlite", "postgresql": "postgres"}


@dataclass(frozen=True, slots=True)
class Text:
    """A statement that is not compiled yet: its text, what it may speak of, the values of its parameters."""

    text: str
    catalog: Catalog
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled statement. `text` has no name and no value of a client's in it."""

    text: str
    source: Source
    outputs: tuple[Output, ...]
    order: tuple[tuple[str, Kind | None, bool], ...]
    uses: tuple[TableUse, ...]
    bound: tuple[sa.BindParameter[Any], ...]
    parsed: Parsed

    def rows(self) -> sa.Subquery:
        """Build the statement for SQLAlchemy, with the rows that this server's own lists have now."""
        hidden = [(name, kind) for name, kind, _desc in self.order if name.startswith("s")]
        shown = [(output.name, output.kind) for output in self.outputs]
        columns = [sa.column(name, sql_type(kind)) for name, kind in [*shown, *hidden]]
        text = sa.text(self.text).bindparams(*self.bound).columns(*columns)
        return text.add_cte(*(_stored(use, self.source) for use in self.uses)).subquery()

    @property
    def tables(self) -> dict[str, list[str]]:
        """Which columns of which tables it reads, for the audit log."""
        read: dict[str, set[str]] = {}
        for use in self.uses:
            source = use.table.source.name if isinstance(use.table, SourceTable) else "core"  # type: ignore[attr-defined]
            read.setdefault(f"{source}.{use.table.name}", set()).update(column.name for column in use.columns.values())
        return {name: sorted(columns) for name, columns in sorted(read.items())}


class _OtherDatabase(Exception):
    """The statement reads a database of another kind than was assumed: it is built anew for that one."""

    def __init__(self, dialect: str) -> None:
        super().__init__(dialect)
        self.dialect = dialect


def compiled(given: Text) -> Statement:
    """Compile a statement. Raise BadStatement."""
    with _guarded(given.text):
        parsed = parse_statement(given.text)
        try:
            return _built(given, parsed, "sqlite")
        except _OtherDatabase as other:
            return _built(given, parsed, other.dialect)


def _built(given: Text, parsed: Parsed, dialect: str) -> Statement:
    context = Context(Workshop(dialect), _embedded)
    rows = _rows(given, parsed, context, is_outermost=True)
    sources = {id(use.table.source): use.table.source for use in context.uses if isinstance(use.table, SourceTable)}
    if len(sources) > 1:
        names = " and ".join(sorted(f"'{source.name}'" for source in sources.values()))  # type: ignore[attr-defined]
        raise BadStatement(
            f"This statement reads {names}, which are different databases and cannot be joined. Read each by itself and"
            " join the rows in your program."
        )
    source: Any = next(iter(sources.values()), None) or scratch()
    wanted = DIALECTS[source.dialect]
    if wanted != dialect:
        raise _OtherDatabase(wanted)
    text = generate(rows.node, dialect)
    used = {node.name for node in rows.node.find_all(exp.Placeholder)} | set(_placed(rows.node))
    bound = tuple(parameter for parameter in context.work.bound.values() if parameter.key in used)
    return Statement(text, source, tuple(rows.outputs), tuple(rows.order), tuple(context.uses), bound, parsed)


def _placed(tree: exp.Expr) -> Iterator[str]:
    return (node.name[1:] for node in tree.find_all(exp.Var) if node.name.startswith(":"))


def _rows(given: Text, parsed: Parsed, context: Context, is_outermost: bool) -> Rows:
    parameters = _parameters(parsed.parameters, given.values)
    return Selects().rows(parsed.tree, Scope(context, given.catalog, parameters, {}), is_outermost)


def _embedded(table: Table, context: Context) -> Rows | None:
    """Compile a saved query inside the statement that names it; None for what is no query."""
    given = getattr(table, "statement_text", None)
    if not isinstance(given, Text):
        return None
    with _guarded(given.text):
        return _rows(given, parse_statement(given.text), context, is_outermost=False)


@contextmanager
def _guarded(text: str) -> Iterator[None]:
    """Refuse queries that name one another in a circle, or in a chain without end."""
    above = _compiling.get()
    if text in above or len(above) >= _DEEPEST:
        problem = "names itself, directly or through others" if text in above else "is made of too many queries"
        raise BadStatement(f"This query {problem}.")
    token = _compiling.set((*above, text))
    try:
        yield
    except RecursionError:
        raise BadStatement(TOO_DEEP) from None
    finally:
        _compiling.reset(token)


def _parameters(declared: Sequence[Parameter], values: Mapping[str, str]) -> dict[str, tuple[Parameter, object]]:
    given = {name.casefold(): value for name, value in values.items()}
    return {
        each.name.casefold(): (each, _value(each, given.get(each.name.casefold(), each.default))) for each in declared
    }


def _value(parameter: Parameter, text: str | None) -> Value:
    if text is None or (text == "" and parameter.kind is not Kind.STRING):
        return None
    try:
        return converted(text, parameter.kind)
    except BadValue:
        raise BadValue(f"Could not convert value '{text[:100]}' for parameter '{parameter.name}'") from None


def _stored(use: TableUse, source: Source) -> sa.CTE:
    """Make the rows of a table that the statement may see, under made-up names; all restrictions stand in here."""
    if isinstance(use.table, MemoryTable):
        place = carried(use.table, use.columns.values() or use.table.columns[:1], source.reader)
        return _selected(use, place.elements).cte(use.name)
    assert isinstance(use.table, SourceTable)
    if use.table.shape.container and use.table.folders is None:
        # Rows that belong to folders, without a choice of folders: nobody's to read, whoever asks.
        raise BadStatement(f"Table '{use.table.name}' cannot be read here.")
    place = use.table.place()
    rows = _selected(use, place.elements, source.dialect).select_from(place.rows).where(*place.scope)
    if use.table.is_cut:
        order = ties(tuple(use.columns.values()), use.table.columns)
        rows = rows.order_by(*(settling(place.elements[each.name]) for each in order))
    made = rows.cte(use.name)
    # A fence: PostgreSQL may otherwise try the statement's conditions on rows of other folders first, and its errors
    # would tell of them.
    # Nor may rows of a cut table come in the order of an index over what was cut.
    return made.prefix_with("MATERIALIZED") if place.scope or use.table.is_cut else made


def _selected(use: TableUse, elements: Mapping[str, Any], dialect: str = "") -> sa.Select[Any]:
    chosen = [_chosen(elements[column.name], column, dialect).label(name) for name, column in use.columns.items()]
    return sa.select(*(chosen or [sa.literal_column("1").label("c0")]))


def _chosen(element: Any, column: Column, dialect: str) -> sa.ColumnElement[Any]:
    # Rows of this server's own lists come in their types already.
    return normal(element, column, dialect) if dialect else sa.type_coerce(element, sa.types.NullType())
