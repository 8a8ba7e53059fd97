"""Views and queries are kept on PostgreSQL as on SQLite: one of a name, whatever its letter case."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_views_and_queries_are_kept_on_postgresql(tmp_path, postgres_url):
    line = [
        sys.executable,
        str(Path(__file__).with_name("saved_on_postgresql.py")),
        str(tmp_path / "data"),
        postgres_url,
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "views": [["SHORT", True]],
        "below": ["SHORT", "/home"],
        "queries": [["old", "SELECT 2"]],
        "kept": True,
        "left": 0,
    }
