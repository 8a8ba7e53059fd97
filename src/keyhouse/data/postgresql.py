"""PostgreSQL as a source: read-only transactions, server-side cursors, time-outs that the server keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from psycopg.types.string import TextLoader

from keyhouse.data.columns import Column, Kind
from keyhouse.data.errors import QueryFailed, QueryTimedOut, SourceDown, SourceError
from keyhouse.data.specs import SourceSpec
from keyhouse.data.stream import Row

_CONNECT_SECONDS = 5
# Python's dates end at the year 9999, know no infinity, and no 24:00.
_TOLERATED = ("date", "timestamp", "timestamptz", "time", "timetz")
# Types for which psycopg has Python classes of its own, which no row should carry.
_AS_TEXT = ("interval", "inet", "cidr")
_TIMED_OUT = {"57014", "25P03"}
_DOWN = ("08", "53", "57P")
# Data that does not fit, a broken constraint, a view that takes no rows, a generated column, a trigger's own error.
_REFUSED = ("22", "23", "55000", "428C9", "P0001")
Reader = Callable[[Any], Any]


class PostgresqlDatabase:
    """How a PostgreSQL database is reached and asked."""

    stream_options: dict[str, Any] = {"stream_results": True, "max_row_buffer": 1000}

    def __init__(self, spec: SourceSpec, url: sa.URL) -> None:
        self._spec = spec
        self._url = url

    def engine(self, pool_size: int, pool_seconds: float, writes: bool = False) -> sa.Engine:
        """Make an engine whose connections read, or one whose transactions write; no connection is made yet."""
        engine = sa.create_engine(
            self._url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_seconds,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "application_name": "keyhouse",
                "keepalives_idle": 15,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "prepare_threshold": None,  # connection poolers lose prepared statements
            },
        )
        sa.event.listen(engine, "connect", self._prepare)
        if not writes:
            sa.event.listen(engine, "connect", _forbid_writing)
        return engine

    def fetch(self, result: sa.CursorResult[Any], size: int) -> list[Row]:
        """Fetch from the server's cursor, of which SQLAlchemy has read ahead."""
        return [tuple(row) for row in result.fetchmany(size)]

    def start_wait(self, connection: sa.Connection) -> None:
        """Nothing: `statement_timeout` holds for the query and for each FETCH."""

    def end_wait(self, connection: sa.Connection) -> None:
        """Nothing, as above."""

    def reader(self, column: Column, type_: sa.types.TypeEngine[Any]) -> Reader | None:
        """Nothing to do: psycopg gives Python values."""
        return None

    def bind_type(self, kind: Kind, type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
        """Bind as the column is declared."""
        return type_

    def translate(self, error: BaseException, detail: str) -> SourceError:
        """Say in our words what PostgreSQL says in its own."""
        name, state = self._spec.name, getattr(error, "sqlstate", None)
        if state in _TIMED_OUT:
            return QueryTimedOut(f"The query on source '{name}' took too long", source=name, detail=detail)
        if isinstance(error, psycopg.OperationalError) and (state is None or state.startswith(_DOWN)):
            check = "check that its database runs, and the host, port, user, password and database of its URL"
            return SourceDown(f"Source '{name}' cannot be reached: {check}", source=name, detail=detail)
        return QueryFailed(f"Source '{name}' could not answer this query", source=name, detail=detail)

    def refusal(self, error: BaseException) -> str | None:
        """Say why a row was refused, in the database's own words; None for any other error."""
        state = getattr(error, "sqlstate", None) or ""
        if not isinstance(error, psycopg.Error) or not state.startswith(_REFUSED):
            return None
        told = f"ERROR: {error.diag.message_primary}"
        return f"{told}\n  Detail: {error.diag.message_detail}" if error.diag.message_detail else told

    def _prepare(self, connection: psycopg.Connection[Any], _record: object) -> None:
        for name in _TOLERATED:
            _tolerate(connection, name)
        for name in _AS_TEXT:
            connection.adapters.register_loader(name, TextLoader)
        was_autocommit = connection.autocommit
        connection.autocommit = True
        milliseconds = max(1, round(self._spec.timeout_seconds * 1000))
        connection.execute(f"SET statement_timeout = {milliseconds}")
        connection.execute("SET TimeZone = 'UTC'")
        connection.autocommit = was_autocommit


def _forbid_writing(connection: psycopg.Connection[Any], _record: object) -> None:
    was_autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute("SET default_transaction_read_only = on")
    connection.autocommit = was_autocommit
    # Each BEGIN says it again, so a session whose default was changed back cannot write either.
    connection.read_only = True


def _tolerate(connection: psycopg.Connection[Any], name: str) -> None:
    """Give dates that Python cannot hold as PostgreSQL writes them, instead of failing in the middle of the rows."""
    known = connection.adapters.types[name]
    fast = cast(type[Loader], connection.adapters.get_loader(known.oid, Format.TEXT))

    class Tolerant(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._load = fast(oid, context).load

        def load(self, data: Buffer) -> Any:
            try:
                return self._load(data)
            except psycopg.DataError:
                return bytes(data).decode()

    connection.adapters.register_loader(known.oid, Tolerant)
