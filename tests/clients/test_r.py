"""R with httr, in the requests that Rlabkey makes: Basic from netrc on GET alone, then a POST with cookies."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

_SCRIPT = Path(__file__).with_name("rlabkey_sequence.R")


@pytest.fixture
def rscript():
    found = shutil.which("Rscript")
    needed = 'quit(status = !all(sapply(c("httr", "jsonlite"), requireNamespace, quietly = TRUE)))'
    if found is None or subprocess.run([found, "-e", needed], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the Debian package r-cran-httr")
    return found


def run(rscript, live, netrc):
    return subprocess.run([rscript, _SCRIPT, live.url, netrc], capture_output=True, text=True, check=False)


def test_rlabkeys_requests_read_rows_with_nothing_but_a_netrc_file(live, tmp_path, rscript):
    netrc = live.netrc(tmp_path, live.analyst)
    done = run(rscript, live, netrc)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["who"] == "analyst@example.org"
    assert seen["fields"] == ["age", "sex", "status"]
    assert seen["headers"] == ["Age", "Sex", "Status"]
    assert seen["ages"] == [80, 80, 81, 82]
    # Other tests of the same server attach sources of their own.
    assert {"core", "lists", "pbc"} <= set(seen["schemas"])


def test_r_reads_the_data_until_the_session_of_its_key_is_terminated(live, tmp_path, rscript):
    """Its POST sends nothing unasked and a session key opens no cookie: it reads what the challenge asks for."""
    browser = requests.Session()
    browser.trust_env = False
    browser.headers["X-LABKEY-CSRF"] = browser.get(f"{live.url}/login-whoAmI.api", timeout=30).json()["CSRF"]
    person = {"email": "analyst@example.org", "password": live.password}
    assert browser.post(f"{live.url}/login-loginApi.api", data=person, timeout=30).json()["success"]
    key = browser.post(f"{live.url}/security-createApiKey.api", json={"type": "session"}, timeout=30).json()["apikey"]
    netrc = live.netrc(tmp_path, key)
    done = run(rscript, live, netrc)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["ages"] == [80, 80, 81, 82]
    assert browser.post(f"{live.url}/login-logoutApi.api", timeout=30).status_code == 200
    done = run(rscript, live, netrc)
    assert done.returncode != 0 and "Unauthorized (HTTP 401)" in done.stderr
