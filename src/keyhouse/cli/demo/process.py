"""The server of the demonstration: a process of its own, started and stopped as a person would."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from keyhouse.cli.demo.prepare import CONTEXT_PATH
from keyhouse.cli.failure import Unusable

_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 5


class ServerProcess:
    """``keyhouse serve`` in the background; its output goes to a file beside the logs."""

    def __init__(self, data: Path, host: str, port: int) -> None:
        self.url = f"http://{host}:{port}{CONTEXT_PATH}"
        self._address = (host, port)
        self._output = data / "logs" / "serve.out"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KEYHOUSE_")}
        serve = [sys.executable, "-m", "keyhouse.cli", "serve", "--data", str(data)]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [*serve, "--host", host, "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the demonstration, which then stops its server in good order.
            )

    def wait_until_ready(self) -> None:
        """Return when the server accepts connections."""
        ends_at = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < ends_at and self._process.poll() is None:
            try:
                socket.create_connection(self._address, timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        lines = self._output.read_text("utf-8", "replace").strip().splitlines()
        raise Unusable(f"The server did not start: {lines[-1] if lines else 'it said nothing'}")

    def wait(self) -> None:
        """Wait until somebody presses Ctrl-C; raise `Unusable` where the server ends by itself."""
        try:
            self._process.wait()
        except KeyboardInterrupt:
            return
        raise Unusable(f"The server has ended. Its last words are in {self._output}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
