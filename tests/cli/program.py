"""Run the command line as people do: a process of its own, with none of the suite's settings."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-m", "keyhouse.cli"]
PASSWORD = "correct horse battery"
ADMIN = "admin@example.org"


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """The environment of this process without any setting of Keyhouse or netrc."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KEYHOUSE_") and name != "NETRC"}
    return {**kept, **more}


def run(*arguments: str | Path, stdin: str = "", cwd: Path | None = None, **variables: str) -> Run:
    """Run one command to its end, forked from a process that has the libraries already."""
    request = {
        "arguments": [str(argument) for argument in arguments],
        "environment": environment(**variables),
        "cwd": str(cwd or Path.cwd()),
    }
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        line = _warm()
        socket.send_fds(line, [json.dumps(request).encode()], [given.fileno(), out.fileno(), err.fileno()])
        code = int(line.recv(100))
        out.seek(0)
        err.seek(0)
        result = Run(code, out.read().decode(), err.read().decode())
    assert "Traceback" not in result.err + result.out, result.err
    return result


@cache
def _warm() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(120)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.cli.warm", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=Path(__file__).parents[2],
            env=environment(),
        )
    return ours


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(data: Path, *arguments: str, port: int | None = None) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run the server until the block ends; yields its port and process."""
    port = port or free_port()
    log = data.parent / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*PROGRAM, "serve", "--data", str(data), "--port", str(port), *arguments],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )
    try:
        wait_for_port(port, process, log)
        yield port, process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(log.read_text())
