"""An empty database in memory, for statements that read nothing but this server's own lists."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from keyhouse.data.sources import Source
from keyhouse.data.specs import SourceSpec
from keyhouse.data.sqlite import SqliteDatabase

_SPEC = SourceSpec("core", "sqlite:////nowhere", "/")


class _EmptyDatabase(SqliteDatabase):
    """Each connection is a database of its own with nothing in it."""

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(":memory:", check_same_thread=False)

    def _identity(self) -> tuple[int, int] | None:
        return None


class _Scratch(Source):
    def __init__(self) -> None:
        super().__init__(_SPEC, Path("/"), _EmptyDatabase(_SPEC, Path("/nowhere")))


@cache
def scratch() -> Source:
    """Return the empty database of this process."""
    return _Scratch()
