"""lookups.py, places.py: columns reached through foreign keys, the same on SQLite, on PostgreSQL and in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keyhouse.data import BadValue, Column, Filter, Kind, Lookup, MemoryTable, People, Query, Source, Table
from keyhouse.data.lookups import MOST_STEPS
from tests.data.conftest import Attach

SITES = [(1, "Basel"), (2, "Rome")]
DOCTORS = [(7, "Adler", 1), (8, "Berg", None), (9, "Cano", 2)]
PATIENTS = [(100, 7, 1, "a"), (101, 8, 2, "b"), (102, None, 1, "c"), (103, 9, None, "d"), (104, 7, 9, "e")]
USERS = [(1, "Ann", "ann@x", datetime(2020, 1, 1, tzinfo=UTC), True), (2, "Bob", "bob@x", None, False)]
STATEMENTS = (
    "CREATE TABLE sites (id integer PRIMARY KEY, city text)",
    "CREATE TABLE doctors (id integer PRIMARY KEY, name text, site integer REFERENCES sites (id))",
    "CREATE TABLE patients (id integer PRIMARY KEY, doctor integer REFERENCES doctors (id), createdby integer, s text)",
    *(f"INSERT INTO sites VALUES {row}" for row in SITES),
    *(f"INSERT INTO doctors VALUES {row}".replace("None", "NULL") for row in DOCTORS),
    *(f"INSERT INTO patients VALUES {row}".replace("None", "NULL") for row in PATIENTS),
)
USER_COLUMNS = (
    Column("UserId", Kind.INT, key=True, nullable=False),
    Column("DisplayName"),
    Column("Email"),
    Column("Created", Kind.DATE),
    Column("Active", Kind.BOOLEAN),
)
users = MemoryTable("Users", USER_COLUMNS, lambda: USERS)
sites = MemoryTable("sites", (Column("id", Kind.INT, key=True, nullable=False), Column("city")), lambda: SITES)
doctors = MemoryTable(
    "doctors",
    (
        Column("id", Kind.INT, key=True, nullable=False),
        Column("name"),
        Column("site", Kind.INT, lookup=Lookup("lab", "sites", "id")),
    ),
    lambda: DOCTORS,
)
patients = MemoryTable(
    "patients",
    (
        Column("id", Kind.INT, key=True, nullable=False),
        Column("doctor", Kind.INT, lookup=Lookup("lab", "doctors", "id")),
        Column("createdby", Kind.INT, lookup=Lookup("core", "Users", "UserId")),
        Column("s"),
    ),
    lambda: PATIENTS,
)


class Lab:
    """The tables of one database, with users looked up in the server's own list."""

    def __init__(self, find: Callable[[str], Table]) -> None:
        self._find = find

    def __call__(self, lookup: Lookup) -> Table | None:
        return users if lookup.schema == "core" else self._find(lookup.table)

    def rows(self, table: Table | None = None, **query: object) -> list[tuple[object, ...]]:
        with (table or self._find("patients")).select(Query(find=self, **query)) as rows:  # type: ignore[arg-type]
            return list(rows)


def with_users(source: Source) -> Callable[[str], Table]:
    """Let `createdby` look users up, as the designs of lists do and no database says."""

    def find(name: str) -> Table:
        table = source.table(name)
        if name == "patients":
            lookup = Lookup("core", "Users", "UserId")
            columns = tuple(replace(c, lookup=lookup) if c.name == "createdby" else c for c in table.columns)
            return type(table)(source, replace(table.shape, columns=columns), table.schema)
        return table

    return find


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def lab(request: pytest.FixtureRequest) -> Lab:
    if request.param == "memory":
        return Lab({"patients": patients, "doctors": doctors, "sites": sites}.__getitem__)
    attach: Attach = request.getfixturevalue(f"attach_{request.param}")
    return Lab(with_users(attach(*STATEMENTS)))


BY_ID = (("id", False),)


def test_columns_are_reached_over_several_tables(lab: Lab) -> None:
    rows = lab.rows(columns=("id", "doctor/name", "doctor/site/city"), sort=BY_ID)
    assert rows == [
        (100, "Adler", "Basel"),
        (101, "Berg", None),
        (102, None, None),
        (103, "Cano", "Rome"),
        (104, "Adler", "Basel"),
    ]


def test_names_match_in_any_letter_case_and_come_back_as_they_are(lab: Lab) -> None:
    with lab(Lookup("lab", "patients", "id")).select(Query(columns=("DOCTOR/Site/CITY",), find=lab)) as rows:  # type: ignore[union-attr]
        (column,) = rows.columns
        list(rows)
    assert (column.name, column.path, column.key) == ("doctor/site/city", ("doctor", "site", "city"), False)


def test_rows_are_filtered_and_sorted_by_what_they_look_up(lab: Lab) -> None:
    sort = (("doctor/site/city", True), ("doctor/name", False), ("id", True))
    assert [row[0] for row in lab.rows(columns=("id",), sort=sort)] == [103, 104, 100, 102, 101]
    assert lab.rows(columns=("id",), filters=(Filter("doctor/site/city", "eq", "Basel"),), sort=BY_ID) == [
        (100,),
        (104,),
    ]
    assert lab.rows(columns=("id",), filters=(Filter("doctor/name", "isblank"),)) == [(102,)]


def test_users_of_this_server_are_looked_up_like_rows_of_the_database(lab: Lab) -> None:
    columns = ("id", "createdby/DisplayName", "createdby/Created", "createdby/Active")
    rows = [
        tuple(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row)
        for row in lab.rows(columns=columns, sort=BY_ID)
    ]
    assert rows[:2] == [(100, "Ann", datetime(2020, 1, 1), True), (101, "Bob", None, False)]
    assert rows[3:] == [(103, None, None, None), (104, None, None, None)]
    wanted = (Filter("CreatedBy/displayname", "startswith", "a"),)
    assert lab.rows(columns=("id",), filters=wanted, sort=BY_ID) == [(100,), (102,)]
    early = (Filter("createdby/Created", "dateeq", "2020-01-01"), Filter("createdby/Active", "eq", "true"))
    assert lab.rows(columns=("id",), filters=early, sort=BY_ID) == [(100,), (102,)]


def test_counting_counts_what_is_left_after_looking_up(lab: Lab) -> None:
    table = lab(Lookup("lab", "patients", "id"))
    assert table is not None
    query = Query(filters=(Filter("doctor/name", "eq", "Adler"),), find=lab, max_rows=1, has_displays=True)
    assert table.count(query) == 2


def test_distinct_values_of_a_lookup_come_once(lab: Lab) -> None:
    names = (("doctor/name", False),)
    assert lab.rows(columns=("doctor/name",), sort=names, distinct=True) == [(None,), ("Adler",), ("Berg",), ("Cano",)]


def test_lookups_show_the_first_text_of_their_table(lab: Lab) -> None:
    table = lab(Lookup("lab", "patients", "id"))
    assert table is not None
    with table.select(Query(("id", "doctor", "createdby"), sort=BY_ID, find=lab, has_displays=True)) as rows:
        assert rows.displays == (None, 3, 4)
        assert [column.name for column in rows.columns] == ["id", "doctor", "createdby"]
        assert next(rows) == (100, 7, 1, "Adler", "Ann")
        assert list(rows)[-1] == (104, 7, 9, "Adler", None)


def test_table_that_the_caller_may_not_see_is_as_if_the_column_were_not_there(lab: Lab) -> None:
    table = lab(Lookup("lab", "patients", "id"))
    assert table is not None
    query = Query(("id", "doctor/name"), sort=BY_ID, find=lambda _lookup: None, max_rows=1, has_displays=True)
    with table.select(query) as rows:
        assert list(rows) == [(100,)]
    assert rows.ignored == ("There is no column 'doctor/name'",)
    with pytest.raises(BadValue, match="There is no column 'doctor/name' to filter by"):
        table.select(replace(query, filters=(Filter("doctor/name", "eq", "Adler"),), is_strict=True))


def test_search_finds_texts_that_are_looked_up_where_they_are_shown(lab: Lab) -> None:
    found = (Filter("*", "q", "ROM"),)
    assert lab.rows(columns=("id",), filters=found) == []
    assert lab.rows(columns=("id", "doctor/site/city"), filters=found) == [(103, "Rome")]


def test_me_and_members_of_groups_are_found_in_columns_of_users(lab: Lab) -> None:
    people = People(1, "Ann", {5: {2, 9}}.__getitem__)

    def found(name: str, op: str, value: str) -> list[object]:
        return [
            row[0] for row in lab.rows(columns=("id",), filters=(Filter(name, op, value),), sort=BY_ID, people=people)
        ]

    assert found("createdby", "eq", "~me~") == [100, 102]
    assert found("createdby", "in", "~me~;2") == [100, 101, 102]
    assert found("createdby/DisplayName", "neq", "~ME~") == [101]
    assert found("createdby", "memberof", "") == [100, 102]
    assert found("createdby", "memberof", "5") == [101, 104]
    with pytest.raises(BadValue, match="'id' is none"):
        found("id", "memberof", "5")


def test_chain_of_lookups_has_an_end() -> None:
    folders = MemoryTable(
        "f",
        (Column("id", Kind.INT, key=True, nullable=False), Column("up", Kind.INT, lookup=Lookup("c", "f", "id"))),
        lambda: [(1, 1)],
    )

    def answer(steps: int) -> Iterable[str]:
        name = "/".join(["up"] * steps)
        with folders.select(Query((name,), find=lambda _lookup: folders)) as rows:
            return rows.ignored

    assert answer(MOST_STEPS) == ()
    assert answer(MOST_STEPS + 1) != ()


def test_lookup_into_another_database_is_refused_in_words(attach_sqlite: Attach) -> None:
    source = attach_sqlite(*STATEMENTS)
    other = Source(source.spec, source._database._path.parent)  # type: ignore[union-attr]
    table = source.table("patients")
    query = Query(("id", "doctor/name"), find=lambda lookup: other.table(lookup.table), has_displays=True)
    with pytest.raises(BadValue, match="not in the same database"):
        table.select(query)
    with table.select(replace(query, columns=None)) as rows:
        assert rows.displays == (None, None, None, None)
        assert len(list(rows)) == 5
    other.close()
