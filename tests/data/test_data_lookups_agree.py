"""lookups.py, places.py against memory.py: any query over lookups has the same rows in a database as in Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.data import (
    OPERATORS,
    BadValue,
    Column,
    Filter,
    Kind,
    Lookup,
    MemoryTable,
    People,
    Query,
    Source,
    SourceSpec,
    SourceTable,
    Table,
)

TODAY = date(2020, 1, 10)
PEOPLE = People(1, "Ann", lambda group_id: {1, 3} if group_id == -1 else ())
USERS = [(1, "Ann", datetime(2020, 1, 5)), (2, "Bob", None), (3, "Cem", datetime(2019, 1, 1, 12))]
TEAMS = [("x", "Red", 1), ("y", None, 3), ("z", "Blue", None)]
# Links that lead nowhere, to a text, to the row itself, and to a list of this server.
ROWS = [
    (1, 1, "x", None, 1.5),
    (2, 4, "y", 1, None),
    (3, None, "q", 2, -1.0),
    (4, 2, None, 4, 0.1),
    (5, 3, "z", 9, 2.0),
]
users = MemoryTable(
    "Users",
    (Column("UserId", Kind.INT, key=True, nullable=False), Column("DisplayName"), Column("Created", Kind.DATE)),
    lambda: USERS,
)
TEAM_COLUMNS = (
    Column("code", key=True, nullable=False),
    Column("title"),
    Column("lead", Kind.INT, lookup=Lookup("core", "Users", "UserId")),
)
COLUMNS = (
    Column("id", Kind.INT, key=True, nullable=False),
    Column("owner", Kind.INT, lookup=Lookup("core", "Users", "UserId")),
    Column("team", lookup=Lookup("lab", "teams", "")),
    Column("boss", Kind.INT, lookup=Lookup("lab", "members", "")),
    Column("w", Kind.FLOAT),
)
NAMES = {
    "id": Kind.INT,
    "owner": Kind.INT,
    "w": Kind.FLOAT,
    "owner/DisplayName": Kind.STRING,
    "owner/Created": Kind.DATE,
    "team/title": Kind.STRING,
    "team/lead": Kind.INT,
    "team/lead/DisplayName": Kind.STRING,
    "boss/w": Kind.FLOAT,
    "boss/boss/id": Kind.INT,
    "boss/team/title": Kind.STRING,
    "boss/owner/Created": Kind.DATE,
}
VALUES = {
    Kind.INT: ["1", "2", "3", "4", "", "1;3", "1,3", "~me~", "-1"],
    Kind.FLOAT: ["1.5", "0.1", "-1;2", "0,2", ""],
    Kind.STRING: ["Ann", "ann", "n", "Red;Blue", "A,C", "", "~me~", "e"],
    Kind.DATE: ["2020-01-05", "-5d", "2019-01-01 12:00", "2019-01-01,2020-01-05", "2019-01-01;2020-01-05", ""],
}
USED = sorted(op for op in OPERATORS if not op.startswith("array") and op != "where")


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(sorted(NAMES)))
    kind = NAMES[name]
    # How a date or a number with a point reads as a text is each database's own affair.
    textual = {op for op in USED if "contain" in op or "start" in op} if kind in (Kind.DATE, Kind.FLOAT) else set()
    op = draw(st.sampled_from([op for op in USED if op not in textual]))
    return Filter(name, op, draw(st.sampled_from(VALUES[kind])))


NAMED = st.lists(st.sampled_from(sorted(NAMES)), min_size=1, max_size=4, unique=True)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    sort = [(name, draw(st.booleans())) for name in draw(NAMED)]
    return Query(
        tuple(draw(NAMED)),
        tuple(draw(st.lists(filters(), max_size=2))),
        (*sort, ("id", False)),
        offset=draw(st.integers(0, 2)),
        max_rows=draw(st.none() | st.integers(1, 4)),
        distinct=draw(st.booleans()),
        today=TODAY,
        has_displays=draw(st.booleans()),
        people=PEOPLE,
    )


class Lab:
    """The tables of one place."""

    def __init__(self, members: Table, teams: Table) -> None:
        self.members, self.teams = members, teams

    def __call__(self, lookup: Lookup) -> Table:
        return {"Users": users, "teams": self.teams, "members": self.members}[lookup.table]

    def rows(self, query: Query) -> list[Any]:
        with self.members.select(replace(query, find=self)) as rows:
            found = [tuple(map(_plain, row)) for row in rows]
        count = self.members.count(replace(query, find=self))
        return [rows.displays, rows.ignored, count, found]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | datetime) else float(value)


MEMORY = Lab(MemoryTable("members", COLUMNS, lambda: ROWS), MemoryTable("teams", TEAM_COLUMNS, lambda: TEAMS))
STATEMENTS = (
    "CREATE TABLE members (id integer PRIMARY KEY, owner integer, team text, boss integer, w double precision)",
    "CREATE TABLE teams (code text PRIMARY KEY, title text, lead integer)",
    *(f"INSERT INTO members VALUES {row}".replace("None", "NULL") for row in ROWS),
    *(f"INSERT INTO teams VALUES {row}".replace("None", "NULL") for row in TEAMS),
)


def lab_of(source: Source) -> Lab:
    def shown(name: str, columns: tuple[Column, ...]) -> SourceTable:
        table = source.table(name)
        return SourceTable(source, replace(table.shape, columns=columns), table.schema)

    return Lab(shown("members", COLUMNS), shown("teams", TEAM_COLUMNS))


@pytest.fixture(scope="module")
def sqlite_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    path = tmp_path_factory.mktemp("lookups") / "lab.db"
    with sqlite3.connect(path) as database:
        for statement in STATEMENTS:
            database.execute(statement)
    source = Source(SourceSpec("lab", f"sqlite:///{path}", "/"), Path("/"))
    yield lab_of(source)
    source.close()


@pytest.fixture(scope="module")
def postgresql_lab(postgres_cluster: Any) -> Iterator[Lab]:
    url = postgres_cluster.url("postgres")
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("CREATE SCHEMA looked_up")
        database.execute("SET search_path = looked_up")
        for statement in STATEMENTS:
            database.execute(statement.encode())
    source = Source(SourceSpec("lab", url, "/", schema="looked_up"), Path())
    yield lab_of(source)
    source.close()


def agrees(lab: Lab, query: Query) -> None:
    try:
        expected = MEMORY.rows(query)
    except BadValue as error:
        with pytest.raises(BadValue) as raised:
            lab.rows(query)
        assert str(raised.value) == str(error)
        return
    found = lab.rows(query)
    if query.distinct and query.max_rows is None and query.offset == 0:
        expected[3], found[3] = sorted(map(repr, expected[3])), sorted(map(repr, found[3]))
    assert found == expected


@settings(max_examples=300)
@given(queries())
def test_sqlite_looks_up_what_python_looks_up(sqlite_lab: Lab, query: Query) -> None:
    agrees(sqlite_lab, query)


@pytest.mark.postgres
@settings(max_examples=200)
@given(queries())
def test_postgresql_looks_up_what_python_looks_up(postgresql_lab: Lab, query: Query) -> None:
    agrees(postgresql_lab, query)
