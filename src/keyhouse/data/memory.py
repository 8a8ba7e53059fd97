"""A table whose rows Python has: the server's own lists, read with the same queries as any database."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from keyhouse.data.columns import Column
from keyhouse.data.matching import comparable, matches
from keyhouse.data.query import Plan, Query, resolve
from keyhouse.data.stream import Row, RowStream
from keyhouse.data.tables import single_key

_BATCH = 1000


class MemoryTable:
    """A table over a function that yields its rows, one tuple a row with a value for each column.

    The function is called for every query, so the rows are those of that moment. Sorting and `distinct` hold them in
    memory; other queries stream.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Callable[[], Iterable[Row]],
        *,
        title: str = "",
        description: str | None = None,
    ) -> None:
        self.name = name
        self.title = title or name
        self.description = description
        self.columns = tuple(columns)
        self.key = single_key(self.columns)
        self._rows = rows
        self._places = {column.name: place for place, column in enumerate(self.columns)}

    def __repr__(self) -> str:
        return f"<MemoryTable {self.name}>"

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query."""
        plan = resolve(query, self.columns)
        if plan.max_rows == 0:
            return RowStream(plan.columns, iter(()), ignored=plan.ignored)
        end = None if plan.max_rows is None else plan.offset + plan.max_rows
        rows = islice(self._ordered(plan), plan.offset, end)
        places = [self._places[column.name] for column in plan.columns]
        batches = _batches(tuple(row[place] for place in places) for row in rows)
        return RowStream(plan.columns, batches, batches.close, plan.ignored)

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        return sum(1 for _row in self._distinct(resolve(query, self.columns)))

    def _kept(self, plan: Plan) -> Iterator[Row]:
        tests = [(condition, self._places[condition.column.name]) for condition in plan.conditions]
        return (row for row in self._rows() if all(matches(condition, row[place]) for condition, place in tests))

    def _distinct(self, plan: Plan) -> Iterable[Row]:
        if not plan.distinct:
            return self._kept(plan)
        places = [self._places[column.name] for column in plan.columns]
        first_of_each: dict[tuple[str, ...], Row] = {}
        for row in self._kept(plan):
            first_of_each.setdefault(tuple(repr(row[place]) for place in places), row)
        return first_of_each.values()

    def _ordered(self, plan: Plan) -> Iterable[Row]:
        rows = self._distinct(plan)
        if not plan.order:
            return rows
        rows = list(rows)
        for column, descending in reversed(plan.order):
            rows.sort(key=self._sort_key(column), reverse=descending)
        return rows

    def _sort_key(self, column: Column) -> Callable[[Row], tuple[int, Any]]:
        place, kind = self._places[column.name], column.kind
        return lambda row: _rank(comparable(kind, row[place]))


def _rank(value: Any) -> tuple[int, Any]:
    """A key that sorts anything: nulls, then numbers, then the rest by their kind."""
    if value is None:
        return 0, 0
    if isinstance(value, int | float | Decimal):
        return 1, value
    return (2, value) if isinstance(value, str) else (3, str(value))


def _batches(rows: Iterable[Row]) -> Generator[Sequence[Row], None, None]:
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
