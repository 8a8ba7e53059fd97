"""On PostgreSQL rows are locked one by one, where SQLite locks the file: the promises are the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_keys_are_collected_once_and_rotated_on_postgresql(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.keys.device_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "collected by": 1,
        "errors": ["invalid_grant"],
        "both while rotating": [200, 200],
        "old": "key_rotated",
        "new": "analyst@example.org",
        "keys": 3,
    }
