"""Rows are written as they are meant, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from keyhouse.data import Query, ReadOnlySource, RowRefused, Source, SourceBusy
from keyhouse.data.write import Intake, RowFaults, Stamp, TableWriter, Transaction
from tests.data.conftest import Attach

NOW = datetime(2026, 1, 2, 3, 4, 5)
STAMP = Stamp(7, NOW, "folder-a", lambda: "entity-1")
PEOPLE = """
CREATE TABLE people (
    id integer PRIMARY KEY, name varchar(5) NOT NULL UNIQUE, age integer CHECK (age < 200), seen timestamp,
    created timestamp, createdby integer, modified timestamp, modifiedby integer, note text DEFAULT 'none'
)
"""


def writer(transaction: Transaction, source: Source, name: str = "people") -> TableWriter:
    table = source.table(name)
    return TableWriter(transaction, table.shape, table.schema, STAMP)


def rows(source: Source, name: str = "people") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in source.table(name).select(Query(sort=(("id", False),)))]


def test_inserted_row_comes_back_as_it_is_stored(attach: Attach) -> None:
    source = attach(PEOPLE, writable=True)
    with source.writing() as transaction:
        row = writer(transaction, source).insert({"id": 1, "name": "Ann", "seen": NOW})
    assert row == {
        "id": 1,
        "name": "Ann",
        "age": None,
        "seen": NOW,
        "note": "none",
        "created": NOW,
        "createdby": 7,
        "modified": NOW,
        "modifiedby": 7,
    }
    assert rows(source) == [tuple(row[column.name] for column in source.table("people").columns)]


def test_updating_changes_only_what_is_given_and_who_did_it(attach: Attach) -> None:
    source = attach(PEOPLE, "INSERT INTO people (id, name, age, createdby) VALUES (1, 'Ann', 30, 3)", writable=True)
    with source.writing() as transaction:
        row = writer(transaction, source).update((1,), {"age": 31})
        assert writer(transaction, source).update((2,), {"age": 31}) is None
    assert row is not None
    assert (row["name"], row["age"], row["createdby"], row["modifiedby"]) == ("Ann", 31, 3, 7)


def test_block_that_fails_changes_nothing(attach: Attach) -> None:
    source = attach(PEOPLE, writable=True)
    with pytest.raises(KeyError), source.writing() as transaction:
        writer(transaction, source).insert({"id": 1, "name": "Ann"})
        raise KeyError
    assert rows(source) == []


def test_read_only_source_opens_no_transaction(attach: Attach) -> None:
    with pytest.raises(ReadOnlySource, match="for reading only"), attach(PEOPLE).writing():
        pass


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"id": 2, "name": "Ann"}, 'ERROR: duplicate key value violates unique constraint "people_name_key"'),
        ({"id": 2, "name": None}, 'ERROR: null value in column "name" of relation "people" violates not-null'),
        ({"id": 2, "name": "Bob", "age": 300}, "violates check constraint"),
    ],
)
def test_broken_constraint_is_told_in_the_words_of_postgresql(
    attach: Attach, values: dict[str, Any], words: str
) -> None:
    source = attach(PEOPLE, "INSERT INTO people (id, name) VALUES (1, 'Ann')", writable=True)
    with pytest.raises(RowRefused) as refused, source.writing() as transaction:
        writer(transaction, source).insert(values)
    assert words in str(refused.value)
    assert "Ann" not in refused.value.detail
    assert len(rows(source)) == 1


def test_foreign_keys_hold(attach: Attach) -> None:
    source = attach(
        "CREATE TABLE parent (id integer PRIMARY KEY)",
        "CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent)",
        writable=True,
    )
    with pytest.raises(RowRefused, match="foreign key constraint"), source.writing() as transaction:
        writer(transaction, source, "child").insert({"id": 1, "parent": 5})


def test_many_rows_are_added_and_deleted(attach: Attach) -> None:
    source = attach("CREATE TABLE t (id integer PRIMARY KEY, x double precision)", writable=True)
    with source.writing() as transaction:
        table = writer(transaction, source, "t")
        assert table.insert_many({"id": number, "x": number / 4} for number in range(1234)) == 1234
        assert table.insert_many([{"id": 5000}, {"id": 5001, "x": 1.0}]) == 2
        assert table.present([(3,), (4444,)]) == {(3,)}
        assert (table.delete((3,)), table.delete((3,))) == (True, False)
    assert source.table("t").count(Query()) == 1235
    with source.writing() as transaction:
        assert writer(transaction, source, "t").delete_all() == 1235


def test_compound_key_names_one_row(attach: Attach) -> None:
    source = attach("CREATE TABLE t (a integer, b varchar(3), v integer, PRIMARY KEY (a, b))", writable=True)
    with source.writing() as transaction:
        table = writer(transaction, source, "t")
        table.insert_many([{"a": 1, "b": "x", "v": 1}, {"a": 1, "b": "y", "v": 2}])
        assert table.update((1, "y"), {"v": 9}) == {"a": 1, "b": "y", "v": 9}
        assert table.find((1, "x")) == {"a": 1, "b": "x", "v": 1}
        assert table.present([(1, "y"), (2, "x")]) == {(1, "y")}


def test_two_updates_of_different_columns_both_hold(attach: Attach) -> None:
    source = attach(PEOPLE, "INSERT INTO people (id, name, age) VALUES (1, 'Ann', 30)", writable=True)
    gate = threading.Barrier(2)

    def change(values: dict[str, Any]) -> None:
        gate.wait()
        with source.writing() as transaction:
            writer(transaction, source).update((1,), values)

    threads = [threading.Thread(target=change, args=(values,)) for values in ({"age": 31}, {"name": "Eve"})]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(source)[0][1:3] == ("Eve", 31)


def test_second_writer_of_a_sqlite_file_waits_and_is_then_told(attach_sqlite: Attach) -> None:
    source = attach_sqlite(PEOPLE, writable=True, timeout_seconds=0.2)
    with source.writing() as transaction:
        writer(transaction, source).insert({"id": 1, "name": "Ann"})
        with pytest.raises(SourceBusy), source.writing():
            pass
    assert len(rows(source)) == 1


def test_slow_statement_is_stopped_and_undone(attach: Attach) -> None:
    from keyhouse.data import QueryTimedOut

    source = attach(PEOPLE, writable=True, timeout_seconds=0.3)
    slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000) SELECT max(x) FROM n"
    with pytest.raises(QueryTimedOut), source.writing() as transaction:
        writer(transaction, source).insert({"id": 1, "name": "Ann"})
        transaction.rows(sa.text(slow))
    assert rows(source) == []


def test_generated_and_numbered_columns_are_for_the_database(attach: Attach) -> None:
    source = attach(
        "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x integer, "
        "twice integer GENERATED ALWAYS AS (x * 2) STORED)"
        if attach.__qualname__.startswith("attach_postgresql")
        else "CREATE TABLE t (id integer PRIMARY KEY, x integer, twice integer GENERATED ALWAYS AS (x * 2) STORED)",
        writable=True,
    )
    table = source.table("t")
    intake = Intake(table.shape, table.columns, is_sqlite=True)
    values = intake.new({"id": 99, "x": 4, "twice": 5})
    assert values == {"x": 4}
    with source.writing() as transaction:
        row = writer(transaction, source, "t").insert(values)
    assert (row["x"], row["twice"]) == (4, 8)
    assert row["id"] != 99


def test_required_column_is_told_before_the_database_is_asked(attach: Attach) -> None:
    table = attach(PEOPLE, writable=True).table("people")
    intake = Intake(table.shape, table.columns, is_sqlite=True)
    with pytest.raises(RowFaults, match="Missing value for required property: name"):
        intake.new({"id": 1, "name": None})
    assert [fault.text for fault in intake.lacking(["id"])] == ["Data does not contain required field: name"]
    with pytest.raises(RowFaults, match="Value for key field 'id' was null or not supplied!"):
        intake.key({"name": "Ann"})
