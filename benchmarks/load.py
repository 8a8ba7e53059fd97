"""A load generator: keeps one connection a thread, sends the same bytes, and counts answers and their times."""

import socket
import statistics
import threading
import time
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True)
class Measured:
    """Answers a second, and the median and 99th percentile of their times in milliseconds."""

    per_second: float
    median_ms: float
    high_ms: float
    statuses: dict[int, int]


def request(path: str, headers: dict[str, str] | None = None) -> bytes:
    """Write the bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "User-Agent: keyhouse-bench/1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def measure(port: int, sent: bytes, seconds: float = 4.0, connections: int = 4, source: str = "127.0.0.1") -> Measured:
    """Send as fast as the server answers."""
    return _run(port, sent, seconds, connections, source, pause=0.0)


def pace(port: int, sent: bytes, seconds: float, per_second: int, source: str) -> Measured:
    """Send a fixed number of requests a second, over four connections."""
    return _run(port, sent, seconds, 4, source, pause=4 / per_second)


def fetch(port: int, sent: bytes) -> tuple[float, int]:
    """Send one request; return the seconds until its last byte, and the bytes of its body."""
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        status, size = _read_answer(connection.makefile("rb"))
    if status != 200:
        raise SystemExit(f"port {port} answered {status}: the measurement is void")
    return time.perf_counter() - begun, size


def _run(port: int, sent: bytes, seconds: float, connections: int, source: str, pause: float) -> Measured:
    times: list[float] = []
    statuses: dict[int, int] = {}
    until = time.perf_counter() + seconds
    workers = [
        threading.Thread(
            target=_worker, args=(port, sent, until, source, pause, pause * turn / connections, times, statuses)
        )
        for turn in range(connections)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ordered = sorted(times)
    high = ordered[int(len(ordered) * 0.99)] if ordered else 0.0
    return Measured(len(times) / seconds, statistics.median(times) * 1000, high * 1000, statuses)


def _worker(
    port: int,
    sent: bytes,
    until: float,
    source: str,
    pause: float,
    wait: float,
    times: list[float],
    statuses: dict[int, int],
) -> None:
    time.sleep(wait)
    with socket.create_connection(("127.0.0.1", port), source_address=(source, 0)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile("rb")
        due = time.perf_counter()
        while (begun := time.perf_counter()) < until:
            connection.sendall(sent)
            status, _size = _read_answer(reader)
            times.append(time.perf_counter() - begun)
            statuses[status] = statuses.get(status, 0) + 1
            if pause:
                due += pause
                time.sleep(max(0.0, due - time.perf_counter()))


def _read_answer(reader: BinaryIO) -> tuple[int, int]:
    status = int(reader.readline().split()[1])
    length, is_chunked = 0, False
    while (line := reader.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        is_chunked |= line.startswith(b"transfer-encoding:") and b"chunked" in line
    if is_chunked:
        while (size := int(reader.readline(), 16)) > 0:
            length += size
            reader.read(size + 2)
        reader.readline()
    else:
        reader.read(length)
    return status, length
