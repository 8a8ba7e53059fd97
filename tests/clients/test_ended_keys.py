"""A key that has ended fails on the very next request, whichever client carries it and however."""

import subprocess

import pytest
import requests
from labkey.api_wrapper import APIWrapper
from labkey.exceptions import RequestAuthorizationError


class PythonClient:
    def __init__(self, live, key, folder):
        self.api = APIWrapper(f"{live.host}:{live.port}", "home", "labkey", use_ssl=False, api_key=key)

    def is_let_in(self):
        try:
            return len(self.api.query.select_rows("pbc", "lung", max_rows=1)["rows"]) == 1
        except RequestAuthorizationError:
            return False


class Curl:
    def __init__(self, live, key, folder):
        self.url, self.netrc = f"{live.url}/login-whoAmI.api", live.netrc(folder, key)

    def is_let_in(self):
        line = ["curl", "-sS", "--netrc-file", self.netrc, "-o", "/dev/null", "-w", "%{http_code}", self.url]
        status = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        assert status in {"200", "401"}
        return status == "200"


class CookiesOnly:
    """Shows its key once, as the Java client does, and lives on the cookie."""

    def __init__(self, live, key, folder):
        self.url, self.session = f"{live.url}/home/query-getSchemas.api", requests.Session()
        self.session.trust_env = False
        opened = self.session.get(f"{live.url}/security-ensureLogin.api", headers={"apikey": key}, timeout=30)
        assert opened.status_code == 200

    def is_let_in(self):
        status = self.session.get(self.url, timeout=30).status_code
        assert status in {200, 401}
        return status == 200


@pytest.mark.parametrize("client", [PythonClient, Curl, CookiesOnly])
@pytest.mark.parametrize("end", ["revoke", "expire", "deactivate"])
def test_ended_key_fails_on_the_very_next_request(live, tmp_path, client, end):
    email = f"{end}.{client.__name__.lower()}@example.org"
    key = live.operate("user", email)
    at_work = client(live, key, tmp_path)
    assert at_work.is_let_in()
    live.operate(end, email if end == "deactivate" else key)
    assert not at_work.is_let_in()
