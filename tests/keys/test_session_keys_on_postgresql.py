"""On PostgreSQL the triggers are other ones and rows are locked one by one: the promises are the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_session_keys_end_with_their_session_on_postgresql_whatever_ends_it(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.keys.session_keys_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    ended = [401, "session_ended"]
    assert json.loads(done.stdout) == {
        "by hand": [ended, ended],
        "kept alive": [200, ended],
        "by time": [ended, ended],
        "alone": [401, "key_revoked"],
        "raced": [[401]] * 3,
        "crossed": [1, 2, 2],
        "pages": [200, 200],
    }
