"""Something with rows that a query can be put to: a table or view of a source, or a list in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from keyhouse.data.clauses import to_clause
from keyhouse.data.columns import Column
from keyhouse.data.lease import Lease
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

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query; the first of them are there when this returns, or the error is raised."""
        ...

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        ...


def single_key(columns: Sequence[Column]) -> Column | None:
    """Return the primary key if it is exactly one column."""
    keys = [column for column in columns if column.key]
    return keys[0] if len(keys) == 1 else None


class Runner(Protocol):
    """What a table needs of its source to run statements."""

    def stream(self, statement: Statement) -> Lease: ...

    def scalar(self, statement: Statement) -> Any: ...

    def reader(self, column: Column, type_: sa.types.TypeEngine[Any]) -> Reader | None: ...

    def bind_type(self, column: Column, type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]: ...


class SourceTable:
    """A table or a view of an attached database.

    `folders` are the entity ids of the folders whose rows are meant, where rows belong to folders; None means all.
    """

    def __init__(
        self, runner: Runner, shape: TableShape, schema: str | None, folders: tuple[str, ...] | None = None
    ) -> None:
        self.name = shape.name
        self.title = shape.title or shape.name
        self.description = shape.description
        self.columns = shape.columns
        self.key = single_key(shape.columns)
        self.source = runner
        self.shape = shape
        self.schema = schema
        self.folders = folders if shape.container else None
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

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query."""
        plan = resolve(query, self.columns)
        if plan.max_rows == 0:
            return RowStream(plan.columns, iter(()), ignored=plan.ignored)
        lease = self.source.stream(self._statement(plan))
        return RowStream(plan.columns, self._batches(lease, plan), lease.release, plan.ignored)

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        rows = self._rows(resolve(query, self.columns))
        return int(self.source.scalar(sa.select(sa.func.count()).select_from(rows.subquery())))

    def element(self, column: Column) -> sa.ColumnElement[Any]:
        """Return a column as SQL names it."""
        return self._table.c[column.stored_as]

    def _scope(self) -> Iterator[sa.ColumnElement[bool]]:
        if self.folders is not None and self.shape.container:
            container = sa.column(quoted_name(self.shape.container, quote=True), sa.Text(), _selectable=self._table)
            yield container.in_(self.folders)

    def _batches(self, lease: Lease, plan: Plan) -> Iterator[Sequence[Row]]:
        readers = [(index, self._readers[column.name]) for index, column in enumerate(plan.columns)]
        needed = [(index, reader) for index, reader in readers if reader is not None]
        first = lease.next_batch()
        return _read_batches(lease, first, needed)

    def _rows(self, plan: Plan) -> Statement:
        # Values come as the driver gives them: SQLAlchemy's own conversions fail on what SQLite allows in a column.
        chosen = (sa.type_coerce(self.element(column), sa.types.NullType()) for column in plan.columns)
        clauses = (to_clause(each, self.element(each.column)) for each in plan.conditions)
        rows: Statement = sa.select(*chosen).select_from(self._table).where(*clauses, *self._scope())
        return rows.distinct() if plan.distinct else rows

    def _statement(self, plan: Plan) -> Statement:
        rows = self._rows(plan).order_by(*(self._sort(column, descending) for column, descending in plan.order))
        rows = rows.limit(plan.max_rows) if plan.max_rows is not None else rows
        return rows.offset(plan.offset) if plan.offset else rows

    def _sort(self, column: Column, descending: bool) -> sa.ColumnElement[Any]:
        by = self.element(column)
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
