"""A server that answers whatever a test tells it to, and remembers what it was asked."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Hostile:
    """What is answered to every request; a body that is a list drips, a piece every tenth of a second."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = b""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def says(self, body: Any, status: int = 200, **headers: str) -> None:
        """Answer this from now on."""
        self.body, self.status, self.headers = body, status, {name.replace("_", "-"): headers[name] for name in headers}


@contextmanager
def hostile(context: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    """Listen on a port of this machine until the block ends, with TLS where a context is given."""
    said = Hostile()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said.asked.append(self.path)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self._send(said.body)
            except OSError:
                return

        def _send(self, body: Any) -> None:
            for piece in [body] if isinstance(body, bytes) else body:
                self.wfile.write(piece)
                self.wfile.flush()
                if not isinstance(body, bytes):
                    time.sleep(0.1)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    said.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}/cas"
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield said
    finally:
        server.shutdown()
        server.server_close()
