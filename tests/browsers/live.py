"""A site that really runs, and a real Chromium in front of it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Live:
    """A running site."""

    url: str
    data: Path


@contextmanager
def running(data: Path) -> Iterator[Live]:
    """Prepare a site in this directory and serve it until the block ends."""
    port = _free_port()
    environ = {**os.environ, "KEYHOUSE_DATA": str(data), "KEYHOUSE_CONTEXT_PATH": "/labkey", "KEYHOUSE_PORT": str(port)}
    subprocess.run([sys.executable, "-m", "tests.browsers.prepare", str(data)], check=True, cwd=ROOT, env=environ)
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "keyhouse.server:application"]
    server += ["--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "4"]
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(server, cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            yield Live(_answering(f"http://127.0.0.1:{port}/labkey", process, data), data)
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answering(url: str, process: "subprocess.Popen[bytes]", data: Path) -> str:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{url}/login-whoAmI.api", timeout=5):
                return url
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start: {(data / 'server.log').read_text('utf-8', 'replace')[-2000:]}")
