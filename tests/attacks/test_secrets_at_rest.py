"""Attack: steal a backup, a log, a process list or an environment, and find keys in it."""

import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

from tests.live import _children

_ISSUE = """
import json, sys
from pathlib import Path
from tests.live_operator import OPERATOR, _site
site = _site(Path(sys.argv[1]))
from keyhouse.accounts.users import find
owner = find("analyst@example.org")
print(json.dumps([site.api_keys.issue(owner, OPERATOR, -1, "at rest").token.text for _ in range(100)]))
"""


def parts_of(key: str) -> tuple[bytes, bytes]:
    """Return the secret of a key, and its first half, which would be enough to search for."""
    return key[17:].encode(), key[17:33].encode()


def test_no_key_of_a_hundred_is_found_anywhere(live):
    import json

    done = subprocess.run(
        [sys.executable, "-c", _ISSUE, str(live.data)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    keys = json.loads(done.stdout)
    assert len(set(keys)) == 100
    for key in keys:
        with urlopen(Request(f"{live.url}/login-whoAmI.api", headers={"apikey": key})) as answer:
            cookie = answer.headers["Set-Cookie"]
        assert key[17:] not in cookie
    secrets = [part for key in keys for part in parts_of(key)]
    for place, content in {**files_of(live.data.parent), **processes_of(live.process.pid)}.items():
        found = [secret for secret in secrets if secret in content]
        assert not found, place


def files_of(data: Path) -> dict[str, bytes]:
    files = {str(path): path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert any(name.endswith("keyhouse.sqlite3-wal") for name in files), "the database is open, so it has a WAL"
    assert any(name.endswith("keyhouse.log") for name in files)
    return files


def processes_of(pid: int) -> dict[str, bytes]:
    found = {}
    for each in {pid, *_children(pid)}:
        for name in ("cmdline", "environ"):
            found[f"/proc/{each}/{name}"] = Path(f"/proc/{each}/{name}").read_bytes()
    return found


def test_no_cookie_or_password_is_found_in_the_database(site, client, analyst):
    from tests.site import PASSWORD, sign_in

    sign_in(client, analyst.email)
    cookie = client.cookies["JSESSIONID"].encode()
    for path in site.boot.data.glob("keyhouse.sqlite3*"):
        content = path.read_bytes()
        assert cookie not in content and PASSWORD.encode() not in content


def test_no_digest_leaves_through_pages_or_api(site, client, admin):
    from keyhouse.keys.models import ApiKey
    from tests.site import issue

    key = issue(site, admin)
    digest = ApiKey.objects.get().digest
    for query in ("APIKeys", "UserApiKeys"):
        for path in (f"/query-executeQuery.view?schemaName=core&query.queryName={query}", "/audit-showAuditLog.view"):
            assert digest not in client.get(path, {"apikey": key}).text
        answer = client.get(f"/home/query-selectRows.api?schemaName=core&query.queryName={query}", {"apikey": key})
        assert answer.status == 200 and digest not in answer.text and key[17:] not in answer.text


def test_errors_do_not_repeat_what_was_sent(site, client, analyst, monkeypatch):
    from keyhouse.labkey import login
    from tests.site import issue

    key = issue(site, analyst)
    monkeypatch.setattr(login, "rights_of", None)
    answer = client.post("/login-loginApi.api", form={"email": analyst.email, "password": "correct horse battery"})
    assert answer.status == 500
    assert "correct horse" not in answer.text and "Traceback" not in answer.text and key not in answer.text
