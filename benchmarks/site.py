"""A site to measure: one analyst with a key, a table of a thousand rows, and one of many."""

import sqlite3
import subprocess
import sys
from pathlib import Path

MANY_ROWS = 100_000


def make(data: Path) -> str:
    """Make the site with the command line and return the analyst's key."""
    database = data.parent / "bench.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE visits (id INTEGER PRIMARY KEY, patient TEXT, day INTEGER, bilirubin REAL)")
        rows = ((number, f"P{number % 312:04}", number % 5000, number / 7) for number in range(1000))
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?, ?)", rows)
        connection.execute(
            "CREATE TABLE labs (id INTEGER PRIMARY KEY, patient TEXT, test TEXT, day INTEGER,"
            " value REAL, low REAL, high REAL, remark TEXT)"
        )
        many = ((n, f"P{n % 312:04}", f"test {n % 40}", n % 5000, n / 7, n / 9, n / 5, None) for n in range(MANY_ROWS))
        connection.executemany("INSERT INTO labs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", many)
    _keyhouse(data, "init")
    _keyhouse(data, "user", "add", "analyst@example.org", "--service")
    _keyhouse(data, "source", "add", "bench", f"sqlite:///{database}", "--folder", "/home")
    return _keyhouse(data, "key", "issue", "analyst@example.org").strip().splitlines()[-1]


def _keyhouse(data: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "keyhouse.cli", *arguments, "--data", str(data)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
