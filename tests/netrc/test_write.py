"""Writing never loses the old file and never shows the new one to others."""

import errno
import os
import stat
import threading

import pytest

from keyhouse.netrc import parse
from keyhouse.netrc.write import Refused, write

OLD, NEW = b"machine a login b password old\n", parse(b"machine a login b password new\n")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_private_from_its_first_byte(tmp_path, monkeypatch):
    modes = []
    real = os.write
    monkeypatch.setattr(
        os, "write", lambda fd, data: modes.append(stat.S_IMODE(os.fstat(fd).st_mode)) or real(fd, data)
    )
    before = os.umask(0)
    try:
        assert write(tmp_path / ".netrc", NEW) == tmp_path / ".netrc"
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert (tmp_path / ".netrc").read_bytes() == NEW.dump()


def test_others_lose_their_rights_to_an_existing_file(tmp_path):
    path = tmp_path / ".netrc"
    path.write_bytes(OLD)
    path.chmod(0o644)
    write(path, NEW)
    assert mode(path) == 0o600


def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / ".netrc"
    path.write_bytes(OLD)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Refused, match="No space left"):
        write(path, NEW)
    assert path.read_bytes() == OLD
    assert [p.name for p in tmp_path.iterdir() if "lock" not in p.name] == [".netrc"]


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path):
    target, link = tmp_path / "keys", tmp_path / ".netrc"
    target.write_bytes(OLD)
    link.symlink_to(target)
    assert write(link, NEW) == target
    assert link.is_symlink()
    assert target.read_bytes() == NEW.dump()


def test_a_loop_of_links_a_directory_and_a_missing_folder_are_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for path in (tmp_path / "a", tmp_path, tmp_path / "none" / ".netrc"):
        with pytest.raises(Refused):
            write(path, NEW)


def test_a_change_by_somebody_else_is_not_overwritten(tmp_path):
    path = tmp_path / ".netrc"
    path.write_bytes(b"machine z login y password x\n")
    with pytest.raises(Refused, match="changed meanwhile"):
        write(path, NEW, expected=OLD)
    assert path.read_bytes() == b"machine z login y password x\n"


def test_a_backup_is_private_too(tmp_path):
    path = tmp_path / ".netrc"
    path.write_bytes(OLD)
    write(path, NEW, backup=True)
    assert (tmp_path / ".netrc.bak").read_bytes() == OLD
    assert mode(tmp_path / ".netrc.bak") == 0o600


def test_of_two_writers_one_wins_and_the_other_is_told(tmp_path):
    path = tmp_path / ".netrc"
    path.write_bytes(OLD)
    outcomes = []

    def change(secret):
        try:
            write(path, parse(OLD).set("a", "b", secret), expected=OLD)
            outcomes.append("written")
        except Refused:
            outcomes.append("refused")

    threads = [threading.Thread(target=change, args=(f"n{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["written"]
