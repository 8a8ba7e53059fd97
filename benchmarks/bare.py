"""WSGI functions that do nothing but the work itself: the most that the server, the driver and orjson can do."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

_BODY = b'{"success": true}'
_AT_ONCE = 500


def application(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with a constant."""
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(_BODY)))])
    return [_BODY]


def rows(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with the rows of a table (`/table/limit`) as JSON objects: the driver and orjson, and nothing else."""
    _, table, limit = environ["PATH_INFO"].split("/")
    start_response("200 OK", [("Content-Type", "application/json")])
    return _rows(table, int(limit))


def _rows(table: str, limit: int) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{os.environ['BENCH_DB']}?mode=ro", uri=True)
    found = connection.execute(f"SELECT * FROM {table} LIMIT {limit}")
    names = [column[0] for column in found.description]
    comma = b'{"rows":['
    while batch := found.fetchmany(_AT_ONCE):
        yield comma + orjson.dumps([dict(zip(names, row, strict=True)) for row in batch])[1:-1]
        comma = b","
    yield b"]}"
    connection.close()
