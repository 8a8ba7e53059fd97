"""One transaction of a source: statements, each bounded in time, that take effect together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa

from keyhouse.data.columns import Column
from keyhouse.data.sqlite import Reader
from keyhouse.data.stream import Row


class Writable(Protocol):
    """What a transaction needs of its source."""

    @property
    def name(self) -> str: ...

    def asked(self, connection: sa.Connection) -> AbstractContextManager[None]: ...

    def reader(self, column: Column, type_: sa.types.TypeEngine[Any]) -> Reader | None: ...

    def bind_type(self, column: Column, type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]: ...


class Transaction:
    """An open transaction. It ends with the block that `Source.writing()` began."""

    def __init__(self, source: Writable, connection: sa.Connection) -> None:
        self.source = source
        self._connection = connection

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is SQLite: it has no exact decimals, and integers of 64 bits only."""
        return self._connection.dialect.name == "sqlite"

    def rows(self, statement: sa.Executable) -> list[Row]:
        """Run a statement that returns rows. Raise RowRefused, or another SourceError."""
        with self.source.asked(self._connection):
            return [tuple(row) for row in self._connection.execute(statement)]

    def change(self, statement: sa.Executable) -> int:
        """Run a statement that changes rows and count them. Raise RowRefused, or another SourceError."""
        with self.source.asked(self._connection):
            return self._connection.execute(statement).rowcount

    def change_many(self, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
        """Run a statement once for each row, in one go. Raise RowRefused, or another SourceError."""
        with self.source.asked(self._connection):
            self._connection.execute(statement, rows)
