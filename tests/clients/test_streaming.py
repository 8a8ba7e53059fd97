"""A million rows through the live server: flat memory, an early first byte, clients that stall or go away."""

import json
import socket
import sqlite3
import time

import pytest
import requests

ROWS = 1_000_000
SPARE_BYTES = 64 * 1024 * 1024
_QUERY = "schemaName=large&queryName=numbers&query.maxRows=-1"


@pytest.fixture(scope="module")
def large(live, tmp_path_factory):
    """A table of a million rows, and a view whose last row never comes."""
    file = tmp_path_factory.mktemp("large") / "large.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, word TEXT NOT NULL, half REAL NOT NULL)")
        rows = ((number, f"number {number:09}", number / 2) for number in range(1, ROWS + 1))
        connection.executemany("INSERT INTO numbers VALUES (?, ?, ?)", rows)
        connection.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"
        )
    connection.close()
    live.operate("attach", "large", str(file))
    return live


def ask(live, query):
    return requests.get(
        f"{live.url}/home/query-selectRows.api?{query}", headers={"apikey": live.analyst}, stream=True, timeout=60
    )


def test_million_rows_leave_memory_flat(large):
    ask(large, "schemaName=large&queryName=numbers&query.maxRows=10").json()
    idle = peak = large.worker_bytes()
    received, tail = 0, b""
    with ask(large, _QUERY) as answer:
        for chunk in answer.iter_content(1 << 20):
            received, tail = received + len(chunk), (tail + chunk)[-100:]
            peak = max(peak, large.worker_bytes())
    assert received > 40 * ROWS
    assert tail.endswith(b'"word":"number 001000000","half":500000.0}],"rowCount":1000000}')
    assert peak - idle < SPARE_BYTES


def test_client_that_stops_reading_does_not_fill_memory(large):
    idle = large.worker_bytes()
    with socket.create_connection((large.host, large.port)) as stalled:
        line = f"GET /labkey/home/query-selectRows.api?{_QUERY} HTTP/1.1\r\nHost: x\r\napikey: {large.analyst}\r\n\r\n"
        stalled.sendall(line.encode())
        assert stalled.recv(12) == b"HTTP/1.1 200"
        time.sleep(3)
        assert large.worker_bytes() - idle < SPARE_BYTES


def test_first_rows_arrive_though_the_last_never_does(large):
    with ask(large, "schemaName=large&queryName=endless&query.maxRows=-1") as answer:
        beginning = b""
        for chunk in answer.iter_content(None):
            beginning += chunk
            if b'{"id":50}' in beginning:
                break
    assert answer.status_code == 200
    assert b'"rows":[{"id":1},{"id":2}' in beginning


def test_client_that_goes_away_is_written_down_as_not_served_in_full(large):
    before = len(large.operate("events", "data served", "endless"))
    with ask(large, "schemaName=large&queryName=endless&query.maxRows=-1") as answer:
        next(answer.iter_content(1000))
    for _ in range(50):
        served = large.operate("events", "data served", "endless")[before:]
        if served:
            break
    assert served[0]["isComplete"] is False
    assert served[0]["rows"] > 0


def test_more_clients_than_connections_may_come_and_go_away(large):
    for _ in range(20):
        with ask(large, "schemaName=large&queryName=endless&query.maxRows=-1") as answer:
            assert answer.status_code == 200
            next(answer.iter_content(1000))
    assert json.loads(ask(large, "schemaName=large&queryName=numbers&query.maxRows=1").content)["rowCount"] == ROWS
