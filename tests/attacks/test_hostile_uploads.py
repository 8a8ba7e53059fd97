"""Attack: a file that is to fill the disk or the memory, or a row that claims to be somebody else's."""

import sqlite3
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from tests.attacks.wire import send
from tests.site import OPERATOR, Client, issue


@pytest.fixture
def clinic(site, tmp_path):
    """The writable source `clinic` in /home."""
    from keyhouse.authz import folders

    with sqlite3.connect(tmp_path / "clinic.db") as database:
        database.execute("CREATE TABLE t (id integer PRIMARY KEY, name text, createdby integer, created timestamp)")
    database.close()
    site.sources.add("clinic", f"sqlite:///{tmp_path}/clinic.db", folders.find("/home"), OPERATOR, is_writable=True)


@pytest.fixture
def post(site, front, admin):
    """Upload a file to the table, with an administrator's key."""
    key, client = issue(site, admin), Client(front, keeps_cookies=False)

    def upload(content, action="import", **headers):
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("schemaName", "clinic"), ("queryName", "t"))
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="../../a.csv"\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        sent = {"apikey": key, "content-type": f"multipart/form-data; boundary={boundary}", **headers}
        return client.post(f"/home/query-{action}.api", sent, body=body)

    return upload


def names(site):
    return {path for path in site.boot.data.rglob("*") if "keyhouse.sqlite3" not in path.name}


def open_files():
    """Return where the open files of this process lie; one may be closed while we look."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add(str(link.readlink()))
    return found


def test_upload_beyond_the_limit_is_refused_before_it_is_read(site, post, clinic):
    answer = post(b"name\nx\n", **{"content-length": str(site.boot.maximum_upload_bytes + 1)})
    assert answer.status == 413


def test_upload_of_a_guest_is_not_read_beyond_a_megabyte(live):
    lines = [b"POST /labkey/home/query-import.api HTTP/1.1", b"Content-Type: multipart/form-data; boundary=x"]
    assert send(live.port, [*lines, b"Content-Length: 50000000"], b"--x").status == 413


def test_action_that_takes_no_files_is_not_sent_the_larger_bodies(site, post, clinic):
    answer = post(b"", action="insertRows", **{"content-length": str(site.boot.maximum_body_bytes + 1)})
    assert answer.status == 413


def test_uploaded_file_has_no_name_and_is_gone_afterwards(site, post, clinic, monkeypatch):
    from keyhouse.labkey import query_import

    seen = {}
    read = query_import.read

    def look(source, *rest):
        seen["names"] = names(site)
        seen["open"] = [name for name in open_files() if name.startswith(str(site.boot.data)) and "deleted" in name]
        return read(source, *rest)

    monkeypatch.setattr(query_import, "read", look)
    before = names(site)
    assert post(b"name\nx\n").json["success"]
    assert seen["names"] == before == names(site)
    assert len(seen["open"]) == 1
    assert not [name for name in open_files() if name.startswith(str(site.boot.data)) and "deleted" in name]


def test_upload_that_breaks_off_leaves_nothing(site, post, clinic):
    before = names(site)
    answer = post(b"name\nx\n", **{"content-length": "5000"})
    assert answer.status in {200, 400}
    assert names(site) == before
    assert not [name for name in open_files() if name.startswith(str(site.boot.data)) and "deleted" in name]


def test_names_and_values_of_a_file_are_never_statements(post, clinic, site, front, admin):
    hostile = '"name""); DROP TABLE t; --",name,"id) VALUES (1); --"\n1,"x\'); DROP TABLE t; --",2\n'
    assert post(hostile.encode()).json["rowCount"] == 1
    client = Client(front, keeps_cookies=False)
    query = {"schemaName": "clinic", "query.queryName": "t"}
    rows = client.get("/home/query-selectRows.api", {"apikey": issue(site, admin)}, **query).json["rows"]
    assert [row["name"] for row in rows] == ["x'); DROP TABLE t; --"]


def test_row_cannot_say_who_made_it(post, clinic, site, front, admin):
    assert post(b"name,createdby,created\nx,4711,1999-01-01\n").json["success"]
    client = Client(front, keeps_cookies=False)
    query = {"schemaName": "clinic", "query.queryName": "t"}
    row = client.get("/home/query-selectRows.api", {"apikey": issue(site, admin)}, **query).json["rows"][0]
    assert row["createdby"] == admin.id
    assert not row["created"].startswith("1999")


def test_page_of_another_site_cannot_write_with_a_browsers_cookie(front, admin, clinic):
    from tests.site import sign_in

    browser = Client(front)
    sign_in(browser, admin.email)
    body = {"schemaName": "clinic", "queryName": "t", "rows": [{"name": "x"}]}
    assert browser.post("/home/query-insertRows.api", json=body, csrf=False).status == 401
    assert browser.post("/home/query-import.api", form={**body, "text": "name\nx"}, csrf=False).status == 401
    assert browser.post("/home/query-insertRows.api", json=body).status == 200
