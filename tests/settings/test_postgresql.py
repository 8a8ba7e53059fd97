"""Keyhouse's own database on PostgreSQL: the same migrations, the same guarantees."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.postgres
def test_a_whole_site_keeps_its_promises_on_postgresql(tmp_path, postgres_url):
    program = [sys.executable, "-m", "tests.settings.on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "first user": 1001,
        "key": "analyst@example.org",
        "bad": 401,
        "switched off": 401,
        "used by": "tests/1.0",
        "revoked": "key_revoked",
        "nasty": 401,
        "signed in": "analyst@example.org",
        "after new password": "guest",
        "rights": [True, False, True],
        "refused": [True, True, True],
        "intact": True,
        "events": True,
        "archived": [True] * 15,
        "secrets in dump": 0,
    }
