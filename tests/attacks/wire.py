"""Bytes on a socket, for requests that no polite client would send."""

import base64
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Raw:
    """What came back."""

    status: int
    head: str
    body: str


def send(port: int, lines: list[bytes], body: bytes = b"") -> Raw:
    """Send a request of these lines and return what the server answers."""
    request = b"\r\n".join([lines[0], b"Host: 127.0.0.1", b"Connection: close", *lines[1:], b"", body])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, rest = answer.decode("latin-1").partition("\r\n\r\n")
    return Raw(int(head.split()[1]), head, rest)


def basic(user: str, secret: str) -> dict[str, str]:
    """Return the header of Basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}
