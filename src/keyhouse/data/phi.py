"""Columns above somebody's level, cut out where a table is made: nothing that is put to the table can reach them then.

A hidden column is as if it were not there. A blank one is there, and its SQL is a NULL of its type wherever it stands:
in what is selected, filtered, sorted, joined or computed. A table without its key has none, and rows of a cut table
come in an order of what is left: the database's own could be that of what was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from keyhouse.core.phi import PhiColumns, PhiLevel
from keyhouse.data.columns import Column, Kind

if TYPE_CHECKING:
    from keyhouse.data.tables import SourceTable

T = TypeVar("T", bound="SourceTable")
_TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.STRING: sa.Text(),
    Kind.INT: sa.BigInteger(),
    Kind.FLOAT: sa.Double(),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DATE: sa.DateTime(),
}


_LEVELS = {level.wire_name: level for level in PhiLevel}


@dataclass(frozen=True, slots=True)
class PhiLimit:
    """How identifying a column may be that somebody sees, and what becomes of those that are more."""

    ceiling: PhiLevel
    behaviour: PhiColumns

    def guards(self, column: Column) -> bool:
        """Tell whether a column is above the ceiling."""
        return level_of(column) > self.ceiling

    def seen(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """Return the columns of a table as they are seen below the ceiling."""
        if not any(self.guards(column) for column in columns):
            return tuple(columns)
        # Part of a key would stand for rows that it does not tell apart.
        has_key = not any(column.key and self.guards(column) for column in columns)
        return tuple(replace(column, key=column.key and has_key) for column in self._left(columns))

    def _left(self, columns: Sequence[Column]) -> Iterator[Column]:
        for column in columns:
            if not self.guards(column):
                yield column
            elif self.behaviour is PhiColumns.BLANK:
                yield replace(column, is_blank=True, nullable=True, read_only=True, auto_increment=False)


def level_of(column: Column) -> PhiLevel:
    """Return how identifying a column is; a level that is not known is the most guarded one."""
    return _LEVELS.get(column.phi, PhiLevel.RESTRICTED)


def marked(table: T, level: Callable[[str], PhiLevel]) -> T:
    """Return a table whose columns have at least these levels; the table itself where that is so already."""
    columns = tuple(
        replace(column, phi=level(column.name).wire_name) if level(column.name) > level_of(column) else column
        for column in table.columns
    )
    return table if columns == table.columns else table.with_columns(columns)


def limited(table: T, limit: PhiLimit) -> T | None:
    """Return a table as it is seen below a ceiling, itself where nothing is above; None where nothing is left of it."""
    columns = limit.seen(table.columns)
    if columns == table.columns:
        return table
    return table.with_columns(columns, is_cut=True) if columns else None


def blank(column: Column) -> sa.ColumnElement[Any]:
    """Return the SQL of a blank column."""
    # Lists of values are known as such by their type.
    return sa.cast(sa.null(), ARRAY(sa.Text()) if column.is_multiple else _TYPES[column.kind])


def ties(columns: Sequence[Column], whole: Sequence[Column]) -> tuple[Column, ...]:
    """Return which of some columns decide the order of rows in a cut table, `whole` being all of it that is seen.

    That is the key, or else all of them: rows with the same part of a key would come in an order of an index.
    """
    keys = tuple(each for each in columns if each.key)
    if keys and len(keys) == sum(each.key for each in whole):
        return keys
    return tuple(each for each in columns if not each.is_blank)


def settling(element: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return what the rows of a cut table are ordered by for the sake of an order; PostgreSQL sorts no JSON."""
    return sa.cast(element, sa.Text()) if isinstance(element.type, sa.JSON | sa.types.NullType) else element
