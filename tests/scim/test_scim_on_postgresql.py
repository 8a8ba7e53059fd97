"""Provisioning on PostgreSQL, with several requests of one directory at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_directories_provision_on_postgresql_and_lose_no_change(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.scim.scim_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"at once": [[200], True], "same address": [1, []]}
