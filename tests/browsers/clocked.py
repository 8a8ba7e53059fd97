"""A site whose clock can be set and whose server can be started again: real time-outs without waiting for them."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from tests.browsers.live import ROOT, _answering, _free_port

_LIBRARY = "usr/lib/*/faketime/libfaketimeMT.so.1"


@dataclass
class ClockedSite:
    """A running site; its server sees the time that `set_clock` says, in all of its workers."""

    data: Path
    workers: int
    port: int = field(default_factory=_free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where the site lives, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}/labkey"

    def __enter__(self) -> Self:
        self.set_clock(timedelta())
        prepare = [sys.executable, "-m", "tests.browsers.prepare_regulated", str(self.data)]
        subprocess.run(prepare, check=True, cwd=ROOT, env=self._environment())
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def set_clock(self, ahead: timedelta) -> None:
        """Let the server's clock be this much ahead of the real one (or behind it) from now on."""
        (self.data.parent / "clock").write_text(f"{ahead.total_seconds():+.0f}\n")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "keyhouse.server:application"]
        server += ["--host", "127.0.0.1", "--port", str(self.port), "--blocking-threads", "4"]
        server += ["--workers", str(self.workers)]
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(server, cwd=ROOT, env=self._environment(), stdout=log, stderr=log)
        _answering(self.url, self.process, self.data)

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def restart(self) -> None:
        """Stop the server, and start it again on the same data and port."""
        self.stop()
        self.start()

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KEYHOUSE_DATA": str(self.data),
            "KEYHOUSE_CONTEXT_PATH": "/labkey",
            "KEYHOUSE_PORT": str(self.port),
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(self.data.parent / "clock"),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def _library() -> str:
    found = next(Path("/").glob(_LIBRARY), None)
    if found is None:
        pytest.skip("needs the Debian package faketime")
    return str(found)
