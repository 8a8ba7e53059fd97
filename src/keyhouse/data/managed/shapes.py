"""What a managed table is to be: its columns, how each is stored, and its indices. Values only, no database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from keyhouse.data.columns import Column, Kind
from keyhouse.data.reflection import TableShape


class Stored(StrEnum):
    """How the values of a column are kept."""

    TEXT = "text"
    INT = "int"
    LONG = "long"
    DOUBLE = "double"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DAY = "day"
    TIME = "time"

    @property
    def kind(self) -> Kind:
        """The kind of value that clients see."""
        return _KINDS[self]

    @property
    def type(self) -> sa.types.TypeEngine[Any]:
        """The type of the column in the database."""
        return _TYPES[self]


class _TimeText(sqlite.TIME):
    """A time of day in SQLite as it is shown: a filter's text must meet the same text, without six zeros after it."""

    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any]:
        """Write a time in ISO format, with a fraction only where there is one."""
        return lambda value: value.isoformat() if isinstance(value, time) else value


_TYPES: dict[Stored, sa.types.TypeEngine[Any]] = {
    Stored.TEXT: sa.Text(),
    Stored.INT: sa.Integer(),
    Stored.LONG: sa.BigInteger(),
    Stored.DOUBLE: sa.Double(),
    Stored.DECIMAL: sa.Numeric(),
    Stored.BOOLEAN: sa.Boolean(),
    Stored.MOMENT: sa.DateTime(),
    Stored.DAY: sa.Date(),
    Stored.TIME: sa.Time().with_variant(_TimeText(), "sqlite"),  # type: ignore[no-untyped-call]
}
_KINDS = {
    Stored.TEXT: Kind.STRING,
    Stored.INT: Kind.INT,
    Stored.LONG: Kind.INT,
    Stored.DOUBLE: Kind.FLOAT,
    Stored.DECIMAL: Kind.FLOAT,
    Stored.BOOLEAN: Kind.BOOLEAN,
    Stored.MOMENT: Kind.DATE,
    Stored.DAY: Kind.DATE,
    Stored.TIME: Kind.STRING,
}


@dataclass(frozen=True, slots=True)
class ManagedColumn:
    """A column and how it is stored.

    `taken_from` is the stored name and type of the column that had its values before its type was changed.
    """

    column: Column
    stored: Stored
    taken_from: tuple[str, Stored] | None = None


@dataclass(frozen=True, slots=True)
class ManagedIndex:
    """An index over columns by their stored names."""

    columns: tuple[str, ...]
    is_unique: bool

    def name_in(self, table: str) -> str:
        """Return the name of the index: what it covers decides it, so that two designs agree on it."""
        told = "\0".join((table, str(self.is_unique), *self.columns))
        return f"index_{hashlib.sha256(told.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class ManagedTable:
    """A table as its design says it is. `storage` and `container` are stored names."""

    name: str
    storage: str
    columns: tuple[ManagedColumn, ...]
    container: str
    indices: tuple[ManagedIndex, ...] = ()
    title: str = ""
    description: str | None = None
    title_column: str = ""

    @property
    def key(self) -> ManagedColumn:
        """The column of the primary key."""
        return next(each for each in self.columns if each.column.key)

    @property
    def shape(self) -> TableShape:
        """The table as it is read."""
        return TableShape(
            name=self.name,
            columns=tuple(each.column for each in self.columns),
            types=tuple(each.stored.type for each in self.columns),
            description=self.description,
            title=self.title,
            title_column=self.title_column,
            storage=self.storage,
            container=self.container,
        )
