"""On PostgreSQL nobody who signs in, and nobody who changes the account at that moment, waits for ever."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_sign_ins_and_changes_of_the_account_at_once_stand_in_one_order(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.signin.entering_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert said == {"changed": [], "password": [], "removed": [1] * 4, "proved": [3] * 4, "deadlocks": 0}
