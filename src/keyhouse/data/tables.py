"""Something with rows that a query can be put to: a table or view of a source, or a list in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol, Self, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from keyhouse.data.columns import Column, single_key
from keyhouse.data.lease import Lease
from keyhouse.data.lookups import Join
from keyhouse.data.memory import MemoryTable
from keyhouse.data.participants import ParticipantColumn
from keyhouse.data.phi import blank, settling, ties
from keyhouse.data.places import Element, Joined, Place, carried
from keyhouse.data.query import Plan, Query, resolve
from keyhouse.data.reflection import TableShape
from keyhouse.data.sqlite import Reader
from keyhouse.data.stream import Row, RowStream

Statement: TypeAlias = sa.Select[*tuple[Any, ...]]


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

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query."""
        plan = resolve(query, self.columns, self.may_join)
        joined = self._joined(plan)
        tellable = () if plan.distinct or plan.max_rows == 0 else _tellable(query, joined)
        untold = self._untold(joined, tellable) if query.has_participants else ()
        if plan.max_rows == 0:
            return RowStream(
                plan.columns, iter(()), ignored=plan.ignored, read=plan.read, displays=plan.displays, untold=untold
            )
        rows = self._rows(plan, joined).add_columns(*(element for _label, element in tellable))
        lease = self.source.stream(self._settled(_page(rows, plan, joined), plan, joined))
        batches = _batches(lease, plan, joined)
        labels = tuple(label for label, _element in tellable)
        return RowStream(plan.columns, batches, lease.release, plan.ignored, plan.read, plan.displays, labels, untold)

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        plan = resolve(replace(query, has_displays=False, beside=()), self.columns, self.may_join)
        rows = self._rows(plan, self._joined(plan))
        return int(self.source.scalar(sa.select(sa.func.count()).select_from(rows.subquery())))

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
        columns = plan.columns if plan.distinct else ties(self.columns)
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

    def _rows(self, plan: Plan, joined: Joined) -> Statement:
        # Values come as the driver gives them: SQLAlchemy's own conversions fail on what SQLite allows in a column.
        chosen = (sa.type_coerce(joined.element(column), sa.types.NullType()) for column in plan.read)
        clauses = (joined.clause(each) for each in plan.conditions)
        scope = self._place.scope
        rows: Statement = sa.select(*chosen).select_from(joined.rows).where(*clauses, *scope, *self._expressions(plan))
        return rows.distinct() if plan.distinct else rows

    def _expressions(self, plan: Plan) -> Iterator[sa.ColumnElement[bool]]:
        from keyhouse.data.sql.where import where_clause  # imported late: statements are tables too

        for text in plan.where:
            clause = where_clause(text, self.columns, self.element, self.source.dialect)
            # Never tried on rows of other folders: an expression that fails on one of them would tell of it.
            yield sa.case((sa.and_(*self._place.scope), clause), else_=sa.false()) if self._place.scope else clause


def _tellable(query: Query, joined: Joined) -> tuple[tuple[str, Element], ...]:
    if not query.has_participants:
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


def _batches(lease: Lease, plan: Plan, joined: Joined) -> Iterator[Sequence[Row]]:
    readers = [(index, joined.reader(column)) for index, column in enumerate(plan.read)]
    needed = [(index, reader) for index, reader in readers if reader is not None]
    return _read_batches(lease, lease.next_batch(), needed)


def _read_batches(lease: Lease, batch: list[Row], readers: Sequence[tuple[int, Reader]]) -> Iterator[Sequence[Row]]:
    while batch:
        yield [_read(row, readers) for row in batch] if readers else batch
        batch = lease.next_batch()


def _read(row: Row, readers: Sequence[tuple[int, Reader]]) -> Row:
    values = list(row)
    for index, reader in readers:
        values[index] = reader(values[index])
    return tuple(values)
