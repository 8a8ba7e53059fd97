"""Terms that change while somebody signs: what is signed was in force at that moment, on SQLite and on PostgreSQL."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.declarations.at_once import sign_then_write, write_then_sign
from tests.site import Client, sign_in

ROOT = Path(__file__).parents[2]
SIGNED_FIRST = {
    "signed": [1],
    "written": 2,
    "log": ["terms changed", "declaration made", "terms changed"],
    "let in": 401,
}
WRITTEN_FIRST = {
    "written": 3,
    "signed": ["The terms changed while you read them. Read them again before you accept them."],
}


def test_terms_wait_for_who_signs_and_who_signs_for_new_terms(site, front, study, analyst):
    browser = Client(front)
    sign_in(browser, analyst.email)
    assert sign_then_write(site, browser, study) == SIGNED_FIRST
    assert write_then_sign(site, browser, study) == WRITTEN_FIRST


@pytest.mark.postgres
def test_terms_wait_for_who_signs_on_postgresql(tmp_path, postgres_url):
    program = [sys.executable, "-m", "tests.declarations.at_once", str(tmp_path / "data"), postgres_url]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found.pop("everywhere") is True
    assert found == {"sign then write": SIGNED_FIRST, "write then sign": WRITTEN_FIRST}
