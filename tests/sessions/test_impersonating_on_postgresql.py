"""On PostgreSQL several tabs begin at the very same time, where SQLite lets one at a time write."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_one_of_several_tabs_begins_and_all_ends_as_it_should_on_postgresql(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.sessions.impersonating_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "at once": [200, 400, 400, 400],
        "as a user": "analyst@example.org",
        "roles": ["org.labkey.api.security.roles.ReaderRole"],
        "with a key": "analyst@example.org",
        "after the user was deleted": ["impersonation_ended", "admin@example.org"],
        "started": 5,
        "stopped": 5,
    }
