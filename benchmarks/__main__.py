"""Measure Keyhouse beside the bare server, the bare driver and its nearest peer, in one run."""

import argparse
import multiprocessing
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import load, netrc, rounds, servers, site
from benchmarks.rounds import Case, Table
from keyhouse import system
from keyhouse.core.tokens import TokenKind, mint

WHO_AM_I = "/home/login-whoAmI.api"
SELECT = "/home/query-getQuery.api?schemaName=bench&query.queryName={}&query.maxRows={}"
MANY = site.MANY_ROWS


def main() -> None:
    """Run everything, or the tables that are named, print the ratios and keep them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=["small", "rows", "netrc"], help="measure this table alone")
    only = parser.parse_args().only
    if only != "netrc":
        _servers(only)
    if only in {None, "netrc"}:
        netrc.main()


def _servers(only: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "site"
        key = {"apikey": site.make(data)}
        database = data.parent / "bench.db"
        with (
            servers.bare() as bare,
            servers.bare_rows(database) as limit,
            servers.keyhouse(data) as keyhouse,
            servers.datasette(database) as datasette,
        ):
            wanted = {
                "small": _small(bare, limit, keyhouse, datasette, key),
                "rows": _large(limit, keyhouse, datasette, key),
            }
            tables = {name: rounds.measure(table) for name, table in wanted.items() if only in {None, name}}
            if only is None:
                _memory(keyhouse, key)
                _flood(keyhouse, key)
    if datasette is None:
        print("(Datasette is not installed here: pip install datasette, to see the nearest peer beside it)")
    print(f"\nKept in {rounds.save(tables).relative_to(Path.cwd())}")


def _small(
    bare: servers.Server,
    limit: servers.Server,
    keyhouse: servers.Server,
    datasette: servers.Server | None,
    key: dict[str, str],
) -> Table:
    ten, hundred = (SELECT.format("visits", number) for number in (10, 100))
    cases = [
        Case("bare WSGI function", _answers(bare, load.request("/"))),
        Case("driver and orjson: 10 rows", _answers(limit, load.request("/visits/10"))),
        Case(
            "Keyhouse: refuse a malformed key", _answers(keyhouse, load.request(WHO_AM_I, {"apikey": "khk_not_a_key"}))
        ),
        Case("Keyhouse: who am I, guest", _answers(keyhouse, load.request(WHO_AM_I))),
        Case("Keyhouse: who am I, API key", _answers(keyhouse, load.request(WHO_AM_I, key))),
        Case("Keyhouse: 10 rows, key checked, audited", _answers(keyhouse, load.request(ten, key))),
        Case("Keyhouse: 100 rows, key checked, audited", _answers(keyhouse, load.request(hundred, key))),
    ]
    if datasette is not None:
        cases += [
            Case("Datasette: who am I (actor.json)", _answers(datasette, load.request("/-/actor.json"))),
            Case("Datasette: 10 rows", _answers(datasette, load.request("/bench/visits.json?_size=10&_shape=objects"))),
        ]
    promises = [
        ("Keyhouse: who am I, API key", "Datasette: who am I (actor.json)", 3.0),
        ("Keyhouse: 10 rows, key checked, audited", "Datasette: 10 rows", 3.0),
    ]
    return Table("Small calls", "answers a second", cases, promises)


def _large(
    limit: servers.Server, keyhouse: servers.Server, datasette: servers.Server | None, key: dict[str, str]
) -> Table:
    cases = [
        Case("driver and orjson", _rows(limit, load.request(f"/labs/{MANY}"))),
        Case("Keyhouse", _rows(keyhouse, load.request(SELECT.format("labs", MANY), key))),
    ]
    if datasette is not None:
        peer = load.request(f"/bench/labs.json?_size={MANY}&_shape=objects&_nocount=1")
        cases.append(Case("Datasette", _rows(datasette, peer)))
    promises = [("Keyhouse", "driver and orjson", 0.7), ("Keyhouse", "Datasette", 10.0)]
    return Table(f"{MANY:,} rows of 8 columns", "rows a second", cases, promises)


def _answers(server: servers.Server, sent: bytes) -> Callable[[], float]:
    return lambda: load.measure(server.port, sent, seconds=2.0).per_second


def _rows(server: servers.Server, sent: bytes) -> Callable[[], float]:
    def run() -> float:
        seconds, size = load.fetch(server.port, sent)
        if size < MANY * 50:
            raise SystemExit(f"{server.name} sent {size} bytes only: the measurement is void")
        return MANY / seconds

    return run


def _memory(keyhouse: servers.Server, key: dict[str, str]) -> None:
    """Tell how much more memory the workers hold after many rows than after one."""
    load.fetch(keyhouse.port, load.request(SELECT.format("labs", 1), key))
    before = keyhouse.resident_kilobytes()
    for _ in range(3):
        load.fetch(keyhouse.port, load.request(SELECT.format("labs", MANY), key))
    grown = (keyhouse.resident_kilobytes() - before) / 1024
    print(f"\nMemory of the server after three times {MANY:,} rows: {grown:+.1f} MB")


def _flood(keyhouse: servers.Server, key: dict[str, str]) -> None:
    """Measure what a person notices while another address sends 1,000 bad keys a second."""
    wanted = load.request(WHO_AM_I, key)
    bad = load.request(WHO_AM_I, {"apikey": mint(TokenKind.API_KEY, system.entropy).text})
    alone = load.pace(keyhouse.port, wanted, 6.0, 50, "127.0.0.1")
    flood = multiprocessing.Process(target=load.pace, args=(keyhouse.port, bad, 10.0, 1000, "127.0.0.2"))
    flood.start()
    during = load.pace(keyhouse.port, wanted, 6.0, 50, "127.0.0.1")
    flood.join()
    print("\nFlood of 1,000 unknown keys a second from one address; 50 requests a second from another:")
    ratio = during.median_ms / alone.median_ms
    print(f"  median {alone.median_ms:.2f} ms alone, {during.median_ms:.2f} ms during: {ratio:.2f}")


if __name__ == "__main__":
    main()
