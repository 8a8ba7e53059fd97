"""Databases to attach: `attach` makes one of each kind, so a test that uses it runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keyhouse.data import Source, SourceSpec

Attach = Callable[..., Source]


@pytest.fixture
def attach_sqlite(tmp_path: Path) -> Iterator[Attach]:
    """Make a SQLite file with statements and open it as a source; all connections must be back at the end."""
    opened: list[Source] = []

    def attach(*statements: str, **options: Any) -> Source:
        with sqlite3.connect(tmp_path / "lab.db") as database:
            for statement in statements:
                database.execute(statement)
        database.close()
        opened.append(Source(SourceSpec("lab", "sqlite:///lab.db", "/home", **options), tmp_path))
        return opened[-1]

    yield attach
    _close(opened)


@pytest.fixture
def attach_postgresql(postgres_url: str) -> Iterator[Attach]:
    """Make a PostgreSQL database with statements and open it as a source."""
    opened: list[Source] = []

    def attach(*statements: str, **options: Any) -> Source:
        with psycopg.connect(postgres_url, autocommit=True) as database:
            for statement in statements:
                database.execute(statement.encode())
        opened.append(Source(SourceSpec("lab", postgres_url, "/home", **options), Path()))
        return opened[-1]

    yield attach
    _close(opened)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def attach(request: pytest.FixtureRequest) -> Attach:
    """The same test on both databases."""
    return request.getfixturevalue(f"attach_{request.param}")  # type: ignore[no-any-return]


def _close(sources: list[Source]) -> None:
    for source in sources:
        lent = source.lent
        source.close()
        assert lent == 0, "a connection was not given back"
