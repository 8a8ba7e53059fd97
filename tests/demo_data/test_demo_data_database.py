"""The demonstration's database is whole, says what the data say, and is never put half or over another's file."""

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from keyhouse.demo_data import CONTENT_VERSION, build, database
from keyhouse.demo_data.tables import TABLES, Table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trials.db"


@pytest.fixture
def trials(path: Path) -> Iterator[sqlite3.Connection]:
    build(path)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _rows(connection: sqlite3.Connection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def _set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize(("table", "count"), [("patients", 418), ("visits", 1945), ("lung", 228)])
def test_tables_hold_every_row_of_their_file(trials: sqlite3.Connection, table: str, count: int) -> None:
    assert _rows(trials, f"SELECT count(*) FROM {table}") == [(count,)]


def test_survival_summary_counts_patients_and_deaths_by_arm(trials: sqlite3.Connection) -> None:
    assert set(_rows(trials, "SELECT treatment, patients, deaths, mean_age FROM survival_summary")) == {
        ("D-penicillamine", 158, 65, 51.4),
        ("placebo", 154, 60, 48.6),
        ("not randomised", 106, 36, 52.9),
    }


def test_codes_are_translated_to_words(trials: sqlite3.Connection) -> None:
    statuses = "SELECT status, count(*) FROM {} GROUP BY status"
    assert dict(_rows(trials, statuses.format("patients"))) == {"censored": 232, "transplant": 25, "dead": 161}
    assert dict(_rows(trials, statuses.format("lung"))) == {"censored": 63, "dead": 165}
    sexes = "SELECT sex, count(*) FROM {} GROUP BY sex"
    assert dict(_rows(trials, sexes.format("patients"))) == {"female": 374, "male": 44}
    assert dict(_rows(trials, sexes.format("lung"))) == {"female": 90, "male": 138}


def test_first_patient_and_first_visit_read_as_the_source_has_them(trials: sqlite3.Connection) -> None:
    patient = "SELECT age, sex, treatment, status, time_days, ascites, bilirubin_mg_dl FROM patients WHERE patient_id=1"
    assert _rows(trials, patient) == [(58.77, "female", "D-penicillamine", "dead", 400, 1, 14.5)]
    visit = "SELECT patient_id, day, albumin_g_dl, cholesterol_mg_dl FROM visits WHERE visit_id = 2"
    assert _rows(trials, visit) == [(1, 192, 2.94, None)]


def test_every_visit_belongs_to_a_patient(trials: sqlite3.Connection) -> None:
    (key,) = _rows(trials, "PRAGMA foreign_key_list(visits)")
    assert key[2:5] == ("patients", "patient_id", "patient_id")
    assert _rows(trials, "PRAGMA foreign_key_check") == []
    assert _rows(trials, "SELECT count(DISTINCT patient_id), max(patient_id) FROM visits") == [(312, 312)]


def test_the_file_passes_sqlites_own_check(trials: sqlite3.Connection) -> None:
    assert _rows(trials, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_missing_values_are_null_and_never_a_text(trials: sqlite3.Connection, table: Table) -> None:
    words = {"female", "male", "D-penicillamine", "placebo", "censored", "transplant", "dead", None}
    for row in _rows(trials, f"SELECT * FROM {table.name}"):
        assert {value for value in row if not isinstance(value, int | float)} <= words


@pytest.mark.parametrize(
    ("table", "column", "missing"),
    [("patients", "cholesterol_mg_dl", 134), ("visits", "cholesterol_mg_dl", 821), ("lung", "meal_calories", 47)],
)
def test_as_many_values_are_missing_as_in_the_source(
    trials: sqlite3.Connection, table: str, column: str, missing: int
) -> None:
    assert _rows(trials, f"SELECT count(*) FROM {table} WHERE {column} IS NULL") == [(missing,)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_values_have_the_type_that_their_column_declares(trials: sqlite3.Connection, table: Table) -> None:
    stored = {"INTEGER": {"integer"}, "REAL": {"real"}, "TEXT": {"text"}, "BOOLEAN": {"integer"}}
    for _, name, declared, *_ in _rows(trials, f"PRAGMA table_info({table.name})"):
        found = _rows(trials, f"SELECT DISTINCT typeof({name}) FROM {table.name} WHERE {name} IS NOT NULL")
        assert {kind for (kind,) in found} == stored[str(declared)]


def test_signs_of_the_disease_are_declared_boolean(trials: sqlite3.Connection) -> None:
    for table in ("patients", "visits"):
        declared = {row[1]: row[2] for row in _rows(trials, f"PRAGMA table_info({table})")}
        assert {declared[name] for name in ("ascites", "hepatomegaly", "spiders")} == {"BOOLEAN"}


def test_only_the_owner_may_read_the_file_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        build(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_of_this_version_is_left_alone(path: Path) -> None:
    build(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM lung")
    before = path.stat()
    build(path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_database_of_another_version_is_replaced(path: Path) -> None:
    build(path)
    whole = path.read_bytes()
    _set_version(path, CONTENT_VERSION + 1)
    build(path)
    assert path.read_bytes() == whole


def test_journals_of_a_replaced_database_cannot_reach_the_new_one(path: Path) -> None:
    build(path)
    _set_version(path, CONTENT_VERSION + 1)
    journals = [path.with_name(path.name + suffix) for suffix in ("-journal", "-wal", "-shm")]
    for journal in journals:
        journal.write_bytes(b"old pages")
    build(path)
    assert [journal for journal in journals if journal.exists()] == []


def test_an_empty_file_is_replaced(path: Path) -> None:
    path.touch()
    build(path)
    with closing(sqlite3.connect(path)) as connection:
        assert _rows(connection, "PRAGMA user_version") == [(CONTENT_VERSION,)]


def test_another_database_at_the_path_is_never_overwritten(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE precious (value TEXT)")
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="choose another path"):
        build(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"notes", b"notes " * 100], ids=["shorter than a header", "longer than a header"])
def test_a_file_that_is_no_database_is_never_overwritten(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(FileExistsError, match="move it away"):
        build(path)
    assert path.read_bytes() == content


def _fail(*_: object) -> None:
    raise OSError("no space left")


def test_a_failure_while_the_rows_are_read_leaves_no_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_fill", _fail)
    with pytest.raises(OSError, match="no space left"):
        build(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_failure_while_the_file_is_put_in_place_leaves_no_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target, name = {"fsync": (os, "fsync"), "rename": (Path, "replace")}[step]
    monkeypatch.setattr(target, name, _fail)
    with pytest.raises(OSError, match="no space left"):
        build(path)
    assert list(path.parent.iterdir()) == []


def test_a_failed_replacement_leaves_the_older_database_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(path)
    _set_version(path, CONTENT_VERSION + 1)
    older = path.read_bytes()
    monkeypatch.setattr(os, "fsync", _fail)
    with pytest.raises(OSError, match="no space left"):
        build(path)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == older


def test_a_missing_directory_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        build(tmp_path / "nowhere" / "trials.db")


def test_changed_content_needs_a_new_content_version(trials: sqlite3.Connection) -> None:
    """Raise CONTENT_VERSION with the digest below: the version alone makes the next start replace an older file."""
    digest = hashlib.sha256()
    for (sql,) in _rows(trials, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"):
        digest.update(repr(sql).encode())
    for table in TABLES:
        digest.update(repr(_rows(trials, f"SELECT * FROM {table.name} ORDER BY 1")).encode())
    assert (CONTENT_VERSION, digest.hexdigest()) == (
        1,
        "b486bb799d32d486e8e3b9e55bced3968f916b9b06841278690ee18dd2b72967",
    )
