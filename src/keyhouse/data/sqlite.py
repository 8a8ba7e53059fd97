"""SQLite as a source: opened read-only, interrupted at a deadline, its loosely typed values read with care."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from keyhouse.data import sqlite_functions
from keyhouse.data.columns import Column, Kind
from keyhouse.data.conditions import Items
from keyhouse.data.days import in_utc
from keyhouse.data.errors import QueryFailed, QueryTimedOut, SourceBusy, SourceDown, SourceError
from keyhouse.data.matching import has_items
from keyhouse.data.specs import SourceSpec
from keyhouse.data.sqlite_refusals import refusal
from keyhouse.data.stream import Row

_INSTRUCTIONS_BETWEEN_LOOKS = 10_000
_LOCK_SECONDS = 5.0
DEADLINE = "keyhouse_deadline"
Reader = Callable[[Any], Any]


class Deadline:
    """The monotonic time at which a connection's statement is interrupted."""

    def __init__(self) -> None:
        self.at = float("inf")

    def is_past(self) -> bool:
        return monotonic() > self.at


class SqliteDatabase:
    """How a SQLite file is opened and asked."""

    stream_options: dict[str, Any] = {}

    def __init__(self, spec: SourceSpec, path: Path) -> None:
        self._spec = spec
        self._path = path

    def engine(self, pool_size: int, pool_seconds: float, writes: bool = False) -> sa.Engine:
        """Make an engine whose connections read, or one whose transactions write; nothing is opened yet."""
        engine = sa.create_engine(
            "sqlite+pysqlite://",
            creator=self._open,
            poolclass=sa.QueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_seconds,
            hide_parameters=True,
        )
        sa.event.listen(engine, "connect", self._prepare)
        sa.event.listen(engine, "connect", _let_write if writes else _forbid_writing)
        sa.event.listen(engine, "checkout", self._check_out)
        if writes:
            sa.event.listen(engine, "begin", _begin_writing)
        return engine

    def fetch(self, result: sa.CursorResult[Any], size: int) -> list[Row]:
        """Fetch the driver's own tuples: none needs SQLAlchemy's conversions, and its rows take a third of the time."""
        return list(result.cursor.fetchmany(size))

    def start_wait(self, connection: sa.Connection) -> None:
        """Begin to count the time that the database takes."""
        connection.info[DEADLINE].at = monotonic() + self._spec.timeout_seconds

    def end_wait(self, connection: sa.Connection) -> None:
        """Stop counting."""
        connection.info[DEADLINE].at = float("inf")

    def reader(self, column: Column, type_: sa.types.TypeEngine[Any]) -> Reader | None:
        """Return what turns a stored value into one of the column's kind; a malformed one is left as it is stored."""
        if isinstance(type_, sa.Time):
            return _read_time
        if column.kind is Kind.BOOLEAN:
            return _read_boolean
        if column.kind is Kind.DATE:
            return _read_moment if column.has_time else _read_date
        return None

    def bind_type(self, kind: Kind, type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
        """Choose how filter values are bound: SQLite has no exact decimals."""
        return sa.Double() if kind is Kind.FLOAT else type_

    def translate(self, error: BaseException, detail: str) -> SourceError:
        """Say in our words what sqlite3 says in its own."""
        name, text = self._spec.name, str(error)
        if "interrupted" in text:
            return QueryTimedOut(f"The query on source '{name}' took too long", source=name, detail=detail)
        if "unable to open" in text:
            problem = f"its file {self._path} is missing or may not be read by the server"
        elif "not a database" in text or "malformed" in text:
            problem = f"{self._path} is not a sound SQLite database"
        elif "disk I/O" in text:
            problem = f"{self._path} cannot be read; check its disk"
        elif "locked" in text or "busy" in text:
            return SourceBusy(f"Source '{name}' is locked by another program; try again", source=name, detail=detail)
        else:
            return QueryFailed(f"Source '{name}' could not answer this query", source=name, detail=detail)
        return SourceDown(f"Source '{name}' is not available: {problem}", source=name, detail=detail)

    def refusal(self, error: BaseException) -> str | None:
        """Say in PostgreSQL's words, which clients look for, why a row was refused; None for any other error."""
        return refusal(str(error)) if isinstance(error, sqlite3.IntegrityError) else None

    def _open(self) -> sqlite3.Connection:
        # mode=rw, unlike SQLite's default, does not create a file that is missing. A reader of a file that others write
        # needs it too: it must be able to roll back what a writer left when it was killed.
        mode = "rw" if self._spec.writable else "ro"
        return sqlite3.connect(
            f"file:{quote(str(self._path))}?mode={mode}",
            uri=True,
            timeout=min(_LOCK_SECONDS, self._spec.timeout_seconds),
            check_same_thread=False,
        )

    def _prepare(self, connection: sqlite3.Connection, record: sa.pool.ConnectionPoolEntry) -> None:
        deadline = record.info[DEADLINE] = Deadline()
        record.info["file"] = self._identity()
        connection.text_factory = _read_text
        connection.create_function("keyhouse_lower", 1, _lower, deterministic=True)
        connection.create_function("keyhouse_moment", 1, _moment_text, deterministic=True)
        connection.create_function("keyhouse_holds", 3, _holds, deterministic=True)
        sqlite_functions.install(connection)
        connection.set_progress_handler(deadline.is_past, _INSTRUCTIONS_BETWEEN_LOOKS)
        connection.execute("PRAGMA trusted_schema = OFF")  # a hostile file's views may not call what is unsafe

    def _check_out(self, _connection: object, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        """Reopen when the file was replaced: a pooled connection would go on reading the old one."""
        if record.info.get("file") != self._identity():
            raise sa.exc.DisconnectionError("the file was replaced")

    def _identity(self) -> tuple[int, int] | None:
        with suppress(OSError):
            found = self._path.stat()
            return found.st_dev, found.st_ino
        return None


def _forbid_writing(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _let_write(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.isolation_level = None  # the driver would begin its transactions itself, and deferred


def _begin_writing(connection: sa.Connection) -> None:
    # A deferred transaction that reads first and then writes fails at once where another writes: it cannot wait.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def stored_moment(value: Any) -> datetime | None:
    """Read a text that SQLite keeps in a column of dates; None if it is none."""
    if isinstance(value, str) and len(value) >= 10 and value[4] == "-" == value[7]:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return None
    return None


def _read_text(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _read_boolean(value: Any) -> Any:
    return bool(value) if value in (0, 1) and isinstance(value, int) else value


def _read_moment(value: Any) -> Any:
    found = stored_moment(value)
    return value if found is None else found


def _read_date(value: Any) -> Any:
    found = stored_moment(value)
    if found is None:
        return value
    return found if found.time() != time() else found.date()


def _read_time(value: Any) -> Any:
    if isinstance(value, str):
        with suppress(ValueError):
            return time.fromisoformat(value)
    return value


def _lower(value: Any) -> str | None:
    return None if value is None else str(value).lower()


def _holds(value: Any, how: str, items: str) -> bool:
    return has_items(value, Items(how), tuple(json.loads(items)))


def _moment_text(value: Any) -> str | None:
    """A stored date in the one form that SQLAlchemy binds dates in; nulls and malformed ones compare with nothing."""
    found = stored_moment(value)
    return None if found is None else in_utc(found).isoformat(" ", "microseconds")
