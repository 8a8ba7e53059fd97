"""A private home folder with a netrc file, and a server on loopback that tells what real clients sent."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.cli.program import Run, run


class Home:
    """A home folder of its own; commands run there see no other netrc file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / ".netrc"

    def write(self, text: str | bytes, mode: int = 0o600) -> Path:
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.file.chmod(mode)
        return self.file

    @property
    def text(self) -> str:
        return self.file.read_text()

    def run(self, *arguments: str | Path, stdin: str = "", **variables: str) -> Run:
        """Run ``keyhouse netrc …`` here."""
        return run("netrc", *arguments, stdin=stdin, cwd=self.folder, HOME=str(self.folder), **variables)


class Listener:
    """What arrived: the Authorization header of each request, decoded; None for a request without one."""

    def __init__(self) -> None:
        self.seen: list[bytes | None] = []
        self.port = 0

    @property
    def last(self) -> bytes | None:
        return self.seen[-1] if self.seen else None


@contextmanager
def listening(challenges: bool = False) -> Iterator[Listener]:
    """Serve on loopback; with `challenges`, requests without a login get a 401 that asks for Basic."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            header = self.headers.get("Authorization")
            listener.seen.append(None if header is None else base64.b64decode(header.removeprefix("Basic ")))
            self.send_response(401 if challenges and header is None else 200)
            if challenges and header is None:
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
