"""query.py: names, columns, order and pages, the same on SQLite, on PostgreSQL and in memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.data import Column, Filter, Kind, MemoryTable, Query, Table, decode_field_key, find_column
from tests.data.conftest import Attach

COLUMNS = (
    Column("id", Kind.INT, key=True, nullable=False),
    Column("Arm", Kind.STRING),
    Column("score", Kind.INT),
    Column("a/b, c", Kind.STRING),
)
ROWS = [(5, "x", 1, "p"), (3, "y", None, "q"), (1, "x", 2, "p"), (4, None, 1, "q"), (2, "y", None, "p")]
STATEMENTS = (
    'CREATE TABLE t (id integer PRIMARY KEY, "Arm" text, score integer, "a/b, c" text)',
    "INSERT INTO t VALUES (5, 'x', 1, 'p'), (3, 'y', NULL, 'q'), (1, 'x', 2, 'p')",
    "INSERT INTO t VALUES (4, NULL, 1, 'q'), (2, 'y', NULL, 'p')",
)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def table(request: pytest.FixtureRequest) -> Table:
    if request.param == "memory":
        return MemoryTable("t", COLUMNS, lambda: ROWS)
    attach: Attach = request.getfixturevalue(f"attach_{request.param}")
    return attach(*STATEMENTS).table("t")


def rows_of(table: Table, query: Query) -> list[tuple[object, ...]]:
    with table.select(query) as rows:
        return list(rows)


def ids(table: Table, query: Query) -> list[object]:
    return [row[0] for row in rows_of(table, query)]


def test_all_columns_come_when_none_is_named(table: Table) -> None:
    assert sorted(rows_of(table, Query()), key=lambda row: int(str(row[0]))) == sorted(ROWS)


def test_columns_are_matched_in_any_letter_case_and_come_in_the_order_asked(table: Table) -> None:
    with table.select(Query(columns=("SCORE", "arm", "Id", "score"), filters=(Filter("ID", "eq", "1"),))) as rows:
        assert [column.name for column in rows.columns] == ["score", "Arm", "id"]
        assert list(rows) == [(2, "x", 1)]


def test_names_are_field_keys_with_escapes(table: Table) -> None:
    query = Query(columns=("a$Sb$C c",), filters=(Filter("a$Sb$C c", "eq", "q"),), sort=(("a$Sb$C c", True),))
    assert rows_of(table, query) == [("q",), ("q",)]


def test_unknown_names_are_left_out_and_told(table: Table) -> None:
    query = Query(columns=("id", "nope"), filters=(Filter("nada", "eq", "1"),), sort=(("nil", False),), max_rows=1)
    with table.select(query) as rows:
        assert len(list(rows)) == 1
    assert rows.ignored == (
        "There is no column 'nope'",
        "There is no column 'nada' to filter by",
        "There is no column 'nil' to sort by",
    )


def test_naming_only_unknown_columns_does_not_widen_the_answer(table: Table) -> None:
    assert sorted(ids(table, Query(columns=("nope",)))) == [1, 2, 3, 4, 5]
    with table.select(Query(columns=("nope",))) as rows:
        assert [column.name for column in rows.columns] == ["id"]


def test_nulls_sort_first_ascending_and_last_descending(table: Table) -> None:
    assert ids(table, Query(sort=(("score", False), ("id", False)))) == [2, 3, 4, 5, 1]
    assert ids(table, Query(sort=(("score", True), ("id", False)))) == [1, 4, 5, 2, 3]


def test_ties_are_broken_by_the_key_when_paging(table: Table) -> None:
    pages = [ids(table, Query(sort=(("Arm", False),), offset=start, max_rows=2)) for start in (0, 2, 4)]
    assert pages == [[4, 1], [5, 2], [3]]


def test_pages_without_a_sort_follow_the_key(table: Table) -> None:
    assert ids(table, Query(max_rows=2)) == [1, 2]
    assert ids(table, Query(offset=3)) == [4, 5]


def test_no_rows_are_read_for_metadata_alone(table: Table) -> None:
    with table.select(Query(max_rows=0)) as rows:
        assert (len(rows.columns), list(rows)) == (4, [])


def test_count_is_of_all_rows_whatever_the_page(table: Table) -> None:
    assert table.count(Query(offset=1, max_rows=2, filters=(Filter("score", "isnonblank"),))) == 3


def test_distinct_rows_come_once_in_order(table: Table) -> None:
    query = Query(columns=("Arm",), distinct=True, sort=(("Arm", True),))
    assert rows_of(table, query) == [("y",), ("x",), (None,)]
    assert table.count(query) == 3


def test_distinct_pages_cannot_be_sorted_by_what_they_do_not_have(table: Table) -> None:
    query = Query(columns=("Arm",), distinct=True, sort=(("id", True),), max_rows=2)
    with table.select(query) as rows:
        assert list(rows) == [(None,), ("x",)]
    assert rows.ignored == ("Distinct rows cannot be sorted by column 'id', which they do not have",)


def test_hidden_columns_come_only_when_named() -> None:
    table = MemoryTable("t", (Column("a"), Column("b", hidden=True)), lambda: [("1", "2")])
    assert rows_of(table, Query()) == [("1",)]
    assert rows_of(table, Query(columns=("*",))) == [("1",)]
    assert rows_of(table, Query(columns=("*", "b"))) == [("1", "2")]


def test_letter_case_decides_between_names_that_differ_in_nothing_else() -> None:
    upper, lower = Column("Age"), Column("age")
    assert [find_column((upper, lower), name) for name in ("age", "Age", "AGE")] == [lower, upper, upper]


def test_field_key_parts_are_split_and_unescaped() -> None:
    assert decode_field_key("Patient/Date$Sof birth$P") == ("Patient", "Date/of birth.")
    assert decode_field_key("$D$A$B$T$C") == ("$&}~,",)
    assert decode_field_key("$DS") == ("$S",)


@given(st.lists(st.text(), min_size=1))
def test_any_field_key_is_read_back(parts: list[str]) -> None:
    escapes = str.maketrans({"$": "$D", "/": "$S", "&": "$A", "}": "$B", "~": "$T", ",": "$C", ".": "$P"})
    assert decode_field_key("/".join(part.translate(escapes) for part in parts)) == tuple(parts)


@given(st.text())
def test_no_name_breaks_the_search_for_a_column(name: str) -> None:
    assert find_column(COLUMNS, name) in (None, *COLUMNS)
