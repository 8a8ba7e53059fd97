"""filters.py, operators.py: the client API's operators, row by row, on SQLite, on PostgreSQL and in Python."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import date, datetime

import pytest

from keyhouse.data import OPERATORS, BadValue, Column, Filter, Kind, MemoryTable, Query, SourceTable, Table
from keyhouse.data.operators import MOST_ITEMS
from tests.data.conftest import Attach

TODAY = date(2020, 1, 10)
COLUMNS = (
    Column("id", Kind.INT, key=True, nullable=False),
    Column("n", Kind.INT),
    Column("w", Kind.FLOAT),
    Column("s", Kind.STRING),
    Column("ok", Kind.BOOLEAN),
    Column("seen", Kind.DATE),
)
ROWS = [
    (1, 10, 1.5, "Ann", True, datetime(2020, 1, 1)),
    (2, 20, 2.5, "ann-marie", False, datetime(2020, 1, 1, 23, 59, 59, 999_000)),
    (3, 30, -1.0, "Bo%b_;x", True, datetime(2020, 1, 2)),
    (4, None, None, None, None, None),
    (5, 5_000_000_000, 0.1, "ÄRZTIN", False, datetime(2020, 1, 5, 12)),
]
NULL = {4}

# (column, operator, value, the ids that are left)
CASES: list[tuple[str, str, str, set[int]]] = [
    ("n", "eq", "20", {2}),
    ("n", "EQ", "20", {2}),
    ("n", "eq", "", NULL),
    ("n", "eq", "5000000000", {5}),
    ("n", "neq", "20", {1, 3, 5}),
    ("n", "neq", "", {1, 2, 3, 5}),
    ("n", "neqornull", "20", {1, 3, 4, 5}),
    ("n", "neqornull", "", {1, 2, 3, 4, 5}),
    ("n", "gt", "20", {3, 5}),
    ("n", "gte", "20", {2, 3, 5}),
    ("n", "lt", "20", {1}),
    ("n", "lte", "20", {1, 2}),
    ("n", "in", "10;30", {1, 3}),
    ("n", "in", "10\n30", {1, 3}),
    ("n", "in", "{json:[10, 30]}", {1, 3}),
    ("n", "in", "10;", {1, 4}),
    ("n", "in", "{json:[10, null]}", {1, 4}),
    ("n", "in", "", NULL),
    ("n", "in", "{json:[]}", set()),
    ("n", "notin", "10;30", {2, 4, 5}),
    ("n", "notin", "10;", {2, 3, 5}),
    ("n", "notin", "", {1, 2, 3, 5}),
    ("n", "between", "10,20", {1, 2}),
    ("n", "between", "20", {2}),
    ("n", "between", "{json:[10, 20]}", {1, 2}),
    ("n", "notbetween", "10,20", {3, 5}),
    ("n", "notbetween", "20", {1, 3, 5}),
    ("n", "isblank", "anything", NULL),
    ("n", "isnonblank", "", {1, 2, 3, 5}),
    ("n", "", "", {1, 2, 3, 4, 5}),
    ("n", "contains", "0", {1, 2, 3, 5}),
    ("w", "eq", "1.5", {1}),
    ("w", "eq", "0.1", {5}),
    ("w", "lt", "0.1", {3}),
    ("w", "in", "0.1;2.5", {2, 5}),
    ("s", "eq", "Ann", {1}),
    ("s", "eq", "ann", set()),
    ("s", "neq", "Ann", {2, 3, 5}),
    ("s", "startswith", "ANN", {1, 2}),
    ("s", "doesnotstartwith", "ann", {3, 4, 5}),
    ("s", "contains", "NN", {1, 2}),
    ("s", "contains", "%", {3}),
    ("s", "contains", "_", {3}),
    ("s", "contains", "/", set()),
    ("s", "contains", "ärz", {5}),
    ("s", "startswith", "är", {5}),
    ("s", "doesnotcontain", "ä", {1, 2, 3, 4}),
    ("s", "containsoneof", "marie;ärz", {2, 5}),
    ("s", "containsoneof", "%\n;", {3}),
    ("s", "containsoneof", "", set()),
    ("s", "containsnoneof", "marie;ärz", {1, 3, 4}),
    ("s", "containsnoneof", "", {1, 2, 3, 4, 5}),
    ("s", "in", '{json:["Bo%b_;x", "Ann"]}', {1, 3}),
    ("s", "in", "Bo%b_;x", set()),
    ("s", "in", "Bo%b_;x\nAnn", {1, 3}),
    ("ok", "eq", "true", {1, 3}),
    ("ok", "neq", "1", {2, 5}),
    ("ok", "neqornull", "yes", {2, 4, 5}),
    ("ok", "in", "no", {2, 5}),
    ("seen", "eq", "2020-01-01", {1}),
    ("seen", "gt", "2020-01-01", {2, 3, 5}),
    ("seen", "dateeq", "2020-01-01", {1, 2}),
    ("seen", "dateeq", "1/1/2020 14:00", {1, 2}),
    ("seen", "dateneq", "2020-01-01", {3, 5}),
    ("seen", "dategt", "2020-01-01", {3, 5}),
    ("seen", "dategte", "2020-01-02", {3, 5}),
    ("seen", "datelt", "2020-01-02", {1, 2}),
    ("seen", "datelte", "2020-01-02", {1, 2, 3}),
    ("seen", "dateeq", "-5d", {5}),
    ("seen", "between", "2020-01-01 12:00,2020-01-03", {2, 3}),
    ("seen", "in", "2020-01-02;1 Jan 2020 00:00:00 +0000", {1, 3}),
    ("s", "hasmvvalue", "", set()),
    ("s", "hasqcvalue", "", set()),
    ("s", "nomvvalue", "", {1, 2, 3, 4, 5}),
    ("s", "noqcvalue", "", {1, 2, 3, 4, 5}),
    ("*", "q", "ann", {1, 2}),
    ("", "q", "B_;X", {3}),
    ("", "q", "b%", set()),
    ("n", "q", "3", {3}),
]
ELSEWHERE = {"memberof", "where", *(op for op in OPERATORS if op.startswith("array"))}


def left(table: Table, *filters: Filter) -> set[int]:
    query = Query(columns=("id",), filters=filters, today=TODAY)
    with table.select(query) as rows:
        found = {row[0] for row in rows}
    assert rows.ignored == ()
    assert table.count(query) == len(found)
    return found


def literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str | datetime) else str(value)


def lab(attach: Attach) -> Table:
    rows = ", ".join(f"({', '.join(map(literal, row))})" for row in ROWS)
    return attach(
        "CREATE TABLE t (id integer PRIMARY KEY, n bigint, w double precision, s text, ok boolean, seen timestamp)",
        f"INSERT INTO t VALUES {rows}",
    ).table("t")


def test_each_operator_means_in_a_database_what_the_table_says(attach: Attach) -> None:
    table = lab(attach)
    wrong = [case for case in CASES if left(table, Filter(*case[:3])) != case[3]]
    assert wrong == []


@pytest.mark.parametrize(("column", "op", "value", "ids"), CASES)
def test_each_operator_means_in_python_what_the_table_says(column: str, op: str, value: str, ids: set[int]) -> None:
    assert left(MemoryTable("t", COLUMNS, lambda: ROWS), Filter(column, op, value)) == ids


def test_the_cases_cover_every_operator() -> None:
    assert {op.lower() for _column, op, _value, _ids in CASES} == OPERATORS - ELSEWHERE


@pytest.mark.parametrize("op", ["exp:childof", "EXP:ParentOf", "concept:insubtree", "inns", "notinns"])
def test_operator_whose_module_is_absent_is_refused_by_the_name_of_what_it_needs(op: str) -> None:
    with pytest.raises(BadValue, match=f"'{op.lower()}' needs .*, which this server does not have"):
        left(MemoryTable("t", COLUMNS, lambda: ROWS), Filter("s", op, "x"))


def test_strict_query_refuses_filters_that_would_be_ignored_and_says_what_there_is() -> None:
    table = MemoryTable("t", COLUMNS, lambda: ROWS)
    with pytest.raises(
        BadValue, match=r"column 'x' to filter by, as parameter 'query\.x~eq' asks\. Its columns are id"
    ):
        table.select(Query(filters=(Filter("x", "eq", "1", "query.x~eq"),), is_strict=True))
    with pytest.raises(BadValue, match=r"no filter operator 'like' \(on column 's'\)\. Operators are .*contains"):
        table.select(Query(filters=(Filter("s", "like", "1"),), is_strict=True))
    with table.select(Query(columns=("id", "x"), sort=(("y", False),), is_strict=True)) as rows:
        assert len(rows.ignored) == 2


def test_lists_in_a_column_are_compared_as_sets(attach: Attach) -> None:
    lists = [(1, ["a", "b"]), (2, ["b"]), (3, []), (4, None), (5, ["c", "a", "b"])]
    table = with_lists(attach, lists)
    expected = {
        ("arraycontainsall", "a;b"): {1, 5},
        ("arraycontainsany", "c;a"): {1, 5},
        ("arraycontainsnone", "c;a"): {2, 3, 4},
        ("arraymatches", "b;a;b"): {1},
        ("arraynotmatches", "b;a"): {2, 3, 4, 5},
        ("arrayisempty", ""): {3, 4},
        ("arrayisnotempty", ""): {1, 2, 5},
        ("arraycontainsall", ""): {1, 2, 3, 4, 5},
    }
    memory = MemoryTable(
        "t", (Column("id", Kind.INT, key=True, nullable=False), Column("tags", is_multiple=True)), lambda: lists
    )
    for each in (table, memory):
        assert {case: left(each, Filter("tags", *case)) for case in expected} == expected
    with pytest.raises(BadValue, match="works on columns with several values; 'id' is none"):
        left(memory, Filter("id", "arrayisempty"))


def with_lists(attach: Attach, rows: list[tuple[int, list[str] | None]]) -> Table:
    """Store lists as PostgreSQL's arrays, or as JSON texts where there are no arrays."""
    try:
        source = attach("CREATE TABLE t (id integer PRIMARY KEY, tags text[])")
        is_array = source.spec.url.startswith("postgresql")
    except sqlite3.OperationalError:
        source, is_array = attach("CREATE TABLE t (id integer PRIMARY KEY, tags text)"), False
    for key, tags in rows:
        text = json.dumps(tags)
        value = "NULL" if tags is None else f"'{text.replace('[', '{').replace(']', '}')}'" if is_array else f"'{text}'"
        attach(f"INSERT INTO t VALUES ({key}, {value})")
    table = source.table("t")
    columns = tuple(replace(column, is_multiple=column.name == "tags") for column in table.columns)
    return SourceTable(source, replace(table.shape, columns=columns), table.schema)


def test_filters_are_anded(attach: Attach) -> None:
    assert left(lab(attach), Filter("n", "gte", "20"), Filter("n", "lt", "5000000000"), Filter("ok", "eq", "1")) == {3}


def test_text_column_with_iso_dates_answers_the_date_operators(attach: Attach) -> None:
    table = attach(
        "CREATE TABLE t (id integer, d text)", "INSERT INTO t VALUES (1, '2020-01-02 10:00'), (2, '2020-01-03')"
    )
    assert left(table.table("t"), Filter("d", "dateeq", "2020-01-02")) == {1}


@pytest.mark.parametrize(
    ("column", "op", "value", "text"),
    [
        ("n", "eq", "x", "Could not convert value 'x' (String) for Integer field 'n'"),
        ("n", "in", "1;x", "Could not convert value 'x' (String) for Integer field 'n'"),
        ("w", "gt", "", "Could not convert value '' (String) for Double field 'w'"),
        ("ok", "eq", "2", "Could not convert value '2' (String) for Boolean field 'ok'"),
        ("seen", "dateeq", "soon", "Could not convert value 'soon' (String) for Date field 'seen'"),
        ("n", "dateeq", "2020-01-01", "Could not convert value '2020-01-01' (String) for Integer field 'n'"),
        ("n", "between", "", "A filter for a range takes two values with a comma between, not ''"),
        ("n", "between", "1,2,3", "A filter for a range takes two values with a comma between, not '1,2,3'"),
        ("n", "in", "{json:[[1]]}", "The list in {json:[...]} is not a JSON array of plain values"),
        ("n", "in", "{json:5}", "The list in {json:[...]} is not a JSON array of plain values"),
        ("n", "in", ";" * MOST_ITEMS, f"A filter takes at most {MOST_ITEMS} values, this one has {MOST_ITEMS + 1}"),
    ],
)
def test_bad_value_is_an_error_and_never_a_wider_answer(column: str, op: str, value: str, text: str) -> None:
    with pytest.raises(BadValue) as refused:
        left(MemoryTable("t", COLUMNS, lambda: ROWS), Filter(column, op, value))
    assert str(refused.value) == text


def test_deeply_nested_json_list_is_a_bad_value() -> None:
    with pytest.raises(BadValue):
        left(MemoryTable("t", COLUMNS, lambda: ROWS), Filter("n", "in", "{json:" + "[" * 100_000 + "}"))


def test_the_longest_list_is_answered(attach: Attach) -> None:
    assert left(lab(attach), Filter("n", "in", ";".join(map(str, range(MOST_ITEMS))))) == {1, 2, 3}


def test_unknown_operator_is_ignored_and_told() -> None:
    table = MemoryTable("t", COLUMNS, lambda: ROWS)
    rows = table.select(Query(filters=(Filter("n", "resembles", "1"),)))
    assert len(list(rows)) == len(ROWS)
    assert rows.ignored == ("There is no filter operator 'resembles' (on column 'n')",)
    assert not Filter("n", "resembles").is_known
