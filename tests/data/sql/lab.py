"""One small laboratory in SQLite and in PostgreSQL: rows of two folders, and a table that nobody may see."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from keyhouse.data import Column, Kind, Lookup, MemoryTable, Query, Source, SourceSpec, SourceTable, Table
from keyhouse.data.reflection import TableShape
from keyhouse.data.sql import SqlTable, Surroundings

HERE, THERE = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
STATEMENTS = (
    "CREATE TABLE site (site_id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL)",
    "CREATE TABLE patient (patient_id INTEGER PRIMARY KEY, name VARCHAR(40), born DATE, seen TIMESTAMP, weight FLOAT,"
    " visits INTEGER, healthy BOOLEAN, site_id INTEGER REFERENCES site (site_id))",
    "CREATE TABLE secret (secret_id INTEGER PRIMARY KEY, word VARCHAR(40))",
    "CREATE TABLE note (note_id INTEGER PRIMARY KEY, folder VARCHAR(36), word VARCHAR(40))",
    "INSERT INTO site VALUES (1, 'Uppsala'), (2, 'Basel'), (3, 'Ærø')",
    "INSERT INTO patient VALUES (1, 'Anna', '2001-02-03', '2024-02-29 13:14:15.25', 50.5, 3, {true}, 1),"
    " (2, 'Bob', '1990-12-31', '2023-12-31 23:59:59', 80, 0, {false}, 2),"
    " (3, 'Cy', NULL, NULL, NULL, NULL, NULL, 1),"
    " (4, 'dora 100%', '1960-01-01', '2024-01-01 00:00:00', -7.25, 12, {true}, NULL),"
    " (5, NULL, '2001-02-28', '1999-07-01 12:00:00', 0, -3, {false}, 2),"
    " (6, 'Émile_x', '1945-05-08', '2024-03-01 08:30:00', 61.125, 3, NULL, 3)",
    "INSERT INTO secret VALUES (1, 'swordfish')",
    f"INSERT INTO note VALUES (1, '{HERE}', '12'), (2, '{THERE}', 'swordfish')",
)


ANN = Surroundings(user_id=7, user_name="Ann", groups=frozenset({-2, 12}))


@dataclass
class Lab:
    """The laboratory in one database, seen by somebody who may read all of it but `secret`, and notes of one folder."""

    source: Source
    surroundings: Surroundings = ANN

    def table(self, names: Sequence[str]) -> tuple[Table, Lab] | None:
        """Find what the caller may see: `patient`, `lab.patient`, `core.Users`, `lists.note`."""
        *schema, name = (each.lower() for each in names)
        if schema == ["core"] and name == "users":
            return _users(), self
        if schema == ["lists"] and name == "note":
            return self.notes(), self
        if schema not in ([], ["lab"]) or name in {"secret", "note"}:
            return None
        found = [each for each in self.source.tables() if each.name.lower() == name]
        return (found[0], self) if found else None

    def target(self, lookup: Lookup) -> Table | None:
        """Find the table that a lookup leads to."""
        found = self.table((lookup.schema, lookup.table))
        return found[0] if found else None

    def notes(self) -> SourceTable:
        """The notes of one folder."""
        columns = (Column("NoteId", Kind.INT, key=True, storage="note_id"), Column("Word", storage="word"))
        shape = TableShape("note", columns, (sa.Integer(), sa.Text()), storage="note", container="folder")
        return SourceTable(self.source, shape, None, (HERE,))

    def sql(self, text: str, **values: str) -> SqlTable:
        """Make a table of a statement."""
        return SqlTable(text, self, values)

    def rows(self, text: str, query: Query | None = None, **values: str) -> list[tuple[Any, ...]]:
        """Run a statement."""
        with self.sql(text, **values).select(query or Query()) as rows:
            return list(rows)

    def value(self, expression: str) -> Any:
        """Return what an expression is of a row of no table."""
        return self.rows(f"SELECT {expression}")[0][0]

    def as_somebody(self, **facts: Any) -> Lab:
        """The same laboratory seen by somebody else."""
        return Lab(self.source, replace(self.surroundings, **facts))


def _users() -> MemoryTable:
    columns = [Column("UserId", Kind.INT, key=True), Column("DisplayName"), Column("Active", Kind.BOOLEAN)]
    return MemoryTable("Users", columns, lambda: [(1, "Ann", True), (2, "Ben 'B'", False), (3, None, None)])


def sqlite_lab(directory: Path) -> Lab:
    """Make the laboratory in a SQLite file."""
    with sqlite3.connect(directory / "lab.db") as database:
        for statement in STATEMENTS:
            database.execute(statement.replace("{true}", "1").replace("{false}", "0"))
    database.close()
    return Lab(Source(SourceSpec("lab", "sqlite:///lab.db", "/home", timeout_seconds=10), directory))


def postgresql_lab(url: str) -> Lab:
    """Make the laboratory in an empty PostgreSQL database."""
    with psycopg.connect(url, autocommit=True) as database:
        for statement in STATEMENTS:
            database.execute(statement.replace("{true}", "true").replace("{false}", "false").encode())
    return Lab(Source(SourceSpec("lab", url, "/home", timeout_seconds=10), Path()))
