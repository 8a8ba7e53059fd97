"""Attached databases by command."""

import sqlite3
from pathlib import Path

import pytest

from tests.cli.program import run


@pytest.fixture
def trial(data: Path) -> Path:
    with sqlite3.connect(data / "trial.db") as database:
        database.execute("CREATE TABLE patients (id INTEGER PRIMARY KEY)")
    return data / "trial.db"


def test_source_is_attached_listed_checked_and_removed(data: Path, trial: Path) -> None:
    added = run("source", "add", "trial", "sqlite:///trial.db", "--folder", "/home", "--data", data)
    assert (added.code, added.out, added.err) == (0, "Attached trial to /home.\n", "")
    listed = run("source", "list", "--json", "--data", data).json
    assert [(row["name"], row["folder"], row["writable"]) for row in listed] == [("trial", "/home", False)]
    checked = run("source", "check", "--json", "--data", data)
    assert (checked.code, checked.json) == (0, [{"name": "trial", "folder": "/home", "tables": 1, "state": "ok"}])
    assert run("source", "add", "trial", "sqlite:///trial.db", "--folder", "/home", "--data", data).code == 2
    assert run("source", "remove", "trial", "--data", data).code == 0
    assert run("source", "list", "--json", "--data", data).json == []
    assert trial.exists()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://host/name", "sqlite://", "sqlite:///:memory:", "mysql://u:hunter2secret@host/x"]
)
def test_wrong_url_attaches_nothing_and_is_not_repeated(data: Path, url: str) -> None:
    result = run("source", "add", "s", url, "--folder", "/home", "--data", data)
    assert result.code == 2
    assert "hunter2secret" not in result.out + result.err
    assert run("source", "list", "--json", "--data", data).json == []


def test_database_that_is_down_is_attached_with_a_warning_and_fails_the_check(data: Path) -> None:
    added = run("source", "add", "gone", "sqlite:///gone.db", "--folder", "/home", "--data", data)
    assert (added.code, "cannot be read at present" in added.err) == (0, True)
    checked = run("source", "check", "--data", data)
    assert (checked.code, checked.err) == (1, "Error: Cannot be read: gone.\n")
    assert not (data / "gone.db").exists()


def test_password_of_a_source_is_never_shown(data: Path) -> None:
    url = "postgresql://reader:hunter2secret@127.0.0.1:1/trial"
    added = run("source", "add", "lims", "--url-stdin", "--folder", "/home", "--data", data, stdin=url + "\n")
    assert added.code == 0, added.err
    told = run("source", "add", "lims2", url, "--folder", "/home", "--data", data)
    assert "use --url-stdin" in told.err
    shown = [run("source", what, *how, "--data", data) for what in ("list", "check") for how in ([], ["--json"])]
    for result in (added, told, *shown):
        assert "hunter2secret" not in result.out + result.err
    assert not [file for file in data.rglob("*") if file.is_file() and b"hunter2secret" in file.read_bytes()]


def test_source_of_another_secret_is_named_and_not_fatal(data: Path, trial: Path) -> None:
    run("source", "add", "trial", "sqlite:///trial.db", "--folder", "/home", "--data", data)
    (data / "secret.key").write_text("another secret that is long enough to be one\n")
    assert "sealed with another secret.key" in run("source", "list", "--data", data).out
    assert run("source", "check", "--data", data).code == 1
    assert run("source", "remove", "trial", "--data", data).code == 0


def test_unknown_folder_and_missing_url_are_usage_errors(data: Path) -> None:
    assert run("source", "add", "s", "sqlite:///x.db", "--folder", "/none", "--data", data).code == 2
    assert run("source", "add", "s", "--folder", "/home", "--data", data).code == 2
    assert run("source", "remove", "none", "--data", data).code == 2
