"""Something with rows that a query can be put to: a table or view of a source, or a list in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self, TypeAlias
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from keyhouse.data.columns import Column, single_key
from keyhouse.data.lease import Lease
from keyhouse.data.lookups import Join, named
from keyhouse.data.memory import MemoryTable
from keyhouse.data.participants import ParticipantColumn
from keyhouse.data.phi import blank, settling, ties
from keyhouse.data.places import Element, Joined, Place, carried
from keyhouse.data.query import Plan, Query, resolve
from keyhouse.data.reflection import TableShape
from keyhouse.data.sqlite import Reader
from keyhouse.data.stream import Row, RowStream

Statement: TypeAlias = sa.Select[*tuple[Any, ...]]
_MOST_KEPT = 32


class Table(Protocol):
    """Rows with columns. `key` is the primary key if it is one column. Reading raises BadValue and SourceError."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def description(self) -> str | None: ...

    @property
    def columns(self) -> tuple[Column, ...]: ...

    @property
    def key(self) -> Column | None: ...

    @property
    def traces(self) -> Mapping[str, Any]:
        """What the audit log tells of a reading beside its columns and filters; no values."""
        ...

    @property
    def is_cut(self) -> bool:
        """Whether it has columns, or values of columns, that whoever asks may not see."""
        ...

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query; the first of them are there when this returns, or the error is raised."""
        ...

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        ...


class Runner(Protocol):
    """What a table needs of its source to run statements."""

    @property
    def dialect(self) -> str: ...

    def stream(self, statement: Statement) -> Lease: ...

    def scalar(self, statement: Statement) -> Any: ...

    def reader(self, column: Column, type_: sa.types.TypeEngine[Any]) -> Reader | None: ...

    def bind_type(self, column: Column, type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]: ...


class Reading(NamedTuple):
    """A statement, and what turns values of its rows into those of the columns' kinds, by their places.

    `participants` and `untold` are as in a `RowStream`.
    """

    statement: Statement
    readers: Sequence[tuple[int, Reader]] = ()
    participants: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


class SourceTable:
    """A table or a view of an attached database.

    `folders` are the entity ids of the folders whose rows are meant, where rows belong to folders; None means all.
    """

    traces: Mapping[str, Any] = MappingProxyType({})
    is_cut = False

    def __init__(
        self, runner: Runner, shape: TableShape, schema: str | None, folders: tuple[str, ...] | None = None
    ) -> None:
        self.name = shape.name
        self.title = shape.title or shape.name
        self.description = shape.description
        self.columns = shape.columns
        self.key = single_key(shape.columns)
        self.title_column = shape.title_column
        self.source = runner
        self.shape = shape
        self.schema = schema
        self.folders = folders if shape.container else None
        self.participant: ParticipantColumn | None = None
        typed = list(zip(shape.columns, shape.types, strict=True))
        self._readers = {column.name: runner.reader(column, type_) for column, type_ in typed}
        # Every name is quoted, and qualified by its table: SQLite takes a quoted name that it does not know for a text.
        self._table = sa.table(
            quoted_name(shape.storage or shape.name, quote=True),
            *(
                sa.column(quoted_name(column.stored_as, quote=True), runner.bind_type(column, type_))
                for column, type_ in typed
            ),
            schema=schema and quoted_name(schema, quote=True),
        )

    def __repr__(self) -> str:
        return f"<SourceTable {self.name}>"

    def with_columns(self, columns: Sequence[Column], is_cut: bool = False) -> Self:
        """Return the table with these of its columns; it `is_cut` where values that it has may not be seen."""
        made = copy(self)
        made.__dict__.pop("_place", None)
        made.columns, made.key, made.is_cut = tuple(columns), single_key(columns), is_cut
        return made

    def with_participant(self, of: str, name: str) -> Self:
        """Return the table with a column of it that tells whose its rows are; `of` is its name for the audit log."""
        made = copy(self)
        made.__dict__.pop("_place", None)
        # Of all its columns, those among them that the caller will not see.
        found = named(self.shape.columns, name)
        made.participant = ParticipantColumn(of, found.stored_as if found else "")
        return made

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query."""
        plan = resolve(query, self.columns, self.may_join)
        if plan.max_rows == 0:
            untold = self._untold(self._joined(plan), ()) if plan.has_participants else ()
            return RowStream(
                plan.columns, iter(()), ignored=plan.ignored, read=plan.read, displays=plan.displays, untold=untold
            )
        reading = self._kept(self._reading, plan)
        lease = self.source.stream(reading.statement)
        batches = _read_batches(lease, lease.next_batch(), reading.readers)
        told = (reading.participants, reading.untold)
        return RowStream(plan.columns, batches, lease.release, plan.ignored, plan.read, plan.displays, *told)

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        counted = replace(
            query, sort=(), offset=0, max_rows=None, has_displays=False, beside=(), has_participants=False
        )
        plan = resolve(counted, self.columns, self.may_join)
        return int(self.source.scalar(self._kept(self._counting, plan).statement))

    def element(self, column: Column) -> Element:
        """Return a column as SQL names it."""
        return self._place.elements[column.name]

    def may_join(self, table: Table) -> bool:
        """Tell whether a lookup can lead to this table: one of the same database, or one of this server's own lists."""
        return isinstance(table, MemoryTable) or (isinstance(table, SourceTable) and table.source is self.source)

    def place(self) -> Place:
        """Return the table under a new alias, to be joined to others of its database."""
        return self._placed(self._table.alias())

    @cached_property
    def _place(self) -> Place:
        return self._placed(self._table)

    def _settled(self, rows: Statement, plan: Plan, joined: Joined) -> Statement:
        """Leave no order of rows to the database where it could be that of a column that may not be seen."""
        if not self.is_cut:
            return rows
        known = {column.name for column, _descending in plan.order}
        columns = plan.columns if plan.distinct else ties(self.columns, self.columns)
        return rows.order_by(*(settling(joined.element(each)) for each in columns if each.name not in known))

    def _placed(self, rows: sa.FromClause) -> Place:
        elements = {
            column.name: blank(column) if column.is_blank else rows.c[column.stored_as] for column in self.columns
        }
        return Place(rows, elements, self._readers, tuple(self._scope(rows)), self._participant(rows))

    def _participant(self, rows: sa.FromClause) -> tuple[str, Element | None] | None:
        if self.participant is None:
            return None
        # By its name in the database: what a caller sees of the table, and under which name, does not matter here.
        name = self.participant.storage and quoted_name(self.participant.storage, quote=True)
        return self.participant.of, sa.column(name, _selectable=rows) if name else None

    def _untold(self, joined: Joined, tellable: Sequence[tuple[str, Element]]) -> tuple[str, ...]:
        """Name the tables with participants that are read but cannot tell whose rows they are."""
        known = {label for label, _element in tellable}
        return tuple(dict.fromkeys(label for label, _element in joined.participants if label not in known))

    def _scope(self, rows: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
        if self.folders is not None and self.shape.container:
            container = sa.column(quoted_name(self.shape.container, quote=True), sa.Text(), _selectable=rows)
            yield container.in_(self.folders)

    def _joined(self, plan: Plan) -> Joined:
        return Joined(self._place, plan, self._looked_up)

    def _looked_up(self, join: Join, columns: Iterable[Column]) -> Place:
        if isinstance(join.table, SourceTable):
            return join.table.place()
        return carried(join.table, columns, self.source.reader)

    def _kept(self, make: Callable[[Plan], Reading], plan: Plan) -> Reading:
        """Make what reads a plan, or return what was made of the same plan of this very table before.

        Pages of all rows are what is asked most, and there is no value of anybody's in their statements.
        """
        if not plan.is_plain:
            return make(plan)
        kept = _KEPT.setdefault(self, {})
        key = (make.__name__, plan, self.participant)
        reading = kept.get(key)
        if reading is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            reading = kept[key] = make(plan)
        return reading

    def _reading(self, plan: Plan) -> Reading:
        joined = self._joined(plan)
        tellable = _tellable(plan, joined)
        untold = self._untold(joined, tellable) if plan.has_participants else ()
        rows = self._rows(plan, joined).add_columns(*(element for _label, element in tellable))
        readers = ((place, joined.reader(column)) for place, column in enumerate(plan.read))
        return Reading(
            self._settled(_page(rows, plan, joined), plan, joined),
            [(place, reader) for place, reader in readers if reader is not None],
            tuple(label for label, _element in tellable),
            untold,
        )

    def _counting(self, plan: Plan) -> Reading:
        joined, number = self._joined(plan), sa.select(sa.func.count())
        if plan.distinct:
            return Reading(number.select_from(self._rows(plan, joined).subquery()))
        return Reading(self._meant(number, plan, joined))

    def _rows(self, plan: Plan, joined: Joined) -> Statement:
        # Values come as the driver gives them: SQLAlchemy's own conversions fail on what SQLite allows in a column.
        chosen = (sa.type_coerce(joined.element(column), sa.types.NullType()) for column in plan.read)
        rows = self._meant(sa.select(*chosen), plan, joined)
        return rows.distinct() if plan.distinct else rows

    def _meant(self, selected: Statement, plan: Plan, joined: Joined) -> Statement:
        """Let a statement take the rows that a plan means."""
        clauses = (joined.clause(each) for each in plan.conditions)
        return selected.select_from(joined.rows).where(*clauses, *self._place.scope, *self._expressions(plan))

    def _expressions(self, plan: Plan) -> Iterator[sa.ColumnElement[bool]]:
        from keyhouse.data.sql.where import where_clause  # imported late: statements are tables too

        for text in plan.where:
            clause = where_clause(text, self.columns, self.element, self.source.dialect)
            # Never tried on rows of other folders: an expression that fails on one of them would tell of it.
            yield sa.case((sa.and_(*self._place.scope), clause), else_=sa.false()) if self._place.scope else clause


_Key: TypeAlias = tuple[str, Plan, ParticipantColumn | None]
_KEPT: WeakKeyDictionary[SourceTable, dict[_Key, Reading]] = WeakKeyDictionary()


def _tellable(plan: Plan, joined: Joined) -> tuple[tuple[str, Element], ...]:
    if not plan.has_participants or plan.distinct:
        return ()
    found = [(label, element) for label, element in joined.participants if element is not None]
    return tuple((label, sa.type_coerce(element, sa.types.NullType())) for label, element in found)


def _page(rows: Statement, plan: Plan, joined: Joined) -> Statement:
    """Put the rows into order, and take those of one page."""
    rows = rows.order_by(*(_sort(joined.element(column), column, descending) for column, descending in plan.order))
    rows = rows.limit(plan.max_rows) if plan.max_rows is not None else rows
    return rows.offset(plan.offset) if plan.offset else rows


def _sort(by: Element, column: Column, descending: bool) -> sa.ColumnElement[Any]:
    if not column.nullable:  # so that the index of a primary key can serve
        return by.desc() if descending else by.asc()
    return by.desc().nulls_last() if descending else by.asc().nulls_first()


def _read_batches(lease: Lease, batch: list[Row], readers: Sequence[tuple[int, Reader]]) -> Iterator[Sequence[Row]]:
    while batch:
        yield [_read(row, readers) for row in batch] if readers else batch
        batch = lease.next_batch()


def _read(row: Row, readers: Sequence[tuple[int, Reader]]) -> Row:
    values = list(row)
    for index, reader in readers:
        values[index] = reader(values[index])
    return tuple(values)
