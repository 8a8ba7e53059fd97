"""The commands on what is no netrc file, on a full disk and beside a second writer: one line, the old file intact."""

import os
import resource
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.netrc_home import Home
from tests.cli.program import PROGRAM, environment

_GOOD = "machine lk.test login ada password s3cret\n"
READING = (["list"], ["get", "lk.test"], ["rename", "lk.test", "b.test"], ["remove", "lk.test", "--yes"])
WRITING = ["set", "lk.test", "--login", "ada", "--password-stdin"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _refused(home: Home, words: str) -> None:
    """Every command ends with one line that says why; the doctor says it as a finding."""
    for command in (*READING, WRITING):
        result = home.run(*command, stdin="n3w\n")
        assert result.code in {1, 3}, (command, result)
        assert words in result.err, (command, result.err)
        assert result.err.count("\n") == 1, result.err
    assert home.run("check").code in {1, 3}
    assert home.run("explain", "https://lk.test").code in {0, 3}


def test_missing_file_is_told_and_set_makes_it(home: Home) -> None:
    for command in READING:
        assert "There is no file" in home.run(*command).err
    assert home.run(*WRITING, stdin="n3w\n").code == 0


def test_directory_is_refused(home: Home) -> None:
    home.file.mkdir()
    _refused(home, "Is a directory")


def test_fifo_is_refused_and_not_waited_for(home: Home) -> None:
    os.mkfifo(home.file)
    _refused(home, "it is no regular file")


def test_loop_of_links_is_refused(home: Home) -> None:
    home.file.symlink_to(home.folder / "b")
    (home.folder / "b").symlink_to(home.file)
    _refused(home, "symbolic links")


def test_file_of_a_gigabyte_is_refused(home: Home) -> None:
    home.write("")
    os.truncate(home.file, 1024**3)
    _refused(home, "larger than 64 MB")


def test_file_without_rights_is_refused(home: Home) -> None:
    home.write(_GOOD, 0)
    if os.geteuid():
        _refused(home, "Permission denied")
    else:  # root reads it all the same; a program of another user is told by its mode that it cannot
        assert "mode-not-0600" in home.run("check").out


@pytest.mark.parametrize(
    "content",
    [_GOOD.encode("utf-16"), b"\0" * 9000, b"x" * 200_000, b'machine lk.test login a password "open', b"macdef m\nx"],
    ids=["UTF-16", "NULs", "an endless word", "an open quote", "an open macro"],
)
def test_hostile_content_ends_no_command_in_anything_but_words(home: Home, content: bytes) -> None:
    for command in (["list"], ["get", "lk.test"], ["check"], ["check", "--fix", "--dry-run"], WRITING):
        home.write(content)
        result = home.run(*command, stdin="n3w\n")
        assert result.code in {0, 1, 2, 3}
        assert result.code == 0 or result.err.strip(), (command, result)
        assert command is WRITING or home.file.read_bytes() == content


def test_folder_that_others_can_write_is_told_when_writing_and_by_the_doctor(home: Home) -> None:
    home.write(_GOOD)
    home.folder.chmod(0o777)
    assert "Beware: others may write in" in home.run(*WRITING, stdin="n3w\n").err
    assert "folder-writable" in home.run("check").out


@pytest.mark.parametrize("command", [["remove", "lk.test", "--yes"], ["rename", "lk.test", "b.test"], WRITING])
def test_disk_that_is_full_leaves_the_old_file(home: Home, command: list[str]) -> None:
    """The limit on the size of files stands for the full disk: writing fails in its middle."""
    text = "machine a.test login ada password s3cret\n" * 200 + _GOOD
    home.write(text)
    done = subprocess.run(
        [*PROGRAM, "netrc", *command],
        input="n3w\n", capture_output=True, text=True, cwd=home.folder, env=environment(HOME=str(home.folder)),
        timeout=60, check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )  # fmt: skip
    assert done.returncode == 3, done
    assert "the file is as it was" in done.stderr
    assert home.text == text
    assert [one.name for one in home.folder.iterdir()] == [".netrc"]


def test_two_writers_at_once_lose_no_entry(home: Home) -> None:
    """Each is told where the other was first, and tries again, as a person would."""
    home.write(_GOOD)
    errors: list[str] = []

    def add(name: str) -> None:
        for _ in range(20):
            result = home.run("set", name, "--login", "ada", "--password-stdin", stdin="n3w\n")
            if result.code == 0:
                return
            errors.append(result.err)

    threads = [threading.Thread(target=add, args=(f"h{number}.test",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line.split()[1] for line in home.text.splitlines()) == [
        "h0.test",
        "h1.test",
        "h2.test",
        "h3.test",
        "lk.test",
    ]
    assert all("changed meanwhile" in error for error in errors)
    assert [one.name for one in home.folder.iterdir()] == [".netrc"]
