"""A site to measure: one analyst with a key, and a table of a thousand rows."""

import sqlite3
import subprocess
import sys
from pathlib import Path


def make(data: Path) -> str:
    """Make the site with the command line and return the analyst's key."""
    database = data.parent / "bench.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE visits (id INTEGER PRIMARY KEY, patient TEXT, day INTEGER, bilirubin REAL)")
        rows = ((number, f"P{number % 312:04}", number % 5000, number / 7) for number in range(1000))
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?, ?)", rows)
    _keyhouse(data, "init")
    _keyhouse(data, "user", "add", "analyst@example.org", "--service")
    _keyhouse(data, "source", "add", "bench", f"sqlite:///{database}", "--folder", "/home")
    return _keyhouse(data, "key", "issue", "analyst@example.org").strip().splitlines()[-1]


def _keyhouse(data: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "keyhouse.cli", *arguments, "--data", str(data)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
