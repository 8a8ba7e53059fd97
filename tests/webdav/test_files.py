"""Files of a folder over WebDAV, as programs read and write them."""

import errno
from pathlib import Path

import pytest

from keyhouse.files import swap
from keyhouse.files.places import FileRoot
from keyhouse.files.quota import OverQuota, Quota
from keyhouse.files.write import NewFile
from tests.site import set_site


def test_file_comes_back_as_it_was_put(editor):
    body = bytes(range(256)) * 50
    assert editor.put("data.bin", body).status == 201
    answer = editor.ask("GET", "data.bin")
    assert (answer.status, answer.body) == (200, body)
    assert answer.header("Content-Length") == str(len(body))


def test_second_put_replaces_the_file(editor):
    editor.put("a.txt", b"old and longer")
    assert editor.put("a.txt", b"new").status == 204
    assert editor.text("a.txt") == "new"


def test_head_tells_size_and_sends_nothing(editor):
    editor.put("a.txt", b"12345")
    answer = editor.ask("HEAD", "a.txt")
    assert (answer.status, answer.header("Content-Length"), answer.body) == (200, "5", b"")


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [("bytes=2-4", 206, b"234"), ("bytes=-3", 206, b"789"), ("bytes=7-", 206, b"789"), ("bytes=20-", 416, None)],
)
def test_range_is_served(editor, asked, status, body):
    editor.put("digits", b"0123456789")
    answer = editor.ask("GET", "digits", {"Range": asked})
    assert answer.status == status
    assert body is None or answer.body == body


def test_unchanged_file_is_not_sent_again(editor):
    editor.put("a.txt", b"12345")
    tag = editor.ask("GET", "a.txt").header("ETag")
    assert editor.ask("GET", "a.txt", {"If-None-Match": tag}).status == 304


def test_stale_writer_is_stopped(editor):
    editor.put("a.txt", b"mine")
    assert editor.ask("PUT", "a.txt", {"If-Match": '"0-0-0"'}, body=b"other").status == 412
    assert editor.text("a.txt") == "mine"


def test_directories_are_made_listed_and_deleted(editor):
    assert editor.ask("MKCOL", "raw").status == 201
    editor.put("raw/one.csv", b"a,b\n")
    assert editor.names() == ["raw"]
    assert editor.names("raw") == ["one.csv"]
    assert editor.ask("DELETE", "raw").status == 204
    assert editor.names() == []


def test_directory_is_made_once_and_below_one_that_is_there(editor):
    editor.ask("MKCOL", "raw")
    assert editor.ask("MKCOL", "raw").status == 405
    assert editor.ask("MKCOL", "none/deep").status == 409
    assert editor.put("none/a.txt").status == 409


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_file_is_copied_or_moved_over_another(editor, method):
    editor.put("a.txt", b"wanted")
    editor.put("b.txt", b"old")
    to = {"Destination": "http://127.0.0.1:8080/labkey/_webdav/home/%40files/b.txt"}
    assert editor.ask(method, "a.txt", {**to, "Overwrite": "F"}).status == 412
    assert editor.ask(method, "a.txt", to).status == 204
    assert editor.text("b.txt") == "wanted"
    assert editor.text("a.txt") == ("wanted" if method == "COPY" else None)


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_directory_goes_with_all_that_is_in_it(editor, method):
    editor.ask("MKCOL", "raw")
    editor.put("raw/one.csv", b"1")
    to = {"Destination": "/labkey/_webdav/home/@files/kept"}
    assert editor.ask(method, "raw", to).status == 201
    assert editor.text("kept/one.csv") == "1"
    assert editor.names() == (["kept", "raw"] if method == "COPY" else ["kept"])


def test_directory_is_copied_alone_at_depth_0(editor):
    editor.ask("MKCOL", "raw")
    editor.put("raw/one.csv", b"1")
    to = {"Destination": "/labkey/_webdav/home/@files/kept", "Depth": "0"}
    assert editor.ask("COPY", "raw", to).status == 201
    assert (editor.names(), editor.names("kept")) == (["kept", "raw"], [])


@pytest.mark.parametrize("can_swap", [True, False])
@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_place_of_a_replaced_directory_holds_the_old_or_the_new(editor, home, monkeypatch, method, can_swap):
    for name in ("raw", "kept"):
        editor.ask("MKCOL", name)
        editor.put(f"{name}/a.csv", name.encode())
    held, replace = [], Path.replace

    def replace_and_look(path, target):
        replace(path, target)
        held.append({each.read_text() for each in home.glob("**/a.csv")})

    monkeypatch.setattr(Path, "replace", replace_and_look)
    if not can_swap:
        monkeypatch.setattr(swap, "_renameat2", lambda: None)
    assert editor.ask(method, "raw", {"Destination": "/labkey/_webdav/home/@files/kept"}).status == 204
    assert all(each == {"raw", "kept"} for each in held)
    assert editor.text("kept/a.csv") == "raw"
    assert sorted(each.name for each in home.iterdir()) == (["kept", "raw"] if method == "COPY" else ["kept"])


def test_directory_that_cannot_be_replaced_stays(editor, home, monkeypatch):
    editor.ask("MKCOL", "kept")
    editor.put("kept/a.csv", b"old")
    editor.put("raw", b"new")
    replace = Path.replace

    def fail_for_the_new(path, target):
        if path.name == "raw":
            raise OSError(errno.EIO, "broken")
        replace(path, target)

    monkeypatch.setattr(swap, "_renameat2", lambda: None)
    monkeypatch.setattr(Path, "replace", fail_for_the_new)
    assert editor.ask("MOVE", "raw", {"Destination": "/labkey/_webdav/home/@files/kept"}).status == 500
    assert editor.text("kept/a.csv") == "old"


def test_directory_is_not_copied_into_itself(editor):
    editor.ask("MKCOL", "raw")
    answer = editor.ask("COPY", "raw", {"Destination": "/labkey/_webdav/home/@files/raw/raw"})
    assert answer.status == 403


def test_propfind_tells_names_and_sizes(editor):
    editor.put("näme & more.txt", b"123")
    answer = editor.ask("PROPFIND", headers={"Depth": "1"})
    assert answer.status == 207
    assert "/labkey/_webdav/home/%40files/n%C3%A4me%20%26%20more.txt" in answer.text
    assert "<ns0:getcontentlength>3<" in answer.text or "getcontentlength>3<" in answer.text


def test_folders_show_their_files_and_folders(editor):
    assert "@files" in editor.names("/_webdav/home")
    assert "home" in editor.names("/_webdav/")


def test_listing_has_what_r_reads(editor):
    editor.put("a.csv", b"1,2\n")
    answer = editor.ask("POST", query={"method": "JSON"})
    (entry,) = answer.json["files"]
    assert answer.json["fileCount"] == 1
    assert entry["href"] == "/labkey/_webdav/home/%40files/a.csv"
    assert (entry["size"], entry["collection"], entry["leaf"], entry["canDelete"]) == (4, False, True, True)
    assert answer.json["permissions"]["canUpload"] is True


def test_listing_of_nothing_is_an_error_with_a_text(editor):
    answer = editor.ask("POST", "none.txt", query={"method": "JSON"})
    assert answer.status == 404
    assert "none.txt" in answer.json["exception"]


def test_post_can_mean_delete(editor):
    editor.put("a.txt")
    assert editor.ask("POST", "a.txt", query={"method": "DELETE"}).status == 204
    assert editor.text("a.txt") is None


def test_file_beyond_the_quota_is_refused_and_the_old_one_stays(site, editor, home):
    set_site(site, filesQuotaMegabytes=1)
    editor.put("a.txt", b"old")
    answer = editor.put("a.txt", b"x" * (1024 * 1024 + 10))
    assert (answer.status, "limit" in answer.json["exception"]) == (507, True)
    assert editor.text("a.txt") == "old"
    assert [each.name for each in home.iterdir()] == ["a.txt"]


def test_copy_counts_towards_the_quota(site, editor):
    set_site(site, filesQuotaMegabytes=1)
    editor.put("a.bin", b"x" * 700_000)
    assert editor.ask("COPY", "a.bin", {"Destination": "/labkey/_webdav/home/@files/b.bin"}).status == 507
    assert editor.names() == ["a.bin"]


def test_two_uploads_at_once_do_not_pass_the_quota_together(editor, home):
    from uuid import UUID

    place = FileRoot(home.parent).place
    names = [place(UUID(home.name), [name]) for name in ("a.bin", "b.bin")]
    quota = Quota(home, 1000)
    first, second = (NewFile(each, quota) for each in names)
    with first, second:
        for written in (first, second):
            written.write(b"x" * 700)
        first.keep(lambda: None)
        with pytest.raises(OverQuota):
            second.keep(lambda: None)
    assert [each.name for each in home.iterdir()] == ["a.bin"]


def test_cut_connection_leaves_the_old_file(editor, home):
    editor.put("a.txt", b"old")
    answer = editor.ask("PUT", "a.txt", {"Content-Length": "1000"}, body=b"only this")
    assert answer.status == 400
    assert editor.text("a.txt") == "old"
    assert [each.name for each in home.iterdir()] == ["a.txt"]


def test_what_is_read_and_changed_is_written_down(editor):
    from keyhouse.audit.models import AuditEvent

    editor.put("a.txt", b"12345")
    editor.text("a.txt")
    editor.ask("DELETE", "a.txt")
    events = AuditEvent.objects.filter(kind__startswith="file").order_by("sequence")
    assert [(event.kind, event.details["file"]) for event in events] == [
        ("file changed", "a.txt"),
        ("file read", "a.txt"),
        ("file changed", "a.txt"),
    ]


def test_file_outlives_the_renaming_of_its_folder(site, editor, give):
    from keyhouse.authz import folders
    from tests.site import OPERATOR

    site.folders.add("/home/old", OPERATOR)
    deep = give("Editor", "/home/old")
    deep.put("/_webdav/home/old/@files/a.txt", b"kept")
    assert folders.find("/home/old").entity_id
    assert deep.text("/_webdav/home/old/@files/a.txt") == "kept"
