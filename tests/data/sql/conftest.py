"""The laboratory in both databases; nothing writes to it, so a module shares one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.data.sql.lab import Lab, postgresql_lab, sqlite_lab


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The laboratory in SQLite."""
    lab = sqlite_lab(tmp_path_factory.mktemp("lab"))
    yield lab
    assert lab.source.lent == 0, "a connection was not given back"
    lab.source.close()


@pytest.fixture(scope="module")
def on_postgresql(postgres_cluster: Any) -> Iterator[Lab]:
    """The laboratory in PostgreSQL."""
    with postgres_cluster.connect() as connection:
        connection.execute("CREATE DATABASE lab_sql")
    lab = postgresql_lab(postgres_cluster.url("lab_sql"))
    yield lab
    assert lab.source.lent == 0, "a connection was not given back"
    lab.source.close()
    with postgres_cluster.connect() as connection:
        connection.execute("DROP DATABASE lab_sql WITH (FORCE)")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def lab(request: pytest.FixtureRequest) -> Lab:
    """The same test on both databases."""
    return request.getfixturevalue(f"on_{request.param}")  # type: ignore[no-any-return]
