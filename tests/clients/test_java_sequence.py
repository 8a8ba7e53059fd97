"""The Java client's way in, request by request: challenge, key once, then cookies and a token of their own."""

import http.client

import pytest
import requests


@pytest.fixture
def session():
    with requests.Session() as opened:
        opened.trust_env = False
        opened.headers["User-Agent"] = "LabKey Java API"
        yield opened


def test_challenge_is_the_one_that_makes_it_send_its_key(live):
    connection = http.client.HTTPConnection(live.host, live.port, timeout=30)
    connection.request("GET", "/labkey/home/security-ensureLogin.api?apiVersion=8.3", headers={"User-Agent": "Java"})
    answer = connection.getresponse()
    challenges = answer.msg.get_all("WWW-Authenticate")
    connection.close()
    assert answer.status == 401
    assert challenges[0].startswith("Basic realm")
    assert challenges[1].startswith("Bearer realm")


def test_key_is_shown_once_and_cookies_do_the_rest(live, session):
    first = session.get(f"{live.url}/home/security-ensureLogin.api?apiVersion=8.3", timeout=30)
    assert first.status_code == 401
    key = {"apikey": live.analyst}
    second = session.get(f"{live.url}/home/security-ensureLogin.api?apiVersion=8.3", headers=key, timeout=30)
    assert second.json()["currentUser"]["canInsert"] == "false"
    third = session.post(
        f"{live.url}/home/query-selectRows.api?apiVersion=8.3",
        json={"schemaName": "pbc", "queryName": "lung", "query.showRows": "all", "apiVersion": 8.3},
        headers={"X-LABKEY-CSRF": session.cookies["X-LABKEY-CSRF"], "JSESSIONID": session.cookies["JSESSIONID"]},
        timeout=30,
    )
    assert third.json()["rowCount"] == len(third.json()["rows"]) == 228


def test_writing_by_cookie_needs_the_token(live, session):
    session.get(f"{live.url}/security-ensureLogin.api", headers={"apikey": live.analyst}, timeout=30)
    rows = {"schemaName": "core", "queryName": "UserApiKeys", "rows": [{"RowId": 999_999}]}
    without = session.post(f"{live.url}/query-deleteRows.api", json=rows, timeout=30)
    assert without.status_code == 401
    token = {"X-LABKEY-CSRF": session.cookies["X-LABKEY-CSRF"]}
    assert session.post(f"{live.url}/query-deleteRows.api", json=rows, headers=token, timeout=30).status_code == 200


def test_its_logout_command_gets_an_answer_that_it_can_read(live, session):
    session.get(f"{live.url}/security-ensureLogin.api", headers={"apikey": live.analyst}, timeout=30)
    token = {"X-LABKEY-CSRF": session.cookies["X-LABKEY-CSRF"]}
    answer = session.post(f"{live.url}/login-logout.api", headers=token, timeout=30)
    assert answer.json() == {"success": True}
    assert session.get(f"{live.url}/security-ensureLogin.api", timeout=30).status_code == 401
