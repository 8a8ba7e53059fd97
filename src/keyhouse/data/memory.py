"""A table whose rows Python has: the server's own lists, read with the same queries as any database."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from keyhouse.data.columns import Column, Kind, single_key
from keyhouse.data.conditions import Condition, Search
from keyhouse.data.field_keys import encode_field_key
from keyhouse.data.lookups import Join, Path
from keyhouse.data.matching import comparable, matches
from keyhouse.data.query import Plan, Query, resolve
from keyhouse.data.stream import Row, RowStream

if TYPE_CHECKING:
    from keyhouse.data.tables import Table

_BATCH = 1000
Getter = Callable[[Row], Any]


class MemoryTable:
    """A table over a function that yields its rows, one tuple a row with a value for each column.

    The function is called for every query, so the rows are those of that moment. Sorting and `distinct` hold them in
    memory; other queries stream. `title_column` names what stands for a row where another table looks it up.
    """

    traces: Mapping[str, Any] = MappingProxyType({})
    is_cut = False

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Callable[[], Iterable[Row]],
        *,
        title: str = "",
        description: str | None = None,
        title_column: str = "",
    ) -> None:
        self.name = name
        self.title = title or name
        self.description = description
        self.title_column = title_column
        self.columns = tuple(columns)
        self.key = single_key(self.columns)
        self._rows = rows

    def __repr__(self) -> str:
        return f"<MemoryTable {self.name}>"

    def select(self, query: Query) -> RowStream:
        """Read the rows of a query."""
        plan = resolve(query, self.columns)
        if plan.where:
            return self._in_database().select(query)
        if plan.max_rows == 0:
            return RowStream(plan.columns, iter(()), ignored=plan.ignored, read=plan.read, displays=plan.displays)
        end = None if plan.max_rows is None else plan.offset + plan.max_rows
        reading = _Reading(plan, self.columns)
        rows = islice(reading.ordered(self._rows()), plan.offset, end)
        getters = [reading.getter(column) for column in plan.read]
        batches = _batches(tuple(get(row) for get in getters) for row in rows)
        return RowStream(plan.columns, batches, batches.close, plan.ignored, plan.read, plan.displays)

    def count(self, query: Query) -> int:
        """Count the rows of a query whatever its `offset` and `max_rows`."""
        plan = resolve(replace(query, has_displays=False, beside=()), self.columns)
        if plan.where:
            return self._in_database().count(query)
        return sum(1 for _row in _Reading(plan, self.columns).distinct(self._rows()))

    def _in_database(self) -> Table:
        from keyhouse.data.sql.in_memory import CarriedTable  # imported late: statements are tables too

        return CarriedTable(self)


class _Reading:
    """One plan put to rows; what it looks up is read once, by its key."""

    def __init__(self, plan: Plan, columns: Sequence[Column]) -> None:
        self._plan = plan
        self._places: dict[Path, dict[str, int]] = {(): {column.name: at for at, column in enumerate(columns)}}
        self._rows_at: dict[Path, Callable[[Row], Row | None]] = {}
        for join in plan.joins:
            self._places[join.path] = {column.name: at for at, column in enumerate(join.table.columns)}
            self._rows_at[join.path] = self._looked_up(join)

    def getter(self, column: Column) -> Getter:
        """Return what takes the column's value out of a row."""
        *path, name = column.field_key
        place = self._places[tuple(path)][name]
        if not path:
            return itemgetter(place)
        row_at = self._rows_at[tuple(path)]
        return lambda row: None if (found := row_at(row)) is None else found[place]

    def distinct(self, rows: Iterable[Row]) -> Iterable[Row]:
        """Return the rows that fulfil the conditions, each once where that is asked for."""
        kept = self._kept(rows)
        if not self._plan.distinct:
            return kept
        getters = [self.getter(column) for column in self._plan.columns]
        first_of_each: dict[tuple[str, ...], Row] = {}
        for row in kept:
            first_of_each.setdefault(tuple(repr(get(row)) for get in getters), row)
        return first_of_each.values()

    def ordered(self, rows: Iterable[Row]) -> Iterable[Row]:
        """Return the same in order."""
        rows = self.distinct(rows)
        if not self._plan.order:
            return rows
        rows = list(rows)
        for column, descending in reversed(self._plan.order):
            rows.sort(key=self._sort_key(column), reverse=descending)
        return rows

    def _kept(self, rows: Iterable[Row]) -> Iterator[Row]:
        tests = [self._test(condition) for condition in self._plan.conditions]
        return (row for row in rows if all(test(row) for test in tests))

    def _test(self, condition: Condition | Search) -> Callable[[Row], bool]:
        if isinstance(condition, Search):
            tests = [self._test(each) for each in condition.conditions]
            return lambda row: any(test(row) for test in tests)
        get = self.getter(condition.column)
        return lambda row: matches(condition, get(row))

    def _sort_key(self, column: Column) -> Callable[[Row], tuple[int, Any]]:
        get, kind = self.getter(column), column.kind
        return lambda row: _rank(comparable(kind, get(row)))

    def _looked_up(self, join: Join) -> Callable[[Row], Row | None]:
        is_text = Kind.STRING in (join.foreign.kind, join.key.kind) or join.foreign.kind is not join.key.kind
        column = _at(join.path[:-1], join.foreign)
        known = _by_key(join, is_text)
        get = self.getter(column)
        return lambda row: None if (key := get(row)) is None else known.get(str(key) if is_text else key)


def _at(path: Path, column: Column) -> Column:
    return Column(column.name, path=(*path, column.name))


def _by_key(join: Join, is_text: bool) -> Mapping[Any, Row]:
    place = [column.name for column in join.table.columns].index(join.key.name)
    names = tuple(encode_field_key(column.field_key) for column in join.table.columns)
    with join.table.select(Query(columns=names)) as rows:
        return {str(row[place]) if is_text else row[place]: row for row in rows if row[place] is not None}


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
