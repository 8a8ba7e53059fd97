"""Tables as they stand in one SQL statement: attached ones under an alias, lists of this server as one JSON parameter.

A lookup is a LEFT JOIN, so it neither adds nor hides a row: what it finds nothing for, or nothing that the caller may
see, is null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from keyhouse.data.clauses import as_text, to_clause
from keyhouse.data.columns import Column, Kind
from keyhouse.data.conditions import Condition, Search
from keyhouse.data.days import in_utc
from keyhouse.data.field_keys import encode_field_key
from keyhouse.data.lookups import Join, Path
from keyhouse.data.query import Plan, Query
from keyhouse.data.sqlite import Reader

if TYPE_CHECKING:
    from keyhouse.data.tables import Table

Element = sa.ColumnElement[Any]
ReaderOf = Callable[[Column, sa.types.TypeEngine[Any]], Reader | None]
_TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.STRING: sa.Text(),
    Kind.INT: sa.BigInteger(),
    Kind.FLOAT: sa.Double(),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DATE: sa.DateTime(),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One table in a statement. `elements` and `readers` go by the names of its columns; `scope` limits its rows.

    `participant` is the table's name for the log and the column that tells whose row it is, if it is still there.
    """

    rows: sa.FromClause
    elements: Mapping[str, Element]
    readers: Mapping[str, Reader | None]
    scope: tuple[sa.ColumnElement[bool], ...] = ()
    participant: tuple[str, Element | None] | None = None


class Joined:
    """A table with all that a plan looks up, as one FROM clause, and its columns by their field keys."""

    def __init__(self, root: Place, plan: Plan, place_of: Callable[[Join, Iterable[Column]], Place]) -> None:
        self._places: dict[Path, Place] = {(): root}
        self.rows = root.rows
        for join in plan.joins:
            place = self._places[join.path] = place_of(join, _needed(join, plan))
            here = self._places[join.path[:-1]].elements[join.foreign.name]
            is_found = _same(here, join.foreign, place.elements[join.key.name], join.key)
            self.rows = self.rows.outerjoin(place.rows, sa.and_(is_found, *place.scope))

    def element(self, column: Column) -> Element:
        """Return a column as SQL names it."""
        return self._place(column).elements[column.field_key[-1]]

    @property
    def participants(self) -> list[tuple[str, Element | None]]:
        """The participant columns of all tables that have one, each with its table's name for the log."""
        return [place.participant for place in self._places.values() if place.participant is not None]

    def reader(self, column: Column) -> Reader | None:
        """Return what turns a column's values into its kind, if the driver does not."""
        return self._place(column).readers[column.field_key[-1]]

    def clause(self, condition: Condition | Search) -> sa.ColumnElement[bool]:
        """Say a condition in SQL."""
        if isinstance(condition, Search):
            return sa.or_(sa.false(), *(self.clause(each) for each in condition.conditions))
        return to_clause(condition, self.element(condition.column))

    def _place(self, column: Column) -> Place:
        return self._places[column.path[:-1]]


class Items(sa.sql.functions.FunctionElement[Any]):
    """The items of a JSON array, a row each with a column `value`."""

    name = "keyhouse_items"
    inherit_cache = True


class Member(GenericFunction[Any]):
    """A member of a JSON object, in the type that it is told to have."""

    name = "keyhouse_member"
    inherit_cache = True


@compiles(Items)
def _items(element: Items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **kw)} AS JSON))"


@compiles(Items, "sqlite")
def _sqlite_items(element: Items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(Member)
def _member(element: Member, compiler: SQLCompiler, **kw: Any) -> str:
    value, name = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST({value} ->> {name} AS {compiler.dialect.type_compiler_instance.process(element.type)})"


@compiles(Member, "sqlite")
def _sqlite_member(element: Member, compiler: SQLCompiler, **kw: Any) -> str:
    value, name = (compiler.process(part, **kw) for part in element.clauses)
    return f"json_extract({value}, '$.' || {name})"


def _needed(join: Join, plan: Plan) -> list[Column]:
    """Return the columns of a joined table that a plan reads, or looks up from."""
    names = {column.path[-1] for column in plan.used if column.path[:-1] == join.path}
    names |= {each.foreign.name for each in plan.joins if each.path[:-1] == join.path}
    return [column for column in join.table.columns if column.name in names or column.name == join.key.name]


def carried(table: Table, columns: Iterable[Column], reader_of: ReaderOf) -> Place:
    """Take the rows of a table along into a database, as one bound parameter."""
    wanted = {f"c{place}": column for place, column in enumerate(columns)}
    names = tuple(encode_field_key(column.field_key) for column in wanted.values())
    with table.select(Query(columns=names)) as rows:
        objects = [dict(zip(wanted, map(_plain, row), strict=True)) for row in rows]
    text = sa.literal(json.dumps(objects), sa.Text())
    items = Items(text).table_valued("value")
    members = [
        Member(items.c.value, sa.literal_column(f"'{name}'"), type_=_TYPES[column.kind]).label(name)
        for name, column in wanted.items()
    ]
    # Materialized, or SQLite would read the JSON text anew for each row that looks something up.
    found = sa.select(*members).cte().prefix_with("MATERIALIZED")
    return Place(
        found,
        {column.name: found.c[name] for name, column in wanted.items()},
        {column.name: reader_of(column, _TYPES[column.kind]) for column in wanted.values()},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return in_utc(value).isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | None) else str(value)


def _same(left: Element, foreign: Column, right: Element, key: Column) -> sa.ColumnElement[bool]:
    # PostgreSQL compares no number with a text; a list's lookup may be declared so.
    if foreign.kind is key.kind and foreign.kind is not Kind.STRING:
        return left == right
    return _text(left, foreign) == _text(right, key)


def _text(element: Element, column: Column) -> Element:
    return as_text(element) if column.kind is Kind.STRING else sa.cast(element, sa.Text())
