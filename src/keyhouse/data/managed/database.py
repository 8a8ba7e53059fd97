"""The one database that holds the tables of lists: a SQLite file of ours, or a PostgreSQL database of the site's."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from keyhouse.data.errors import QueryFailed
from keyhouse.data.managed.conform import Work
from keyhouse.data.managed.shapes import ManagedTable
from keyhouse.data.sources import Source
from keyhouse.data.specs import SourceSpec, parse_url, sqlite_path
from keyhouse.data.tables import SourceTable

NAME = "lists"
# Any number that no other program takes in the same database.
_LOCK = 0x6B68_6C69_7374


class ManagedDatabase:
    """Made once; nothing is opened before it is asked. May be called from any thread."""

    def __init__(self, url: str, base: Path, timeout_seconds: float) -> None:
        self._spec = SourceSpec(NAME, url, "/", writable=True, timeout_seconds=timeout_seconds)
        self._base = base
        self._lock = threading.Lock()
        self._source: Source | None = None

    @property
    def source(self) -> Source:
        """The database as rows are read from it and written to it."""
        with self._lock:
            if self._source is None:
                url = parse_url(self._spec)
                if url.get_backend_name() == "sqlite":
                    _make_file(sqlite_path(url, self._base))
                self._source = Source(self._spec, self._base)
            return self._source

    def table(self, table: ManagedTable, folders: tuple[str, ...]) -> SourceTable:
        """Return a table with the rows of these folders."""
        return SourceTable(self.source, table.shape, None, folders)

    @contextmanager
    def changing(self, shown: Collection[str] | None = None) -> Iterator[Work]:
        """Open the transaction of a change of tables: committed at the end of the block, undone by an error.

        One change at a time, over all worker processes; `shown` as for `Work`.
        Raises a SourceError where the database is down or busy.
        """
        with self.source.altering() as connection:
            try:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                yield Work(connection, None, shown)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._source is not None:
                self._source.close()
                self._source = None


def _make_file(path: Path) -> None:
    """Make the file if it is missing: a source opens no file that is not there."""
    if path.exists():
        return
    try:
        path.touch(mode=0o600)
        connection = sqlite3.connect(path)
        try:
            # Readers go on while a list is written.
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise QueryFailed(f"The database of lists cannot be made: {path}", source=NAME, detail=str(error)) from None
