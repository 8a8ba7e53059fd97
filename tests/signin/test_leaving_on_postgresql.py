"""Sign-out both ways, fresh sign-ins and levels hold on PostgreSQL as on SQLite, also where many happen at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_sessions_end_and_are_proved_on_postgresql_as_on_sqlite(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.signin.leaving_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert said["ended"] == [1, 1, "guest", "session_ended"]
    assert said["signed out"] == ["/labkey/login-signedOut.view", True]
    assert said["raced"] == [[4, []]] * 3
    assert said["fresh"] == [403, 303, 200]
    assert said["level"] == [[401, "sign_in_level"], [200, None]]
    assert set(said["pages"].values()) == {200}, said["pages"]
