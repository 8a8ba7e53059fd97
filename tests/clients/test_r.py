"""R with httr, in the requests that Rlabkey makes: Basic from netrc on GET alone, then a POST with cookies."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).with_name("rlabkey_sequence.R")


@pytest.fixture
def rscript():
    found = shutil.which("Rscript")
    needed = 'quit(status = !all(sapply(c("httr", "jsonlite"), requireNamespace, quietly = TRUE)))'
    if found is None or subprocess.run([found, "-e", needed], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the Debian package r-cran-httr")
    return found


def test_rlabkeys_requests_read_rows_with_nothing_but_a_netrc_file(live, tmp_path, rscript):
    netrc = live.netrc(tmp_path, live.analyst)
    done = subprocess.run([rscript, _SCRIPT, live.url, netrc], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["who"] == "analyst@example.org"
    assert seen["fields"] == ["age", "sex", "status"]
    assert seen["headers"] == ["Age", "Sex", "Status"]
    assert seen["ages"] == [80, 80, 81, 82]
    # Other tests of the same server attach sources of their own.
    assert {"core", "lists", "pbc"} <= set(seen["schemas"])
