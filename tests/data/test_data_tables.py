"""tables.py, reflection.py: what is said of tables and views, and that values come as they are stored."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from keyhouse.data import Filter, Kind, Lookup, Query, Source, UnknownTable
from tests.data.conftest import Attach

PATIENTS = (
    "CREATE TABLE site (code varchar(8) PRIMARY KEY)",
    "CREATE TABLE patient (id integer PRIMARY KEY, site varchar(8) NOT NULL REFERENCES site (code), born date, "
    "seen timestamp, weight numeric(5,2), ok boolean, note text)",
    "CREATE VIEW adult AS SELECT id, born FROM patient",
)


def first_row(source: Source, table: str) -> tuple[object, ...]:
    with source.table(table).select(Query()) as rows:
        return next(rows)


def test_tables_and_views_are_listed_by_name(attach: Attach) -> None:
    assert [table.name for table in attach(*PATIENTS).tables()] == ["adult", "patient", "site"]


def test_columns_tell_kind_key_length_and_nulls(attach: Attach) -> None:
    columns = {column.name: column for column in attach(*PATIENTS).table("patient").columns}
    assert [column.kind for column in columns.values()] == [
        *(Kind.INT, Kind.STRING, Kind.DATE, Kind.DATE, Kind.FLOAT, Kind.BOOLEAN, Kind.STRING)
    ]
    assert (columns["id"].key, columns["id"].nullable) == (True, False)
    assert (columns["site"].nullable, columns["site"].scale) == (False, 8)
    assert (columns["born"].has_time, columns["seen"].has_time) == (False, True)
    assert columns["weight"].sql_type == "NUMERIC(5, 2)"


def test_foreign_key_is_a_lookup_into_the_source(attach: Attach) -> None:
    columns = {column.name: column for column in attach(*PATIENTS).table("patient").columns}
    assert columns["site"].lookup == Lookup("lab", "site", "code")
    assert columns["born"].lookup is None


def test_single_key_is_the_tables_key(attach: Attach) -> None:
    source = attach(*PATIENTS, "CREATE TABLE visit (patient integer, day integer, PRIMARY KEY (patient, day))")
    assert (key := source.table("patient").key) is not None
    assert key.name == "id"
    assert source.table("visit").key is None
    assert source.table("adult").key is None


def test_table_is_found_in_any_letter_case(attach: Attach) -> None:
    assert attach(*PATIENTS).table("PATIENT").name == "patient"


def test_unknown_table_is_named(attach: Attach) -> None:
    with pytest.raises(UnknownTable, match="Source 'lab' has no table or view 'nope'"):
        attach(*PATIENTS).table("nope")


def test_values_come_as_their_kind(attach: Attach) -> None:
    source = attach(
        *PATIENTS,
        "INSERT INTO site VALUES ('A')",
        "INSERT INTO patient VALUES (1, 'A', '1950-02-03', '2020-01-02 03:04:05.5', 70.25, true, NULL)",
    )
    moment = datetime(2020, 1, 2, 3, 4, 5, 500_000)
    assert first_row(source, "patient") == (1, "A", date(1950, 2, 3), moment, Decimal("70.25"), True, None)
    assert type(first_row(source, "patient")[5]) is bool
    assert first_row(source, "adult") == (1, date(1950, 2, 3))


def test_sqlite_serves_what_its_loose_types_allow(attach_sqlite: Attach) -> None:
    source = attach_sqlite(
        "CREATE TABLE t (i integer, r real, b boolean, d date, m timestamp, c time, n numeric, s text)",
        "INSERT INTO t VALUES ('ten', 'heavy', 'maybe', '1950-13-40', 'yesterday', 'noon', 'n/a', "
        "CAST(x'ff41' AS text))",
        "INSERT INTO t VALUES (1, 2, 7, 1234, 1600000000, '10:30', 1.5, 5)",
        "INSERT INTO t VALUES (1, 2, 0, '1950-02-03 10:00', '1950-02-03T10:00:00Z', '10:30:01.5', 3, x'00ff')",
    )
    with source.table("t").select(Query()) as rows:
        assert list(rows) == [
            ("ten", "heavy", "maybe", "1950-13-40", "yesterday", "noon", "n/a", b"\xffA"),
            (1, 2.0, 7, 1234, 1600000000, time(10, 30), 1.5, "5"),
            (
                *(1, 2.0, False, datetime(1950, 2, 3, 10), datetime(1950, 2, 3, 10, tzinfo=UTC)),
                *(time(10, 30, 1, 500_000), 3, b"\x00\xff"),
            ),
        ]


def test_malformed_sqlite_date_is_served_and_never_matches_a_date(attach_sqlite: Attach) -> None:
    table = attach_sqlite("CREATE TABLE t (d date)", "INSERT INTO t VALUES ('soon'), ('2020-01-01'), (NULL)").table("t")
    assert table.count(Query(filters=(Filter("d", "dategte", "1000-01-01"),))) == 1
    assert table.count(Query(filters=(Filter("d", "isblank"),))) == 1


def test_computed_columns_of_a_sqlite_view_get_their_kind_from_their_values(attach_sqlite: Attach) -> None:
    source = attach_sqlite(
        "CREATE TABLE t (x integer)",
        "INSERT INTO t VALUES (1), (2), (4)",
        "CREATE VIEW v AS SELECT count(*) AS n, avg(x) AS mean, 'a' || x AS label, NULL AS empty FROM t",
    )
    table = source.table("v")
    assert [column.kind for column in table.columns] == [Kind.INT, Kind.FLOAT, Kind.STRING, Kind.STRING]
    assert table.count(Query(filters=(Filter("n", "gt", "2"),))) == 1


def test_broken_sqlite_view_is_left_out_and_the_rest_is_served(attach_sqlite: Attach) -> None:
    source = attach_sqlite("CREATE TABLE t (x integer)", "CREATE VIEW v AS SELECT * FROM gone")
    assert [table.name for table in source.tables()] == ["t"]


def test_new_table_is_there_after_a_refresh(attach_sqlite: Attach, tmp_path: Path) -> None:
    source = attach_sqlite("CREATE TABLE t (x integer)")
    assert len(source.tables()) == 1
    with sqlite3.connect(tmp_path / "lab.db") as database:
        database.execute("CREATE TABLE u (x integer)")
    database.close()
    assert len(source.tables()) == 1
    source.refresh()
    assert len(source.tables()) == 2


def test_postgresql_comments_are_descriptions(attach_postgresql: Attach) -> None:
    table = attach_postgresql(
        "CREATE TABLE t (x integer)", "COMMENT ON TABLE t IS 'Tea'", "COMMENT ON COLUMN t.x IS 'Cups'"
    ).table("t")
    assert (table.description, table.columns[0].description) == ("Tea", "Cups")


def test_postgresql_materialized_views_are_tables(attach_postgresql: Attach) -> None:
    source = attach_postgresql("CREATE MATERIALIZED VIEW m AS SELECT 1 AS one")
    assert first_row(source, "m") == (1,)


def test_postgresql_schema_can_be_chosen(attach_postgresql: Attach) -> None:
    source = attach_postgresql('CREATE SCHEMA "St/udy"', 'CREATE TABLE "St/udy".t AS SELECT 7 AS x', schema="St/udy")
    assert first_row(source, "t") == (7,)


def test_postgresql_values_come_as_python_values(attach_postgresql: Attach) -> None:
    source = attach_postgresql(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE t (u uuid, j jsonb, m mood, b bytea, a integer[], z timestamptz, c time, i interval, p inet)",
        "INSERT INTO t VALUES ('00000000-0000-0000-0000-000000000001', '{\"a\": [1]}', 'ok', '\\xff00', '{1,2}', "
        "'2020-01-01 02:00+02', '10:30', '1 day', '10.0.0.1')",
    )
    assert first_row(source, "t") == (
        *(UUID(int=1), {"a": [1]}, "ok", b"\xff\x00", [1, 2], datetime(2020, 1, 1, tzinfo=UTC)),
        *(time(10, 30), "1 day", "10.0.0.1"),
    )
    assert {column.kind for column in source.table("t").columns} == {Kind.STRING, Kind.DATE}


def test_postgresql_dates_that_python_cannot_hold_come_as_text(attach_postgresql: Attach) -> None:
    source = attach_postgresql(
        "CREATE TABLE t (d date, m timestamp, z timestamptz, c time)",
        "INSERT INTO t VALUES ('infinity', '-infinity', '12000-01-01', '24:00')",
        "INSERT INTO t VALUES ('0044-03-15 BC', now(), now(), '1:00')",
    )
    with source.table("t").select(Query()) as rows:
        strange, other = list(rows)
    assert strange == ("infinity", "-infinity", "12000-01-01 00:00:00+00", "24:00:00")
    assert other[0] == "0044-03-15 BC"
    assert isinstance(other[1], datetime)


def test_text_filters_reach_postgresql_types_that_are_no_text(attach_postgresql: Attach) -> None:
    table = attach_postgresql(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE t (u uuid, j json, m mood, c time)",
        "INSERT INTO t VALUES ('00000000-0000-0000-0000-000000000001', '{}', 'ok', '10:30')",
    ).table("t")
    for column, value in (("u", str(UUID(int=1))), ("j", "{}"), ("m", "ok"), ("c", "10:30:00")):
        assert table.count(Query(filters=(Filter(column, "eq", value), Filter(column, "contains", value)))) == 1
        assert table.count(Query(filters=(Filter(column, "in", "none of them"),))) == 0


def test_names_of_tables_and_columns_are_never_read_as_sql(attach: Attach) -> None:
    hostile = 'a"; DROP TABLE t; --'
    quoted = '"' + hostile.replace('"', '""') + '"'
    source = attach(
        "CREATE TABLE t (x integer)",
        f'CREATE TABLE {quoted} ({quoted} text, "%(x)s :y ?" integer)',
        f"INSERT INTO {quoted} VALUES ('v', 1)",
    )
    query = Query(
        filters=(Filter(hostile, "eq", "v"), Filter("%(x)s :y ?", "eq", "1")), sort=((hostile, True),), distinct=True
    )
    with source.table(hostile).select(query) as rows:
        assert list(rows) == [("v", 1)]
    assert source.table(hostile).count(query) == 1
    assert source.table("t").count(Query()) == 0


@pytest.mark.parametrize("op", ["eq", "neq", "in", "contains", "startswith", "between", "containsoneof", "gt"])
def test_values_of_filters_are_never_read_as_sql(attach: Attach, op: str) -> None:
    table = attach("CREATE TABLE t (s text)", "INSERT INTO t VALUES ('x')").table("t")
    for value in ("' OR '1'='1", "x'); DROP TABLE t; --", "%s", ":s", "\\", "''"):
        table.count(Query(filters=(Filter("s", op, value),)))
    assert table.count(Query(filters=(Filter("s", "eq", "' OR '1'='1"),))) == 0
    assert table.count(Query()) == 1


def test_name_that_is_sql_is_just_an_unknown_column(attach: Attach) -> None:
    table = attach("CREATE TABLE t (s text)", "INSERT INTO t VALUES ('x')").table("t")
    hostile = "s) FROM t; DROP TABLE t; --"
    with table.select(
        Query(columns=(hostile,), filters=(Filter(hostile, "eq", "1"),), sort=((hostile, True),))
    ) as rows:
        assert list(rows) == [("x",)]
    assert len(rows.ignored) == 3


def test_one_question_never_gets_the_rows_of_another_that_is_like_it(attach_sqlite: Attach) -> None:
    table = attach_sqlite(
        "CREATE TABLE dose (id integer PRIMARY KEY, mg integer)",
        "INSERT INTO dose VALUES (1, 20), (2, 10), (3, 10), (4, NULL)",
    ).table("dose")
    every = Query(columns=("id",))
    asked = [
        (every, [1, 2, 3, 4], 4),
        (Query(columns=("id",), max_rows=2), [1, 2], 4),
        (Query(columns=("id",), max_rows=2, offset=2), [3, 4], 4),
        (Query(columns=("id",), sort=(("id", True),)), [4, 3, 2, 1], 4),
        (Query(columns=("id",), filters=(Filter("mg", "eq", "10"),), sort=(("id", False),)), [2, 3], 2),
        (Query(columns=("id",), filters=(Filter("mg", "eq", "20"),)), [1], 1),
        (Query(columns=("mg",), distinct=True, sort=(("mg", False),)), [None, 10, 20], 3),
        (Query(columns=("mg",), sort=(("mg", False), ("id", False))), [None, 10, 10, 20], 4),
    ]
    for query, expected, count in asked * 2:
        with table.select(query) as rows:
            assert [row[0] for row in rows] == expected, query
        assert table.count(query) == count, query
