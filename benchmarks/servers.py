"""The servers that a run compares, each started on a free port of this machine and stopped at the end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int
    process: int

    def resident_kilobytes(self) -> int:
        """Return the memory of the server and of its workers."""
        found = subprocess.run(
            ["ps", "-o", "rss=", "--pid", str(self.process), "--ppid", str(self.process)],
            check=True,
            capture_output=True,
            text=True,
        )
        return sum(int(line) for line in found.stdout.split())


@contextmanager
def bare() -> Iterator[Server]:
    """Run a WSGI function that answers with a constant: what the server beneath Keyhouse can do at most."""
    with _granian("bare", ["benchmarks.bare:application"], {}) as server:
        yield server


@contextmanager
def bare_rows(database: Path) -> Iterator[Server]:
    """Run a WSGI function that does nothing but read rows and write them as JSON: what can be done at most."""
    with _granian("bare rows", ["benchmarks.bare:rows"], {"BENCH_DB": str(database)}) as server:
        yield server


@contextmanager
def keyhouse(data: Path) -> Iterator[Server]:
    """Run Keyhouse on a site made by `site.make`."""
    with _granian("keyhouse", ["--factory", "keyhouse.server:application"], {"KEYHOUSE_DATA": str(data)}) as server:
        yield server


@contextmanager
def datasette(database: Path) -> Iterator[Server] | Iterator[None]:
    """Run Datasette on the same database, the nearest peer that serves rows as JSON; None where it is not installed."""
    if subprocess.run([sys.executable, "-c", "import datasette"], capture_output=True).returncode:
        yield None
        return
    port = _free_port()
    command = [sys.executable, "-m", "datasette", str(database), "--port", str(port)]
    command += ["--setting", "max_returned_rows", "200000", "--setting", "sql_time_limit_ms", "60000"]
    with _running("datasette", command, port, {}) as server:
        yield server


@contextmanager
def _granian(name: str, target: list[str], environment: dict[str, str]) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4"]
    with _running(name, [*command, "--no-ws", *target], port, environment) as server:
        yield server


@contextmanager
def _running(name: str, command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield Server(name, port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing listens on port {port}")
