"""Where a site lives, and what is said when it cannot be used."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import PROGRAM, environment, run


def test_data_directory_may_stand_before_or_after_the_command(data: Path) -> None:
    for arguments in (
        ["--data", data, "user", "list"],
        ["user", "--data", data, "list"],
        ["user", "list", "--data", data],
        ["--data", "/nonexistent", "user", "list", "--data", data],
    ):
        result = run(*arguments)
        assert (result.code, "admin@example.org" in result.out) == (0, True), result.err


def test_data_directory_comes_from_the_environment(data: Path) -> None:
    assert "admin@example.org" in run("user", "list", KEYHOUSE_DATA=str(data)).out


def test_default_data_directory_is_below_the_present_one(tmp_path: Path) -> None:
    assert run("init", cwd=tmp_path).code == 0
    assert (tmp_path / "keyhouse-data" / "secret.key").exists()


def test_init_lets_nobody_else_read(tmp_path: Path) -> None:
    assert run("init", "--data", tmp_path / "d").code == 0
    assert (tmp_path / "d").stat().st_mode & 0o077 == 0
    for file in (tmp_path / "d").rglob("*"):
        assert file.stat().st_mode & 0o077 == 0, file


def test_init_twice_loses_nothing(data: Path) -> None:
    secret = (data / "secret.key").read_text()
    result = run("init", "--data", data)
    assert (result.code, "was made before" in result.out) == (0, True)
    assert (data / "secret.key").read_text() == secret
    assert "admin@example.org" in run("user", "list", "--data", data).out


@pytest.mark.parametrize("command", [["user", "list"], ["serve"], ["key", "issue", "a@b.org"], ["audit", "verify"]])
def test_missing_data_directory_names_the_command_that_makes_it(tmp_path: Path, command: list[str]) -> None:
    result = run(*command, "--data", tmp_path / "none")
    assert result.code == 3
    assert f"Make one with: keyhouse init --data {tmp_path / 'none'}" in result.err
    assert not (tmp_path / "none").exists()


def test_database_that_is_not_up_to_date_names_the_command_that_mends_it(data: Path) -> None:
    with sqlite3.connect(data / "keyhouse.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'keys'")
    result = run("key", "list", "--data", data)
    assert result.code == 3
    assert f"Run: keyhouse init --data {data}" in result.err


def test_database_that_is_none_is_refused_in_one_line(data: Path) -> None:
    (data / "keyhouse.sqlite3").write_bytes(b"this is no database at all" * 100)
    for command in (["user", "list"], ["init"], ["serve"]):
        result = run(*command, "--data", data)
        assert result.code == 3
        assert "file is not a database" in result.err
        assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('host = "127.0', "is not valid TOML"),
        ("prot = 8080", "there is no setting 'prot'"),
        ('port = "eighty"', "'port' must be a whole number"),
        ("port = 99999", "port is 99999"),
        ('context_path = "labkey"', "must begin with a slash"),
        ('tls_cert = "x.pem"', "tls_cert and tls_key go together"),
    ],
)
def test_half_written_settings_are_named(data: Path, text: str, named: str) -> None:
    (data / "keyhouse.toml").write_text(text)
    for command in (["user", "list"], ["serve"], ["settings", "show"]):
        result = run(*command, "--data", data)
        assert (result.code, named in result.err, len(result.err.splitlines())) == (3, True, 1), result.err


def test_damaged_secret_is_named(data: Path) -> None:
    (data / "secret.key").write_text("short\n")
    result = run("user", "list", "--data", data)
    assert result.code == 3
    assert "secret.key is damaged" in result.err


def _without_rights(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run as somebody for whom permissions count: root loses what lets it ignore them."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*drop, *PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment())


def test_data_directory_without_rights_is_named(data: Path) -> None:
    data.chmod(0o000)
    try:
        for command in (["user", "list"], ["serve"], ["check"], ["init"]):
            done = _without_rights(*command, "--data", data)
            assert (done.returncode, "Permission denied" in done.stderr + done.stdout) == (
                1 if command == ["check"] else 3,
                True,
            ), done.stderr
            assert "Traceback" not in done.stderr
    finally:
        data.chmod(0o700)


def test_database_without_right_to_write_is_named(data: Path) -> None:
    (data / "keyhouse.sqlite3").chmod(0o400)
    done = _without_rights("group", "add", "Lab", "--data", data)
    assert (done.returncode, "readonly database" in done.stderr) == (3, True), done.stderr


def test_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    done = _without_rights("init", "--data", tmp_path / "locked" / "data")
    assert done.returncode == 3
    assert f"{tmp_path / 'locked' / 'data'} cannot be written: Permission denied" in done.stderr


def test_unexpected_error_shows_one_line_and_the_way_to_more(data: Path) -> None:
    (data / "keyhouse.toml").unlink()
    (data / "keyhouse.toml").mkdir()
    result = run("settings", "show", "--data", data)
    assert (result.code, len(result.err.splitlines())) == (3, 1)
