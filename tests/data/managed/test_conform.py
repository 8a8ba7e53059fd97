"""A managed table becomes what its design says, on SQLite and on PostgreSQL, and what rows forbid is refused."""

import threading
from dataclasses import replace
from datetime import date, datetime, time

import pytest

from keyhouse.data import Column, Filter, Kind, Query, SourceError
from keyhouse.data.managed import (
    DuplicateRows,
    LongTexts,
    ManagedColumn,
    ManagedDatabase,
    ManagedIndex,
    ManagedTable,
    MissingValues,
    Stored,
    Unconvertible,
)

HERE, ELSEWHERE = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
CONTAINER = ManagedColumn(Column("container", storage="container", hidden=True), Stored.TEXT)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else "sqlite:///lists.sqlite3"
    made = ManagedDatabase(url, tmp_path, 30)
    yield made
    made.close()


def key(stored=Stored.INT, counts=True):
    column = Column("Key", stored.kind, nullable=False, key=True, auto_increment=counts, storage="field_key")
    return ManagedColumn(column, stored)


def field(name, stored=Stored.TEXT, storage="", taken_from=None, **more):
    column = Column(
        name, stored.kind, storage=storage or f"field_{name.lower()}", has_time=stored is Stored.MOMENT, **more
    )
    return ManagedColumn(column, stored, taken_from)


def table(*fields, indices=(), the_key=None):
    return ManagedTable("my list", "list_1", (the_key or key(), *fields, CONTAINER), "container", indices)


def make(database, wanted):
    with database.changing() as work:
        work.conform(wanted)
    return wanted


def fill(database, wanted, *rows, container=HERE):
    """Put rows in by stored names."""
    import sqlalchemy as sa

    with database.source.altering() as connection:
        for row in rows:
            names = [*row, "container"]
            there = sa.table(wanted.storage, *(sa.column(name) for name in names))
            connection.execute(sa.insert(there).values({**row, "container": container}))
        connection.commit()


def rows(database, wanted, folders=(HERE,)):
    query = Query(columns=tuple(each.column.name for each in wanted.columns[:-1]), sort=(("Key", False),))
    return list(database.table(wanted, folders).select(query))


def test_table_is_made_and_read_under_names_that_no_database_would_take(database):
    name = 'select "quoted" ; drop table é%(x)s'
    wanted = make(database, table(field(name, storage="field_a")))
    fill(database, wanted, {"field_a": "x"})
    assert rows(database, wanted) == [(1, "x")]
    chosen = database.table(wanted, (HERE,)).select(Query(filters=(Filter(name, "eq", "x"),)))
    assert len(list(chosen)) == 1


def test_rows_of_other_folders_are_not_read(database):
    wanted = make(database, table(field("Name")))
    fill(database, wanted, {"field_name": "theirs"}, container=ELSEWHERE)
    assert rows(database, wanted) == []
    assert rows(database, wanted, (HERE, ELSEWHERE)) == [(1, "theirs")]
    assert rows(database, wanted, ()) == []


def test_conforming_twice_changes_nothing(database):
    wanted = make(database, table(field("Name"), indices=(ManagedIndex(("field_name",), True),)))
    fill(database, wanted, {"field_name": "a"})
    make(database, wanted)
    assert rows(database, wanted) == [(1, "a")]


def test_column_is_added_and_another_dropped_with_its_index(database):
    old = make(database, table(field("Gone"), indices=(ManagedIndex(("field_gone",), False),)))
    fill(database, old, {"field_gone": "a"})
    new = make(database, table(field("New", Stored.DOUBLE)))
    assert rows(database, new) == [(1, None)]
    with pytest.raises(SourceError):
        rows(database, old)


def test_failed_change_leaves_table_as_it_was(database):
    old = make(database, table(field("Name")))
    fill(database, old, {"field_name": "a"}, {"field_name": "a"})
    with pytest.raises(DuplicateRows, match=r"'Name'.*a"):
        make(database, table(field("Name"), field("More"), indices=(ManagedIndex(("field_name",), True),)))
    assert rows(database, old) == [(1, "a"), (2, "a")]
    with pytest.raises(SourceError):
        rows(database, table(field("Name"), field("More")))


def test_unique_index_refuses_a_second_row_of_its_value(database):
    wanted = make(database, table(field("Name"), indices=(ManagedIndex(("field_name",), True),)))
    fill(database, wanted, {"field_name": "a"})
    with pytest.raises(SourceError):
        fill(database, wanted, {"field_name": "a"})


def test_required_field_with_missing_values_is_refused_and_names_rows(database):
    old = make(database, table(field("Name")))
    fill(database, old, *[{"field_name": None}] * 7)
    with pytest.raises(MissingValues, match=r"'Name'.* row 1, 2, 3, 4, 5 and others"):
        make(database, table(field("Name", nullable=False)))


def test_text_longer_than_new_scale_is_refused(database):
    old = make(database, table(field("Name")))
    fill(database, old, {"field_name": "four"})
    make(database, table(field("Name", scale=4)))
    with pytest.raises(LongTexts, match="longer texts than 3"):
        make(database, table(field("Name", scale=3)))


CONVERSIONS = [
    (Stored.TEXT, " 12 ", Stored.INT, 12),
    (Stored.TEXT, "1e3", Stored.DOUBLE, 1000.0),
    (Stored.TEXT, "yes", Stored.BOOLEAN, True),
    (Stored.TEXT, "2020-02-03 04:05", Stored.MOMENT, datetime(2020, 2, 3, 4, 5)),
    (Stored.TEXT, "04:05:06", Stored.TIME, time(4, 5, 6)),
    (Stored.INT, 7, Stored.TEXT, "7"),
    (Stored.INT, 1, Stored.BOOLEAN, True),
    (Stored.DOUBLE, 2.0, Stored.TEXT, "2"),
    (Stored.DOUBLE, 2.0, Stored.LONG, 2),
    (Stored.BOOLEAN, True, Stored.TEXT, "true"),
    (Stored.BOOLEAN, True, Stored.INT, 1),
    (Stored.MOMENT, datetime(2020, 2, 3, 4, 5), Stored.DAY, date(2020, 2, 3)),
    (Stored.MOMENT, datetime(2020, 2, 3, 4, 5), Stored.TIME, time(4, 5)),
    (Stored.DAY, date(2020, 2, 3), Stored.MOMENT, datetime(2020, 2, 3)),
    (Stored.DAY, date(2020, 2, 3), Stored.TEXT, "2020-02-03"),
]


@pytest.mark.parametrize(("old", "value", "new", "expected"), CONVERSIONS)
def test_values_are_converted_with_their_column(tmp_path, old, value, new, expected):
    _check_conversion(ManagedDatabase("sqlite:///lists.sqlite3", tmp_path, 30), old, value, new, expected)


@pytest.mark.postgres
def test_values_are_converted_on_postgresql_too(postgres_url, tmp_path):
    database = ManagedDatabase(postgres_url, tmp_path, 30)
    try:
        for place, case in enumerate(CONVERSIONS):
            _check_conversion(database, *case, storage=f"list_{place}")
    finally:
        database.close()


def _check_conversion(database, old, value, new, expected, storage="list_1"):
    before = make(database, replace(table(field("Value", old)), storage=storage))
    stored = value if database.source.spec.url.startswith("postgresql") else _for_sqlite(value)
    fill(database, before, {"field_value": stored}, {"field_value": None})
    taken = field("Value", new, storage="field_new", taken_from=("field_value", old))
    after = make(database, replace(table(taken), storage=storage))
    assert rows(database, after) == [(1, expected), (2, None)]
    assert type(rows(database, after)[0][1]) is type(expected)


def _for_sqlite(value):
    return value.isoformat(*([" "] if isinstance(value, datetime) else [])) if isinstance(value, date | time) else value


def test_many_values_are_converted_in_batches(database):
    old = make(database, table(field("Value")))
    fill(database, old, *({"field_value": str(number)} for number in range(1203)))
    new = make(database, table(field("Value", Stored.INT, "field_new", ("field_value", Stored.TEXT))))
    assert [row[1] for row in rows(database, new)] == list(range(1203))


@pytest.mark.parametrize("text", ["x", "99999999999", "1.5", "", "ß"])
def test_value_that_does_not_convert_is_refused_with_its_row(database, text):
    old = make(database, table(field("Value")))
    fill(database, old, {"field_value": "1"}, {"field_value": text})
    with pytest.raises(Unconvertible, match=r"Could not convert value .* of field 'Value' in row 2"):
        make(database, table(field("Value", Stored.INT, "field_new", ("field_value", Stored.TEXT))))
    assert rows(database, old) == [(1, "1"), (2, text)]


def test_number_of_a_deleted_row_is_not_given_again(database):
    import sqlalchemy as sa

    wanted = make(database, table(field("Name")))
    fill(database, wanted, {"field_name": "a"})
    with database.source.altering() as connection:
        connection.execute(sa.delete(sa.table("list_1")))
        connection.commit()
    fill(database, wanted, {"field_name": "b"})
    assert rows(database, wanted) == [(2, "b")]


def test_keys_of_texts_are_unique(database):
    wanted = make(database, table(the_key=key(Stored.TEXT, counts=False)))
    fill(database, wanted, {"field_key": "a"})
    with pytest.raises(SourceError):
        fill(database, wanted, {"field_key": "a"})


def test_dropped_table_is_gone_and_dropping_it_again_is_nothing(database):
    wanted = make(database, table())
    for _ in range(2):
        with database.changing() as work:
            work.drop("list_1")
    with pytest.raises(SourceError):
        rows(database, wanted)


def test_rows_of_one_folder_alone_are_dropped(database):
    wanted = make(database, table(field("Name")))
    fill(database, wanted, {"field_name": "mine"})
    fill(database, wanted, {"field_name": "theirs"}, container=ELSEWHERE)
    with database.changing() as work:
        work.delete_rows("list_1", {HERE})
        work.delete_rows("list_that_is_not_there", {HERE})
    assert rows(database, wanted, (HERE, ELSEWHERE)) == [(2, "theirs")]


def test_changes_wait_for_one_another(database):
    order = []
    begun, go_on = threading.Event(), threading.Event()

    def first():
        with database.changing() as work:
            work.conform(table())
            begun.set()
            go_on.wait(10)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    begun.wait(10)
    threading.Timer(0.2, go_on.set).start()
    with database.changing() as work:
        order.append("second")
        work.conform(table(field("Name")))
    thread.join()
    assert order == ["first", "second"]


def test_file_of_the_managed_database_is_for_its_owner_alone(tmp_path):
    database = ManagedDatabase("sqlite:///lists.sqlite3", tmp_path, 30)
    make(database, table())
    database.close()
    assert (tmp_path / "lists.sqlite3").stat().st_mode & 0o077 == 0


def test_kind_of_a_time_of_day_is_text():
    assert Stored.TIME.kind is Kind.STRING
