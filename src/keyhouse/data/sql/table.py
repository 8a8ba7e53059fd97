"""The answer of a LabKey SQL statement as a table: filters, sorting, pages and counting as for any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from keyhouse.data.columns import Column
from keyhouse.data.participants import participant_of
from keyhouse.data.places import Joined
from keyhouse.data.query import Plan, Query
from keyhouse.data.reflection import TableShape
from keyhouse.data.sql.catalog import Catalog
from keyhouse.data.sql.normal import normalised
from keyhouse.data.sql.statement import Statement, Text, compiled
from keyhouse.data.sql.types import sql_type
from keyhouse.data.stream import RowStream
from keyhouse.data.tables import SourceTable
from keyhouse.data.tables import Statement as Selecting


class SqlTable:
    """Rows of a statement. It is compiled when first asked for its columns or rows, and may raise BadStatement then.

    `statement_text` is how other statements find what to put in where they name this table.
    """

    key: Column | None = None

    def __init__(
        self,
        text: str,
        catalog: Catalog,
        parameters: Mapping[str, str] | None = None,
        *,
        name: str = "sql",
        title: str = "",
        description: str | None = None,
    ) -> None:
        self.name = name
        self.title = title or name
        self.description = description
        self.statement_text = Text(text, catalog, parameters or {})

    def __repr__(self) -> str:
        return f"<SqlTable {self.name}>"

    @cached_property
    def statement(self) -> Statement:
        """The compiled statement."""
        return compiled(self.statement_text)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the SELECT list."""
        return tuple(output.column for output in self.statement.outputs)

    @property
    def traces(self) -> Mapping[str, Any]:
        """What the audit log tells of a reading: the columns of each table, and the text with `?` for each value."""
        return {"tables": self.statement.tables, "sql": normalised(self.statement.parsed)}

    @property
    def is_cut(self) -> bool:
        """Whether a table that it reads has more than whoever asks may see."""
        return any(use.table.is_cut for use in self.statement.uses)

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query."""
        return self._rows().select(query)

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        return self._rows().count(query)

    def _rows(self) -> _StatementRows:
        return _StatementRows(self)


class _StatementRows(SourceTable):
    """A statement as if it were a table of its database, for one question."""

    def __init__(self, table: SqlTable) -> None:
        statement = table.statement
        stored = [output.name for output in statement.outputs]
        shape = TableShape(
            table.name,
            tuple(_stored_as(column, name) for column, name in zip(table.columns, stored, strict=True)),
            tuple(sql_type(output.kind) for output in statement.outputs),
            table.description,
            table.title,
        )
        super().__init__(statement.source, shape, None)
        self._table = statement.rows()  # type: ignore[assignment]
        self._order = statement.order
        self._uses = statement.uses

    def _untold(self, joined: Joined, tellable: Sequence[tuple[str, Any]]) -> tuple[str, ...]:
        # A statement can count, join and rename: whose data stands in one of its rows cannot be told.
        labels = (participant.of for use in self._uses if (participant := participant_of(use.table)) is not None)
        return tuple(dict.fromkeys([*labels, *super()._untold(joined, tellable)]))

    def _rows(self, plan: Plan, joined: Joined) -> Selecting:
        rows = super()._rows(plan, joined)
        if plan.distinct:
            return rows
        # The statement's own ORDER BY decides where the question's does not.
        asked = (_sorted(joined.element(column), descending) for column, descending in plan.order)
        own = (_sorted(self._table.c[name], descending) for name, _kind, descending in self._order)
        return rows.order_by(*asked, *own)


def _sorted(element: Any, descending: bool) -> Any:
    return element.desc().nulls_last() if descending else element.asc().nulls_first()


def _stored_as(column: Column, name: str) -> Column:
    return replace(column, storage=name)
