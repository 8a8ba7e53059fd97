"""sources.py, specs.py: read-only by construction, errors that say what to mend, no password anywhere."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from keyhouse.data import (
    BadSourceUrl,
    Query,
    QueryFailed,
    Source,
    SourceBusy,
    SourceDown,
    SourceError,
    SourceRegistry,
    SourceSpec,
    UnknownSource,
    UnknownTable,
    parse_url,
)
from tests.data.conftest import Attach

SECRET = "hunter2-very-secret"


def spec(url: str, **options: Any) -> SourceSpec:
    return SourceSpec("lab", url, "/home", **options)


def make_file(path: Path, rows: int = 1) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x integer)")
        database.executemany("INSERT INTO t VALUES (?)", ((number,) for number in range(rows)))
    database.close()


def write(source: Source) -> None:
    with source._borrowed() as connection:
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))
        connection.commit()


def test_read_only_source_refuses_to_write_at_the_database(attach: Attach) -> None:
    source = attach("CREATE TABLE t (x integer)")
    with pytest.raises(QueryFailed) as refused:
        write(source)
    assert "read" in refused.value.detail.lower()
    assert source.table("t").count(Query()) == 0


def test_what_reads_a_writable_source_cannot_write_it(attach: Attach) -> None:
    source = attach("CREATE TABLE t (x integer)", writable=True)
    with pytest.raises(QueryFailed):
        write(source)
    assert source.table("t").count(Query()) == 0


def test_postgresql_session_that_changes_its_default_back_still_cannot_write(attach_postgresql: Attach) -> None:
    source = attach_postgresql("CREATE TABLE t (x integer)")
    with source._borrowed() as connection:
        connection.execute(sa.text("SET default_transaction_read_only = off"))
        connection.commit()
        with pytest.raises(sa.exc.DBAPIError, match="read-only transaction"):
            connection.execute(sa.text("INSERT INTO t VALUES (1)"))


def test_sqlite_file_is_opened_read_only_even_without_the_pragma(attach_sqlite: Attach) -> None:
    source = attach_sqlite("CREATE TABLE t (x integer)")
    with source._borrowed() as connection:
        connection.execute(sa.text("PRAGMA query_only = OFF"))
        with pytest.raises(sa.exc.OperationalError, match="readonly database"):
            connection.execute(sa.text("INSERT INTO t VALUES (1)"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a url",
        f"mysql://u:{SECRET}@h/db",
        f"postgresql://u:{SECRET}@h:port/db",
        f"oracle+nope://u:{SECRET}@h/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://host/path.db",
        "sqlite:///file:lab.db?mode=rwc&uri=true",
        "sqlite:///a\0b",
        f"://{SECRET}",
    ],
)
def test_bad_url_is_refused_with_the_forms_that_work_and_without_its_text(url: str) -> None:
    with pytest.raises(BadSourceUrl) as refused:
        Source(spec(url), Path())
    assert "source 'lab'" in str(refused.value)
    assert "sqlite:///path/to/file.db or postgresql://" in str(refused.value)
    assert SECRET not in str(refused.value) + refused.value.detail + repr(spec(url))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_reached_with_psycopg(scheme: str) -> None:
    assert parse_url(spec(f"{scheme}://u@h/db")).drivername == "postgresql+psycopg"


def test_password_is_in_no_repr() -> None:
    hidden = spec(f"postgresql://u:{SECRET}@h/db?password={SECRET}&options=-c%20x={SECRET}")
    assert SECRET not in repr(hidden) + repr(Source(hidden, Path())) + hidden.safe_url
    assert "://u:***@h/db" in repr(hidden)


def test_missing_sqlite_file_is_named_and_not_created(tmp_path: Path) -> None:
    for writable in (False, True):
        with pytest.raises(SourceDown, match=r"'lab' is not available: its file .*gone\.db is missing"):
            Source(spec("sqlite:///gone.db", writable=writable), tmp_path).tables()
    assert list(tmp_path.iterdir()) == []


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Dear diary, " * 1000)
    with pytest.raises(SourceDown, match=r"notes\.db is not a sound SQLite database"):
        Source(spec("sqlite:///notes.db"), tmp_path).tables()


def test_directory_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(SourceDown):
        Source(spec("sqlite:///folder.db"), tmp_path).tables()


def test_path_with_special_characters_is_taken_as_it_is(tmp_path: Path) -> None:
    name = "a ?mode=rwc#b%20c&d.db"
    make_file(tmp_path / name)
    assert Source(spec(f"sqlite:///{quote(name)}"), tmp_path).check() == 1


def test_absolute_path_does_not_depend_on_the_base(tmp_path: Path) -> None:
    make_file(tmp_path / "plain.db")
    assert Source(spec(f"sqlite:///{tmp_path / 'plain.db'}"), Path("/nowhere")).check() == 1


def test_database_that_is_down_says_what_to_check(tmp_path: Path) -> None:
    source = Source(spec(f"postgresql://u:{SECRET}@127.0.0.1:1/db"), tmp_path)
    with pytest.raises(SourceDown, match="Source 'lab' cannot be reached: check that its database runs") as down:
        source.tables()
    assert SECRET not in str(down.value) + down.value.detail


@pytest.mark.postgres
def test_wrong_password_says_what_to_check_and_is_not_repeated(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(password=SECRET).render_as_string(hide_password=False)
    with pytest.raises(SourceDown, match="password") as down:
        Source(spec(url), Path()).tables()
    assert SECRET not in str(down.value) + down.value.detail


@pytest.mark.postgres
def test_database_that_does_not_exist_is_down(postgres_url: str) -> None:
    with pytest.raises(SourceDown):
        Source(spec(postgres_url + "_not_there"), Path()).tables()


@pytest.mark.postgres
def test_source_comes_back_when_its_database_does(postgres_cluster: Any, attach_postgresql: Attach) -> None:
    source = attach_postgresql("CREATE TABLE t AS SELECT 1 AS x")
    assert source.table("t").count(Query()) == 1
    with postgres_cluster.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keyhouse'")
    assert source.table("t").count(Query()) == 1


def test_statement_error_tells_neither_sql_nor_values(attach: Attach) -> None:
    source = attach("CREATE TABLE t (x integer)")
    with pytest.raises(QueryFailed) as failed, source._borrowed() as connection:
        connection.execute(sa.text("SELECT nothing FROM t WHERE x = :x"), {"x": 123456789})
    assert str(failed.value) == "Source 'lab' could not answer this query"
    assert "123456789" not in failed.value.detail
    assert "SELECT" not in failed.value.detail


def test_replaced_sqlite_file_is_read_anew(tmp_path: Path) -> None:
    make_file(tmp_path / "lab.db", rows=1)
    source = Source(spec("sqlite:///lab.db"), tmp_path)
    assert source.table("t").count(Query()) == 1
    make_file(tmp_path / "new.db", rows=2)
    (tmp_path / "new.db").replace(tmp_path / "lab.db")
    assert source.table("t").count(Query()) == 2
    (tmp_path / "lab.db").unlink()
    with pytest.raises(SourceDown, match="is missing"):
        source.table("t").count(Query())


def test_table_dropped_since_it_was_reflected_is_an_error_and_then_unknown(attach: Attach) -> None:
    source = attach("CREATE TABLE t (x integer)", writable=True)
    table = source.table("t")
    with source.writing() as transaction:
        transaction.change(sa.text("DROP TABLE t"))
    with pytest.raises(QueryFailed):
        table.select(Query())
    with pytest.raises(UnknownTable):
        source.table("t")


def test_locked_sqlite_file_is_busy(tmp_path: Path) -> None:
    make_file(tmp_path / "lab.db")
    source = Source(spec("sqlite:///lab.db", timeout_seconds=0.1), tmp_path)
    with sqlite3.connect(tmp_path / "lab.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceBusy, match="locked by another program"):
            source.tables()
        other.execute("ROLLBACK")
    other.close()
    assert source.check() == 1


def test_all_connections_in_use_is_busy(attach_sqlite: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyhouse.data.sources._CONNECTIONS", 1)
    monkeypatch.setattr("keyhouse.data.sources._CONNECTION_SECONDS", 0.05)
    source = attach_sqlite("CREATE TABLE t (x integer)")
    with source._borrowed(), pytest.raises(SourceBusy, match="All connections of source 'lab' are in use"):
        source.table("t")


def registry(specs: list[SourceSpec], base: Path) -> SourceRegistry:
    return SourceRegistry(lambda: specs, base)


def test_added_source_is_there_at_once_and_a_removed_one_is_gone(tmp_path: Path) -> None:
    make_file(tmp_path / "lab.db")
    specs: list[SourceSpec] = []
    with registry(specs, tmp_path) as sources:
        with pytest.raises(UnknownSource, match="Folder '/home' has no source 'lab'"):
            sources.get("/home", "lab")
        specs.append(spec("sqlite:///lab.db"))
        source = sources.get("/home/", "LAB")
        assert source is sources.get("/HOME", "lab")
        assert source.check() == 1
        specs.clear()
        with pytest.raises(UnknownSource):
            sources.get("/home", "lab")
        with pytest.raises(SourceDown, match="was removed"):
            source.table("t").count(Query())


def test_changed_source_is_opened_anew(tmp_path: Path) -> None:
    make_file(tmp_path / "one.db", rows=1)
    make_file(tmp_path / "two.db", rows=2)
    specs = [spec("sqlite:///one.db")]
    with registry(specs, tmp_path) as sources:
        assert sources.get("/home", "lab").table("t").count(Query()) == 1
        specs[0] = spec("sqlite:///two.db")
        assert sources.get("/home", "lab").table("t").count(Query()) == 2


def test_same_name_in_two_folders_is_two_sources(tmp_path: Path) -> None:
    make_file(tmp_path / "one.db", rows=1)
    shutil.copy(tmp_path / "one.db", tmp_path / "two.db")
    specs = [SourceSpec("lab", "sqlite:///one.db", "/a"), SourceSpec("lab", "sqlite:///two.db", "/b")]
    with registry(specs, tmp_path) as sources:
        assert sources.get("/a", "lab") is not sources.get("/b", "lab")
        assert [each.folder_path for each in sources.specs("/b")] == ["/b"]


def test_wrong_source_leaves_the_others_alone(tmp_path: Path) -> None:
    make_file(tmp_path / "lab.db")
    specs = [
        SourceSpec("bad", "mysql://h/db", "/home"),
        SourceSpec("down", "sqlite:///no.db", "/home"),
        spec("sqlite:///lab.db"),
    ]
    with registry(specs, tmp_path) as sources:
        assert sources.get("/home", "lab").check() == 1
        for name in ("bad", "down"):
            with pytest.raises(SourceError):
                sources.get("/home", name).check()


def test_source_removed_while_it_is_read_ends_its_connection_with_the_stream(tmp_path: Path) -> None:
    make_file(tmp_path / "lab.db", rows=5000)
    specs = [spec("sqlite:///lab.db")]
    with registry(specs, tmp_path) as sources:
        source = sources.get("/home", "lab")
        rows = source.table("t").select(Query())
        next(rows)
        specs.clear()
        with pytest.raises(UnknownSource):
            sources.get("/home", "lab")
        assert len(list(rows)) == 4999
        assert source.lent == 0


def test_source_of_a_spec_that_was_just_told_is_opened_without_another_look(tmp_path: Path) -> None:
    make_file(tmp_path / "lab.db")
    looks: list[int] = []
    specs = [spec("sqlite:///lab.db")]

    def look() -> list[SourceSpec]:
        looks.append(1)
        return specs

    with SourceRegistry(look, tmp_path) as sources:
        (told,) = sources.specs("/home")
        source = sources.source_of(told)
        assert source.check() == 1
        assert len(looks) == 1
        assert source is sources.get("/home", "lab")
        specs.clear()
        assert sources.specs("/home") == ()
        with pytest.raises(SourceDown, match="was removed"):
            source.check()
