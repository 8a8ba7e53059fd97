"""Folders, groups of projects and policies keep their promises on PostgreSQL."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.postgres
def test_folders_and_policies_change_on_postgresql_as_on_sqlite(tmp_path, postgres_url):
    program = [sys.executable, "-m", "tests.authz.folders_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "saved": {"success": True, "hasChanges": True},
        "stale": False,
        "moved": {"success": True, "newPath": "/Lab/b/a"},
        "renamed": "/Labor",
        "led on": "/labkey/Labor/b/a/deep/project-getcontainers.api",
        "last": False,
        "twice": 500,
        "deleted": {},
    }
