"""Marks of a source by command: set from a file, written into one, with errors that name the line."""

import sqlite3
from pathlib import Path

import pytest

from tests.cli.program import run

MARKS = 'default = "Limited"\n\n[tables."patients"]\nparticipant = "id"\nlevels."ssn" = "Restricted"\n'


@pytest.fixture
def trial(data: Path) -> Path:
    with sqlite3.connect(data / "trial.db") as database:
        database.executescript(
            "CREATE TABLE patients (id INTEGER PRIMARY KEY, ssn TEXT); CREATE VIEW v AS SELECT ssn FROM patients;"
        )
    assert run("source", "add", "trial", "sqlite:///trial.db", "--folder", "/home", "--data", data).code == 0
    return data


def test_marks_are_read_from_a_file_and_written_as_they_were(trial: Path, tmp_path: Path) -> None:
    (tmp_path / "marks.toml").write_text(MARKS)
    done = run("source", "marks", "/home", "trial", "--file", tmp_path / "marks.toml", "--data", trial)
    assert (done.code, done.out) == (0, "Marks of trial: 1 tables read, 2 changes made.\n"), done.err
    exported = run("source", "marks", "/home", "trial", "--export", "toml", "--data", trial)
    assert (exported.code, exported.out) == (0, MARKS)
    as_csv = run("source", "marks", "/home", "trial", "--export", "csv", "--data", trial).out
    assert as_csv.splitlines()[1:] == ["*,,Limited,", "patients,ssn,Restricted,", "patients,id,,yes"]


def test_a_view_that_looks_forgotten_is_pointed_out(trial: Path, tmp_path: Path) -> None:
    (tmp_path / "marks.csv").write_text("table,column,level\npatients,ssn,PHI\n")
    done = run("source", "marks", "/home", "trial", "--file", tmp_path / "marks.csv", "--data", trial)
    assert done.code == 0 and "Column 'ssn' of 'v' has no mark" in done.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[tables.patients]\nlevels.ssn = "Secret"\n', "Line 2: 'Secret' is no PHI level of 'ssn'"),
        ('[tables.nobody]\nlevels.ssn = "PHI"\n', "no table or view 'nobody'. Nothing was changed."),
        ('[tables.patients]\nlevels.age = "PHI"\n', "Table 'patients' has no column 'age'. Nothing was changed."),
    ],
)
def test_a_wrong_file_changes_nothing_and_says_where(trial: Path, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "marks.toml").write_text(text)
    done = run("source", "marks", "/home", "trial", "--file", tmp_path / "marks.toml", "--data", trial)
    assert done.code == 2 and told in done.err
    assert run("source", "marks", "/home", "trial", "--export", "json", "--data", trial).json["tables"] == {}
