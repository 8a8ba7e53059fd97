"""What is no netrc file, and what would be one if it ended: refused in words, at once, by every way of reading."""

import errno
import io
import os

import pytest

from keyhouse import netrc
from keyhouse.netrc import RequestsAuth, choices, lints, lookup, parse, write
from keyhouse.netrc.circumstances import examine_around
from keyhouse.netrc.clients.catalogue import clients
from keyhouse.netrc.surroundings import MAX_BYTES, real

GOOD = b"machine h.test login ada password s3cret\n"


def _by_auth(path):
    return RequestsAuth(str(path)).explain("https://h.test/")


READERS = (netrc.load, netrc.netrc, _by_auth)


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".netrc"


@pytest.fixture(params=READERS, ids=["load", "drop-in", "auth"])
def read(request):
    return request.param


def test_no_file_is_told(path, read):
    with pytest.raises(FileNotFoundError):
        read(path)


def test_a_directory_is_told(path, read):
    path.mkdir(0o700)
    with pytest.raises(IsADirectoryError):
        read(path)


def test_a_fifo_is_refused_and_not_waited_for(path, read):
    os.mkfifo(path, 0o600)
    with pytest.raises(OSError, match="no regular file"):
        read(path)


def test_a_device_without_end_is_refused(read):
    with pytest.raises((OSError, netrc.NetrcParseError)):
        read("/dev/zero")


def test_a_file_without_rights_is_told(path, read, monkeypatch):
    def refuse(name, *_):
        raise PermissionError(errno.EACCES, "Permission denied", name)

    path.touch(0o600)
    monkeypatch.setattr(os, "open", refuse)  # root may read everything, so that a mode alone proves nothing
    with pytest.raises(PermissionError):
        read(path)


def test_a_loop_of_links_is_told(path, read, tmp_path):
    path.symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(path)
    with pytest.raises(OSError, match="symbolic links"):
        read(path)


def test_a_file_of_a_gigabyte_is_refused_unread(path, read, monkeypatch):
    path.touch(0o600)
    os.truncate(path, 1024**3)
    with pytest.raises(OSError, match="larger than 64 MB"):
        read(path)


def test_a_stream_without_end_is_refused():
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            assert 0 <= size <= MAX_BYTES + 1
            return bytes(size)

    with pytest.raises(OSError, match="larger than 64 MB"):
        netrc.load(Endless())


SHAPES = {
    "UTF-16": GOOD.decode().encode("utf-16") * 500,
    "NULs": b"\0" * 20_000,
    "one endless word": b"x" * 20_000,
    "an endless password": b"machine h.test login ada password " + b"x" * 20_000,
    "an open quote": b'machine h.test login ada password "' + GOOD * 500,
    "nothing but quotes": b'"' * 20_000,
    "nothing but backslashes": b'machine h.test login a password "' + b"\\" * 20_000,
    "an open macro": b"macdef init\n" + GOOD * 500,
    "macros and nothing else": b"macdef\n\n" * 2_000,
    "the middle of an entry": b"machine h.test login",
    "carriage returns": b"\r" * 20_000,
    "not UTF-8": b"\xff\xfe\xfd" * 5_000,
}


@pytest.mark.parametrize("data", SHAPES.values(), ids=SHAPES)
def test_a_hostile_shape_stops_no_client_and_costs_it_no_more_than_its_length(data):
    for client in clients().values():
        choice = lookup("https://h.test/", client, data)
        assert choice.error or choice.secret is None or len(choice.secret) <= len(data)


@pytest.mark.parametrize("data", SHAPES.values(), ids=SHAPES)
def test_a_hostile_shape_is_kept_byte_for_byte_and_examined(data):
    document = parse(data)
    assert document.dump() == b"".join(token.raw for token in document.tokens) == data
    assert all(finding.what for finding in lints.examine(document))


def test_a_parent_folder_that_others_can_write_is_a_danger(path, tmp_path):
    path.touch(0o600)
    tmp_path.chmod(0o777)
    found = {one.id: one.severity.name for one in examine_around(str(path), real())}
    assert found["folder-writable"] == "DANGER"


def test_a_disk_that_is_full_leaves_the_old_file(path, monkeypatch):
    path.write_bytes(GOOD)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(write.Refused, match="the file is as it was"):
        write.write(path, parse(GOOD * 2))
    assert path.read_bytes() == GOOD
    assert [one.name for one in path.parent.iterdir()] == [".netrc"]


def test_a_lock_that_is_never_given_back_ends_in_a_sentence(path, monkeypatch):
    import fcntl

    path.write_bytes(GOOD)
    monkeypatch.setattr(write, "LOCK_SECONDS", 0)
    with (path.parent / "..netrc.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(write.Refused, match="try again"):
            write.write(path, parse(b""))
    assert path.read_bytes() == GOOD


def test_a_lock_left_behind_by_a_program_that_died_is_no_obstacle(path):
    (path.parent / "..netrc.lock").touch(0o600)
    write.write(path, parse(GOOD))
    assert [one.name for one in path.parent.iterdir()] == [".netrc"]


def test_a_link_in_the_place_of_the_lock_is_not_followed(path, tmp_path):
    (tmp_path / "..netrc.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(write.Refused):
        write.write(path, parse(GOOD))
    assert not (tmp_path / "elsewhere").exists()


def test_a_url_that_is_none_is_told():
    for url in ("", "://", "https://", "https://h.test:99999/", "https://[::1"):
        with pytest.raises(ValueError, match="not a"):
            choices.lookup(url, "curl", GOOD)
