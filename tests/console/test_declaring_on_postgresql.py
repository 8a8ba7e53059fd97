"""The pages of declarations count, list and compare on PostgreSQL as on SQLite."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.postgres
def test_the_pages_of_declarations_work_on_postgresql(tmp_path, postgres_url):
    line = [sys.executable, "-m", "tests.console.declaring_on_postgresql", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert (said["declared"], said["counted"]) == (303, True)
    assert set(said["pages"].values()) == {200}, said
