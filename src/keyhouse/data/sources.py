"""Attached databases: opened when first asked, read-only unless said otherwise, gone when they are removed.

Reading and writing have connections of their own: what reads cannot write, whatever it is made to run.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Self

import sqlalchemy as sa

from keyhouse.data.columns import Column
from keyhouse.data.errors import (
    QueryFailed,
    QueryTimedOut,
    ReadOnlySource,
    RowRefused,
    SourceBusy,
    SourceDown,
    SourceError,
    UnknownSource,
    UnknownTable,
)
from keyhouse.data.lease import Lease, Watch
from keyhouse.data.postgresql import PostgresqlDatabase
from keyhouse.data.reflection import reflect
from keyhouse.data.specs import SourceSpec, parse_url, sqlite_path
from keyhouse.data.sqlite import Reader, SqliteDatabase
from keyhouse.data.stream import Row
from keyhouse.data.tables import SourceTable, Statement
from keyhouse.data.write.transaction import Transaction

_CONNECTIONS = 8
_WRITERS = 4
_CONNECTION_SECONDS = 5.0
_REFLECTION_SECONDS = 60.0


class Source:
    """One attached database. Nothing is opened before it is asked; all methods may be called from any thread."""

    def __init__(
        self, spec: SourceSpec, base: Path, database: SqliteDatabase | PostgresqlDatabase | None = None
    ) -> None:
        self.spec = spec
        url = parse_url(spec)
        self._secret = url.password
        is_sqlite = url.get_backend_name() == "sqlite"
        self._database: SqliteDatabase | PostgresqlDatabase = database or (
            SqliteDatabase(spec, sqlite_path(url, base)) if is_sqlite else PostgresqlDatabase(spec, url)
        )
        self._engine = self._database.engine(_CONNECTIONS, _CONNECTION_SECONDS)
        self._writers = self._database.engine(_WRITERS, _CONNECTION_SECONDS, writes=True) if spec.writable else None
        self._watch = Watch()
        self._lock = threading.Lock()
        self._tables: dict[str, SourceTable] = {}
        self._reflected_at = float("-inf")
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<Source {self.spec.name} at {self.spec.safe_url}>"

    @property
    def name(self) -> str:
        """The source's name, which is the schema's name on the wire."""
        return self.spec.name

    @property
    def dialect(self) -> str:
        """What kind of database it is: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def lent(self) -> int:
        """How many connections are in use."""
        engines = [self._engine, *([self._writers] if self._writers else [])]
        return sum(engine.pool.checkedout() for engine in engines)  # type: ignore[attr-defined]

    def check(self) -> int:
        """Reach the database now and count its tables and views. Raise a SourceError that says what to mend."""
        self.refresh()
        return len(self.tables())

    def tables(self) -> tuple[SourceTable, ...]:
        """Return all tables and views in the order of their names, as reflected within the last minute."""
        return tuple(self._reflected().values())

    def table(self, name: str) -> SourceTable:
        """Find a table or view, in this letter case if there is one, else in any. Raise UnknownTable."""
        tables = self._reflected()
        alike = [each for key, each in tables.items() if key.casefold() == name.casefold()]
        if name not in tables and not alike:
            raise UnknownTable(f"Source '{self.name}' has no table or view '{name}'", source=self.name)
        return tables.get(name) or alike[0]

    def refresh(self) -> None:
        """Look at the database's tables anew when they are next asked for."""
        self._reflected_at = float("-inf")

    def close(self) -> None:
        """Close all connections; those in use close when their stream ends."""
        self._is_closed = True
        self._engine.dispose()
        if self._writers:
            self._writers.dispose()

    def stream(self, statement: Statement) -> Lease:
        """Run a statement and lend its connection until the rows are read (lease.py has the limits)."""
        connection = self._connect()
        try:
            with self._waiting(connection):
                result = connection.execution_options(**self._database.stream_options).execute(statement)
        except BaseException:
            self._free(connection)
            raise
        lease = Lease(self, connection, result, self.spec.timeout_seconds, self.spec.stream_seconds)
        self._watch.add(lease)
        return lease

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a transaction that writes. It is committed at the end of the block, and rolled back at an error.

        Raise ReadOnlySource where the source was not attached as writable, and the other SourceErrors.
        """
        connection = self._connect(self._writer_pool())
        try:
            with self._waiting(connection):
                connection.begin()
            yield Transaction(self, connection)
            with self._waiting(connection):
                connection.commit()
        finally:
            self._free(connection)

    def asked(self, connection: sa.Connection) -> AbstractContextManager[None]:
        """Bound a statement of a transaction in time; a row that the database refuses is a RowRefused."""
        return self._waiting(connection, judges_rows=True)

    def scalar(self, statement: Statement) -> Any:
        """Run a statement that has one value."""
        with self._borrowed() as connection:
            return connection.execute(statement).scalar()

    @contextmanager
    def altering(self) -> Iterator[sa.Connection]:
        """Lend a connection for a change of tables, in a transaction that the caller ends."""
        connection = self._connect(self._writer_pool())
        try:
            with self._waiting(connection):
                connection.begin()
                yield connection
        finally:
            self._free(connection)

    def fetch(self, connection: sa.Connection, result: sa.CursorResult[Any], size: int) -> list[Row]:
        """Fetch a batch of a lease's rows."""
        with self._waiting(connection):
            return self._database.fetch(result, size)

    def take_back(self, lease: Lease, connection: sa.Connection, result: sa.CursorResult[Any]) -> None:
        """End a lease."""
        self._watch.discard(lease)
        self._free(connection, result)

    def reader_too_slow(self) -> SourceError:
        """Say why a lease was ended between two batches."""
        return QueryTimedOut(f"The rows of source '{self.name}' were read too slowly", source=self.name)

    def reader(self, column: Column, type_: sa.types.TypeEngine[Any]) -> Reader | None:
        """Return what turns a column's values into its kind, if the driver does not."""
        return self._database.reader(column, type_)

    def bind_type(self, column: Column, type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
        """Return the type in which filter values of a column are bound."""
        return self._database.bind_type(column.kind, type_)

    def _reflected(self) -> dict[str, SourceTable]:
        with self._lock:
            if monotonic() - self._reflected_at > _REFLECTION_SECONDS:
                with self._borrowed() as connection:
                    shapes = reflect(connection, self.spec.schema, self.name)
                self._tables = {shape.name: SourceTable(self, shape, self.spec.schema) for shape in shapes}
                self._reflected_at = monotonic()
            return self._tables

    def _writer_pool(self) -> sa.Engine:
        if self._writers is None:
            raise ReadOnlySource(f"Source '{self.name}' was attached for reading only", source=self.name)
        return self._writers

    def _connect(self, engine: sa.Engine | None = None) -> sa.Connection:
        if self._is_closed:
            raise SourceDown(f"Source '{self.name}' was removed", source=self.name)
        try:
            return (engine or self._engine).connect()
        except (sa.exc.SQLAlchemyError, OSError, ValueError) as error:
            raise self._translate(error) from None

    @contextmanager
    def _borrowed(self) -> Iterator[sa.Connection]:
        connection = self._connect()
        try:
            with self._waiting(connection):
                yield connection
        finally:
            self._free(connection)

    @contextmanager
    def _waiting(self, connection: sa.Connection, judges_rows: bool = False) -> Iterator[None]:
        """Bound the time that the database takes, and speak of its errors in our words."""
        try:
            self._database.start_wait(connection)
            yield
            self._database.end_wait(connection)
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, ValueError, OverflowError) as error:
            # Batches come from SQLite's driver itself, and so do its errors.
            failure = self._refusal(error) if judges_rows else None
            failure = failure or self._translate(error)
            if isinstance(failure, QueryFailed) and not isinstance(failure, RowRefused):
                self.refresh()  # the tables may not be what they were
            raise failure from None

    def _free(self, connection: sa.Connection, result: sa.CursorResult[Any] | None = None) -> None:
        """Return a connection to the pool; what cannot be returned in good order is closed."""
        try:
            if self._is_closed:
                connection.invalidate()
            elif not connection.invalidated:
                if result is not None:
                    result.close()
                self._database.end_wait(connection)
        except sa.exc.SQLAlchemyError:
            connection.invalidate()
        finally:
            connection.close()

    def _refusal(self, error: BaseException) -> SourceError | None:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
        text = self._database.refusal(cause)
        return RowRefused(text, source=self.name, detail=type(cause).__name__) if text else None

    def _translate(self, error: BaseException) -> SourceError:
        if isinstance(error, sa.exc.TimeoutError):
            return SourceBusy(f"All connections of source '{self.name}' are in use; try again", source=self.name)
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
        detail = f"{type(cause).__name__}: {cause}".strip().partition("\n")[0]
        if self._secret:
            detail = detail.replace(self._secret, "***")
        return self._database.translate(cause, detail)


class SourceRegistry:
    """The sources that there are now, by folder and name.

    `specs` is called at every look: an added source is there at once, and a removed or changed one is closed. `base` is
    where relative SQLite paths count from.
    """

    def __init__(self, specs: Callable[[], Iterable[SourceSpec]], base: Path) -> None:
        self._specs = specs
        self._base = base
        self._lock = threading.Lock()
        self._sources: dict[SourceSpec, Source] = {}

    def specs(self, folder_path: str) -> tuple[SourceSpec, ...]:
        """Return the specs of a folder in the order of their names, also of sources whose URL is wrong."""
        wanted = [spec for spec in self._current() if _folded(spec.folder_path) == _folded(folder_path)]
        return tuple(sorted(wanted, key=lambda spec: spec.name.casefold()))

    def get(self, folder_path: str, name: str) -> Source:
        """Find a source of a folder, in any letter case. Raise UnknownSource or BadSourceUrl."""
        for spec in self._current():
            if (_folded(spec.folder_path), _folded(spec.name)) == (_folded(folder_path), _folded(name)):
                return self.source_of(spec)
        raise UnknownSource(f"Folder '{folder_path}' has no source '{name}'", source=name)

    def source_of(self, spec: SourceSpec) -> Source:
        """Return the source of a spec that `specs` has just told, without another look. Raise BadSourceUrl."""
        with self._lock:
            if spec not in self._sources:
                self._sources[spec] = Source(spec, self._base)
            return self._sources[spec]

    def close(self) -> None:
        """Close every source."""
        with self._lock:
            self._close_others(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _current(self) -> tuple[SourceSpec, ...]:
        current = tuple(self._specs())
        with self._lock:
            self._close_others(current)
        return current

    def _close_others(self, current: Iterable[SourceSpec]) -> None:
        for spec in self._sources.keys() - set(current):
            self._sources.pop(spec).close()


def _folded(text: str) -> str:
    return text.strip("/").casefold()
