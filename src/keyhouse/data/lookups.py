"""Columns of other tables that a query reaches through lookups: `Patient/Doctor/Name` (client-api.md §8.1).

Which tables there are is not known here: the caller's `Finder` says what this person may look up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keyhouse.data.columns import Column, Kind, Lookup
from keyhouse.data.field_keys import decode_field_key, encode_field_key
from keyhouse.data.values import BadValue

if TYPE_CHECKING:
    from keyhouse.data.tables import Table

Finder = Callable[[Lookup], "Table | None"]
Path = tuple[str, ...]
# Each step is a join: a chain of parents could be followed for ever.
MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Join:
    """A table that is looked up. `path` has the names of the columns that lead to it; the last one is `foreign`."""

    path: Path
    foreign: Column
    table: Table
    key: Column


class Names:
    """What a query can name: a table's columns and, through their lookups, those of other tables.

    `may_join` says which tables can be read together with this one; naming a column of another one raises BadValue.
    """

    def __init__(
        self, columns: Sequence[Column], find: Finder | None = None, may_join: Callable[[Table], bool] | None = None
    ) -> None:
        self.columns = columns
        self._find = find
        self._may_join = may_join
        self._joins: dict[Path, Join | None] = {}

    def find(self, name: str) -> Column | None:
        """Find a column by its field key, in any letter case."""
        if own := find_column(self.columns, name):
            return own
        *steps, last = decode_field_key(name)
        if not 1 <= len(steps) < MOST_STEPS:
            return None
        path: Path = ()
        for step in steps:
            join = self._join(path, step)
            if join is None:
                return None
            self._check(join, name)
            path = join.path
        found = named(self._columns_at(path), last)
        return found and reached(path, found)

    def display_of(self, column: Column) -> Column | None:
        """Return the column that shows what a lookup's value means; None if there is none that can be read."""
        *path, name = column.field_key
        join = self._join(tuple(path), name) if column.lookup else None
        if join is None or not self._is_near(join):
            return None
        shown = title_column(join.table)
        return reached(join.path, shown) if shown and shown.name != join.key.name else None

    def joins_of(self, columns: Iterable[Column]) -> tuple[Join, ...]:
        """Return the tables that must be joined to read these columns, each after the one that it hangs on."""
        paths = {column.path[:end] for column in columns for end in range(1, len(column.path))}
        return tuple(join for path in sorted(paths, key=len) if (join := self._joins.get(path)) is not None)

    def _columns_at(self, path: Path) -> Sequence[Column]:
        join = self._joins.get(path)
        return join.table.columns if join else () if path else self.columns

    def _join(self, path: Path, step: str) -> Join | None:
        foreign = named(self._columns_at(path), step)
        if foreign is None or foreign.lookup is None or self._find is None:
            return None
        here = (*path, foreign.name)
        if here not in self._joins:
            table = self._find(foreign.lookup)
            key = table and (named(table.columns, foreign.lookup.column) if foreign.lookup.column else table.key)
            self._joins[here] = Join(here, foreign, table, key) if table and key else None
        return self._joins[here]

    def _check(self, join: Join, name: str) -> None:
        if not self._is_near(join):
            raise BadValue(
                f"Column '{name}' cannot be read: '{join.table.name}' is not in the same database as the rows that "
                "look it up. Select from both tables and join their rows in your program."
            )

    def _is_near(self, join: Join) -> bool:
        return self._may_join is None or self._may_join(join.table)


def find_column(columns: Iterable[Column], name: str) -> Column | None:
    """Find a column by its field key or its name: in this letter case if there is one, else in any."""
    known = tuple(columns)
    parts = decode_field_key(name)
    return (named(known, parts[0]) if len(parts) == 1 else None) or named(known, name)


def named(columns: Iterable[Column], name: str) -> Column | None:
    """Find a column by its name: in this letter case if there is one, else in any."""
    alike = [column for column in columns if column.name.casefold() == name.casefold()]
    return next((column for column in alike if column.name == name), alike[0] if alike else None)


def reached(path: Path, column: Column) -> Column:
    """Return a column of another table as the table at the beginning of the path has it."""
    full = (*path, column.name)
    return replace(
        column, name=encode_field_key(full), path=full, key=False, auto_increment=False, nullable=True, read_only=True
    )


def title_column(table: Table) -> Column | None:
    """Return the column that stands for a row where another table looks it up: by default the first of texts."""
    columns = [column for column in table.columns if not column.is_blank]
    chosen = named(columns, getattr(table, "title_column", "") or "")
    texts = (column for column in columns if column.kind is Kind.STRING and not column.hidden)
    return chosen or next(texts, None) or table.key
