"""Measure Keyhouse beside the bare server and its nearest peer, in one run."""

import multiprocessing
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import load, netrc, servers, site
from keyhouse import system
from keyhouse.core.tokens import TokenKind, mint

WHO_AM_I = "/home/login-whoAmI.api"
ROWS = "/home/query-getQuery.api?schemaName=bench&query.queryName=visits&query.maxRows=100"


def main() -> None:
    """Run everything and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "site"
        key = {"apikey": site.make(data)}
        with (
            servers.bare() as bare,
            servers.keyhouse(data) as keyhouse,
            servers.datasette(data.parent / "bench.db") as datasette,
        ):
            _throughput(bare, keyhouse, datasette, key)
            _flood(keyhouse, key)
    netrc.main()


def _throughput(
    bare: servers.Server, keyhouse: servers.Server, datasette: servers.Server | None, key: dict[str, str]
) -> None:
    limit = load.measure(bare.port, load.request("/"))
    print(f"{'':44}{'answers/s':>10}{'of bare':>9}{'median':>9}{'99 %':>9}")
    _line("bare WSGI function (the limit)", limit, limit)
    malformed = {"apikey": "khk_not_a_key"}
    cases: list[tuple[str, Callable[[], load.Measured]]] = [
        ("Keyhouse: refuse a malformed key", lambda: load.measure(keyhouse.port, load.request(WHO_AM_I, malformed))),
        ("Keyhouse: who am I, guest", lambda: load.measure(keyhouse.port, load.request(WHO_AM_I))),
        ("Keyhouse: who am I, API key", lambda: load.measure(keyhouse.port, load.request(WHO_AM_I, key))),
        ("Keyhouse: 100 rows, key checked, audited", lambda: load.measure(keyhouse.port, load.request(ROWS, key))),
    ]
    if datasette is not None:
        peer = load.request("/bench/visits.json?_size=100")
        cases.append(("Datasette: 100 rows, no sign-in, no audit", lambda: load.measure(datasette.port, peer)))
    for name, run in cases:
        _line(name, run(), limit)
    if datasette is None:
        print("(Datasette is not installed here: pip install datasette, to see the nearest peer beside it)")


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


def _line(name: str, measured: load.Measured, limit: load.Measured) -> None:
    share = measured.per_second / limit.per_second
    print(f"{name:44}{measured.per_second:10.0f}{share:9.3f}{measured.median_ms:7.2f}ms{measured.high_ms:7.2f}ms")


if __name__ == "__main__":
    main()
