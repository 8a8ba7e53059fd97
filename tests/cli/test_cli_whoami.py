"""Whom a server takes the netrc entry for, and why nobody."""

import os
from pathlib import Path

import pytest

from tests.cli.program import ADMIN, free_port, run


@pytest.fixture(scope="module")
def key(server: tuple[str, Path]) -> str:
    return run("key", "issue", ADMIN, "--data", server[1]).out.strip()


@pytest.fixture
def netrc(tmp_path: Path, key: str) -> Path:
    file = tmp_path / "netrc"
    file.write_text(f"machine 127.0.0.1 login apikey password {key}\n")
    file.chmod(0o600)
    return file


def test_key_of_the_netrc_file_is_its_owner(server: tuple[str, Path], netrc: Path) -> None:
    result = run("whoami", server[0], "--netrc-file", netrc)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"You are admin <{ADMIN}>, user ")
    assert run("whoami", server[0] + "/", "--json", NETRC=str(netrc)).json["email"] == ADMIN


def test_guest_learns_why(server: tuple[str, Path], netrc: Path, tmp_path: Path) -> None:
    missing = run("whoami", server[0], "--netrc-file", tmp_path / "none")
    assert (missing.code, "there is no file" in missing.err) == (1, True)
    netrc.write_text("machine other.example.org login apikey password x\n")
    other = run("whoami", server[0], "--netrc-file", netrc)
    assert (other.code, "has no entry for the machine 127.0.0.1" in other.err) == (1, True)
    netrc.write_text("machine 127.0.0.1 login apikey\n")
    lacking = run("whoami", server[0], "--netrc-file", netrc)
    assert (lacking.code, "lacks a login or a password" in lacking.err) == (1, True)
    netrc.write_text("machine 127.0.0.1\nlogin apikey\nhunter2secret x\n")
    broken = run("whoami", server[0], "--netrc-file", netrc)
    assert (broken.code, "cannot be understood" in broken.err) == (1, True)
    assert "hunter2secret" not in broken.err + broken.out


def test_guest_gets_the_doctor_for_that_host(server: tuple[str, Path], netrc: Path) -> None:
    netrc.write_text(
        "machine http://127.0.0.1:80 login apikey password hunter2secret\nmachine b:1 login x password y\n"
    )
    result = run("whoami", server[0], "--netrc-file", netrc)
    assert f"error   machine-scheme  {netrc}:1:9" in result.err
    assert "do:    write: machine 127.0.0.1" in result.err
    assert f"{netrc}:2" not in result.err
    assert "keyhouse netrc explain 127.0.0.1" in result.err
    assert "hunter2secret" not in result.err + result.out
    found = run("whoami", server[0], "--netrc-file", netrc, "--json").json["findings"]
    assert [one["id"] for one in found] == ["machine-scheme"]


def test_user_hears_nothing_of_the_doctor(server: tuple[str, Path], netrc: Path) -> None:
    netrc.chmod(0o644)
    result = run("whoami", server[0], "--netrc-file", netrc)
    assert (result.code, result.err) == (0, "")
    assert run("whoami", server[0], "--netrc-file", netrc, "--json").json["findings"] == []


def test_pipe_is_not_waited_for(server: tuple[str, Path], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = run("whoami", server[0], "--netrc-file", tmp_path / "pipe")
    assert (result.code, "it is no regular file" in result.err) == (1, True)


def test_revoked_and_wrong_keys_are_told_apart(server: tuple[str, Path], netrc: Path, key: str) -> None:
    run("key", "revoke", key[4:16], "--data", server[1])
    revoked = run("whoami", server[0], "--netrc-file", netrc)
    assert (revoked.code, "it was revoked" in revoked.err) == (1, True)
    netrc.write_text("machine 127.0.0.1 login apikey password nonsense\n")
    wrong = run("whoami", server[0], "--netrc-file", netrc)
    assert (wrong.code, "The server refused the entry" in wrong.err, "it was" in wrong.err) == (1, True, False)


def test_what_is_no_site_is_named(server: tuple[str, Path], netrc: Path) -> None:
    away = run("whoami", f"http://127.0.0.1:{free_port()}", "--netrc-file", netrc)
    assert (away.code, "cannot be reached" in away.err) == (3, True)
    elsewhere = run("whoami", server[0] + "x", "--netrc-file", netrc)
    assert (elsewhere.code, "Is the path right" in elsewhere.err) == (3, True)


@pytest.mark.parametrize("url", ["data.example.org", "ftp://x", "http://", "http://u:hunter2secret@x", "http://[", ""])
def test_url_of_the_wrong_form_is_a_usage_error(url: str) -> None:
    result = run("whoami", url)
    assert result.code == 2
    assert "hunter2secret" not in result.err
