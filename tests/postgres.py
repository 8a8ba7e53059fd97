"""A PostgreSQL server of the suite's own: a fresh cluster in a temporary directory, a fresh database for each test."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

_USER = "keyhouse_test"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Cluster:
    """A running server that asks for a password."""

    port: int
    password: str
    directory: Path

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{_USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """Connect as the owner of everything, each statement on its own."""
        return psycopg.connect(self.url(database), autocommit=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("Debian's package postgresql is not installed")
    return found[-1].parent


def _run(*command: str | Path, cwd: Path) -> None:
    # initdb and the server refuse to run as root.
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_postgres, *map(str, command)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A server for the whole run."""
    binaries = _binaries()
    # Not below pytest's own directory, which no other user may enter.
    directory = Path(tempfile.mkdtemp(prefix="keyhouse-postgres-"))
    cluster = Cluster(_free_port(), secrets.token_hex(12), directory)
    password_file = directory / "password"
    password_file.write_text(cluster.password)
    if os.geteuid() == 0:
        for path in (directory, password_file):
            shutil.chown(path, "postgres", "postgres")
    data, log = directory / "data", directory / "log"
    options = f"-c fsync=off -c unix_socket_directories= -c listen_addresses=127.0.0.1 -p {cluster.port}"
    try:
        _run(
            binaries / "initdb",
            *("-D", data, "-U", _USER, "-A", "scram-sha-256", "--pwfile", password_file),
            *("--locale", "C.UTF-8", "--encoding", "UTF8", "--no-sync"),
            cwd=directory,
        )
        _run(binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start", cwd=directory)
        try:
            yield cluster
        finally:
            _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", cwd=directory)
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The URL of an empty database for one test."""
    name = f"test_{next(_NUMBERS)}"
    with postgres_cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres_cluster.url(name)
    with postgres_cluster.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
