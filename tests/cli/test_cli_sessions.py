"""Browser sessions by command, and what a program learns of the session behind its key."""

import json
import re
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from tests.cli.program import ADMIN, PASSWORD, run


def browser(url: str) -> OpenerDirector:
    """Sign in and return what keeps the cookies, and the token as a header."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    token = json.load(opener.open(f"{url}/login-whoAmI.api", timeout=10))["CSRF"]
    opener.addheaders = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")]
    opener.addheaders += [("X-LABKEY-CSRF", token)]
    posted(opener, f"{url}/login-loginApi.api", email=ADMIN, password=PASSWORD)
    return opener


def posted(opener: OpenerDirector, url: str, **body: str) -> Any:
    """Post JSON and return the answer's."""
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(opener.open(request, timeout=30))


@pytest.fixture
def session(server: tuple[str, Path], tmp_path: Path) -> Path:
    """A signed-in browser with a session key in a netrc file, which is returned."""
    url, data = server
    assert run("settings", "set", "allowSessionKeys", "true", "--data", data).code == 0
    run("session", "end", "--user", ADMIN, "--data", data)
    key = posted(browser(url), f"{url}/security-createApiKey.api", type="session")["apikey"]
    file = tmp_path / "netrc"
    file.write_text(f"machine 127.0.0.1 login apikey password {key}\n")
    file.chmod(0o600)
    return file


def test_whoami_tells_when_the_session_of_the_key_ends(server: tuple[str, Path], session: Path) -> None:
    told = run("whoami", server[0], "--netrc-file", session).out
    assert re.search(r"ends with its browser session: in (30|29) min if nobody is there in the browser, and in 1", told)
    left = run("whoami", server[0], "--netrc-file", session, "--json").json["session"]
    assert 1700 < left["idleSecondsLeft"] <= 1800


def test_sessions_are_listed_and_ended_with_their_keys(server: tuple[str, Path], session: Path) -> None:
    (row,) = run("session", "list", "--json", "--data", server[1]).json
    assert (row["user"], row["device"], row["session_keys"]) == (ADMIN, "Firefox on Linux", 1)
    ended = run("session", "end", row["id"], "--data", server[1])
    assert ended.out == "Ended 1 session, and with it 1 session key.\n"
    refused = run("whoami", server[0], "--netrc-file", session)
    assert (refused.code, "its browser session has ended" in refused.err) == (1, True)
    assert "Nobody is signed in." in run("session", "list", "--data", server[1]).err
    again = run("session", "end", row["id"], "--data", server[1])
    assert (again.code, f"There is no session '{row['id']}'" in again.err) == (2, True)


def test_all_sessions_are_ended_only_by_who_is_sure(server: tuple[str, Path], session: Path) -> None:
    assert run("session", "end", "--all", "--data", server[1]).code == 2
    assert run("session", "end", "--all", "--yes", "--data", server[1]).out.startswith("Ended 1 session")
    assert run("session", "end", "--data", server[1]).code == 2
