"""A real server in a process of its own, on a port of its own, for real clients."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

CONTEXT_PATH = "/labkey"
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Live:
    """A running server; `keys` has a key of the administrator and one of the analyst."""

    data: Path
    port: int
    process: subprocess.Popen[bytes]
    keys: dict[str, str] = field(repr=False)

    host = "127.0.0.1"
    password = "correct horse battery"

    @property
    def url(self) -> str:
        """Where the site lives, without a slash at the end."""
        return f"http://{self.host}:{self.port}{CONTEXT_PATH}"

    @property
    def analyst(self) -> str:
        """The analyst's key."""
        return self.keys["analyst"]

    @property
    def admin(self) -> str:
        """The administrator's key."""
        return self.keys["admin"]

    def operate(self, command: str, *arguments: str) -> Any:
        """Run one command of `live_operator` on the running site."""
        return _operate(self.data, command, *arguments)

    def netrc(self, folder: Path, key: str, host: str = host) -> Path:
        """Write a netrc file with this key."""
        file = folder / "netrc"
        file.write_text(f"machine {host} login apikey password {key}\n")
        file.chmod(0o600)
        return file

    def worker_bytes(self) -> int:
        """Return the resident memory of the worker processes together."""
        return sum(_resident(pid) for pid in _children(self.process.pid))


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server with an administrator, an analyst, their keys, and the source `pbc` in /home."""
    data = tmp_path_factory.mktemp("live") / "data"
    keys = _operate(data, "make")
    port = _free_port()
    log = (data.parent / "server.log").open("wb")
    process = subprocess.Popen(_command(port), cwd=_ROOT, env=_environment(data), stdout=log, stderr=log)
    try:
        _wait(process, port, data.parent / "server.log")
        yield Live(data, port, process, keys)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _command(port: int) -> list[str]:
    granian = Path(sys.executable).parent / "granian"
    options = ["--interface", "wsgi", "--factory", "keyhouse.server:application", "--port", str(port)]
    return [str(granian), *options, "--blocking-threads", "8"]


def _environment(data: Path) -> dict[str, str]:
    return {**os.environ, "KEYHOUSE_DATA": str(data), "KEYHOUSE_CONTEXT_PATH": CONTEXT_PATH}


def _operate(data: Path, command: str, *arguments: str) -> Any:
    line = [sys.executable, "-m", "tests.live_operator", str(data), command, *arguments]
    done = subprocess.run(line, cwd=_ROOT, env=_environment(data), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(f"http://127.0.0.1:{port}{CONTEXT_PATH}/login-whoAmI.api", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed] or [pid]


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
