"""Measure the netrc toolkit beside Python's own reader, as ratios."""

import netrc as standard
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from keyhouse import netrc
from keyhouse.netrc import Document

ROUNDS = 3
_LOOKUP = "from keyhouse.netrc import lookup; lookup('https://h.test/', 'curl', b'machine h.test login a password b')"


def main() -> None:
    """Print how long each reading takes, and its share of what Python's own reader takes."""
    print("\nnetrc files beside Python's own reader (1.00):")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "netrc"
        path.touch(0o600)
        for name, data in (("100,000 machines", _machines(100_000, 8)), ("10 MB", _machines(100_000, 45))):
            path.write_bytes(data)
            _readers(f"{name}, {len(data) / 1e6:.1f} MB", path)
        path.write_bytes(_machines(50_000, 8))
        half = _seconds(lambda: _read(path), 7)
        path.write_bytes(_machines(100_000, 8))
        print(f"  twice the machines take {_seconds(lambda: _read(path), 7) / half:.2f} times as long")
    print("Processes from start to end, beside one that does nothing (1.00):")
    empty = _seconds(lambda: _process("pass"), 9)
    for name, code in (("import keyhouse.netrc", "import keyhouse.netrc"), ("look up one client", _LOOKUP)):
        took = _seconds(lambda code=code: _process(code), 9)
        print(f"  {name:42}{took * 1000:7.0f} ms{took / empty:8.2f}   ({(took - empty) * 1000:.0f} ms of its own)")


def _machines(count: int, length: int) -> bytes:
    """Return a file in the one dialect that all readers share, with passwords of `length` bytes."""
    return b"".join(
        b"machine h%06d.example.org login user%d password %0*d\n" % (number, number, length, number)
        for number in range(count)
    )


def _readers(name: str, path: Path) -> None:
    print(f"  {name}")
    peer = _seconds(lambda: standard.netrc(str(path)))
    rows: tuple[tuple[str, Callable[[], object]], ...] = (
        ("keyhouse.netrc.netrc, the drop-in", lambda: netrc.netrc(path)),
        ("load, with every machine, login and secret", lambda: _read(path)),
        ("load, with every byte as a token", lambda: netrc.load(path).tokens),
        ("what curl 8.5 makes of it, last machine", lambda: _look_up(path, "curl@8.5")),
        ("what Python makes of it, last machine", lambda: _look_up(path, "python")),
    )
    for row, took in [("Python's netrc.netrc", peer), *((row, _seconds(run)) for row, run in rows)]:
        print(f"    {row:44}{took:7.2f} s{took / peer:8.2f}")


def _read(path: Path) -> Document:
    document = netrc.load(path)
    for entry in document.entries:
        _ = entry.machine, entry.login, entry.password
    return document


def _look_up(path: Path, client: str) -> netrc.Choice:
    choice = netrc.lookup("https://h099999.example.org/", client, path.read_bytes())
    if not choice.sends:
        raise SystemExit(f"{client} found nothing: the measurement is void")
    return choice


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def _seconds(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the best of some rounds, which is the one least disturbed."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
