"""Session keys on three workers and over a restart: they are rows of the database, and in no worker's memory."""

import subprocess

import pytest
import requests
from labkey.api_wrapper import APIWrapper
from tests.cli.program import serving
from tests.live import Live, _operate
from tests.live_operator import PASSWORD

AT_ONCE = 9
"""New connections, which the system spreads over the workers."""


def sign_in(url):
    browser = requests.Session()
    browser.trust_env = False
    browser.headers["X-LABKEY-CSRF"] = browser.get(f"{url}/login-whoAmI.api", timeout=30).json()["CSRF"]
    form = {"email": "analyst@example.org", "password": PASSWORD}
    assert browser.post(f"{url}/login-loginApi.api", data=form, timeout=30).status_code == 200
    return browser


def answers(url, key):
    headers = {"apikey": key, "Connection": "close"}
    found = [requests.get(f"{url}/login-whoAmI.api", headers=headers, timeout=30) for _ in range(AT_ONCE)]
    return {(answer.status_code, answer.json().get("email"), answer.json().get("reason")) for answer in found}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    made = tmp_path_factory.mktemp("workers") / "data"
    _operate(made, "make")
    return made


def test_a_session_key_works_on_each_worker_and_after_a_restart_until_the_browser_signs_out(data, tmp_path):
    with serving(data, "--context-path", "/labkey", "--workers", "3") as (port, _):
        url = f"http://127.0.0.1:{port}/labkey"
        browser = sign_in(url)
        made = browser.post(f"{url}/security-createApiKey.api", json={"type": "session"}, timeout=30)
        key = made.json()["apikey"]
        assert answers(url, key) == {(200, "analyst@example.org", None)}
    with serving(data, "--context-path", "/labkey", "--workers", "3") as (port, process):
        url = f"http://127.0.0.1:{port}/labkey"
        site = Live(data, port, process, {})
        api = APIWrapper(f"127.0.0.1:{port}", "home", "labkey", use_ssl=False, api_key=key)
        assert len(api.query.select_rows("pbc", "lung", max_rows=1)["rows"]) == 1
        line = ["curl", "-sS", "--netrc-file", site.netrc(tmp_path, key), "-D", "-", f"{url}/login-whoAmI.api"]
        told = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        assert "analyst@example.org" in told and "x-keyhouse-session-idle-seconds: 1" in told.lower()
        assert answers(url, key) == {(200, "analyst@example.org", None)}
        assert browser.post(f"{url}/login-logoutApi.api", json={}, timeout=30).status_code == 200
        assert answers(url, key) == {(401, None, "session_ended")}
