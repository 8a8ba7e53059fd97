"""clauses.py against matching.py: any filter keeps the same rows in a database as in Python."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.data import OPERATORS, BadValue, Column, Filter, Kind, matches, to_clause
from keyhouse.data.specs import SourceSpec
from keyhouse.data.sqlite import SqliteDatabase

TODAY = date(2020, 1, 10)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Lu", "Lt", "Lm", "Mn")), max_size=5
)
NUMBERS = st.integers(-3, 3)
# A year earlier than 1000 is no date in SQLite's column to begin with.
MOMENTS = st.datetimes(datetime(1999, 1, 1), datetime(2001, 1, 1))
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.STRING: TEXTS | st.sampled_from(["Ab%", "ab_", "äB", "a;b"]),
    Kind.INT: NUMBERS | st.sampled_from([2**40, -(2**40)]),
    Kind.FLOAT: st.sampled_from([0.0, 0.1, -1.5, 2.0, 1e30]),
    Kind.BOOLEAN: st.booleans(),
    Kind.DATE: MOMENTS | st.sampled_from([datetime(2000, 1, 1), datetime(2000, 1, 1, 23, 59, 59, 999_999)]),
}
TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.STRING: sa.Text(),
    Kind.INT: sa.BigInteger(),
    Kind.FLOAT: sa.Double(),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DATE: sa.DateTime(),
}
# These are about several columns, about people or about lists: test_data_filters.py and test_data_lookups.py have them.
ONE_VALUE = {op for op in OPERATORS if not op.startswith("array")} - {"q", "where", "memberof"}
LISTS = {"in", "notin", "containsoneof", "containsnoneof"}
RANGES = {"between", "notbetween"}
TEXTUAL = {op for op in ONE_VALUE if "contain" in op or "start" in op}
Case = tuple[Kind, list[Any], Filter]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    kind = draw(st.sampled_from(Kind))
    stored = draw(st.lists(st.none() | VALUES[kind], min_size=1, max_size=6))
    # How a number with a point, a truth value or a date reads as a text is each database's own affair.
    is_plain = kind in (Kind.STRING, Kind.INT)
    op = draw(st.sampled_from(sorted(ONE_VALUE if is_plain else ONE_VALUE - TEXTUAL)))
    # Mostly values that are there, so that equality is tried as well as inequality.
    given_values = draw(
        st.lists(st.sampled_from([each for each in stored if each is not None] or [0]) | VALUES[kind], max_size=3)
    )
    separator = ";" if op in LISTS else "," if op in RANGES else ""
    texts = [str(each) for each in given_values]
    text = separator.join(texts) if separator else (texts or [""])[0]
    return kind, stored, Filter("v", op, text)


def kept_by(engine: sa.Engine, case: Case) -> list[int]:
    kind, stored, wanted = case
    table = sa.Table(
        "t", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("v", TYPES[kind]), prefixes=["TEMPORARY"]
    )
    condition = wanted.condition(Column("v", kind), TODAY)
    assert condition is not None
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": place, "v": value} for place, value in enumerate(stored)])
        query = sa.select(table.c.id).where(to_clause(condition, table.c.v)).order_by(table.c.id)
        kept = list(connection.scalars(query))
        connection.rollback()
        table.drop(connection, checkfirst=True)
        connection.commit()
    return kept


def kept_by_python(case: Case) -> list[int]:
    kind, stored, wanted = case
    condition = wanted.condition(Column("v", kind), TODAY)
    assert condition is not None
    return [place for place, value in enumerate(stored) if matches(condition, value)]


def agrees(engine: sa.Engine, case: Case) -> None:
    try:
        expected = kept_by_python(case)
    except BadValue:
        return
    assert kept_by(engine, case) == expected


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> sa.Engine:
    path = tmp_path_factory.mktemp("agree") / "t.db"
    path.touch()
    return SqliteDatabase(SourceSpec("t", "sqlite:///t.db", "/", writable=True), path).engine(1, 1, writes=True)


@pytest.fixture(scope="module")
def postgresql(postgres_cluster: Any) -> sa.Engine:
    return sa.create_engine(postgres_cluster.url("postgres").replace("postgresql:", "postgresql+psycopg:"))


@settings(max_examples=400)
@given(cases())
def test_sqlite_keeps_the_rows_that_python_keeps(sqlite: sa.Engine, case: Case) -> None:
    agrees(sqlite, case)


@pytest.mark.postgres
@settings(max_examples=300)
@given(cases())
def test_postgresql_keeps_the_rows_that_python_keeps(postgresql: sa.Engine, case: Case) -> None:
    agrees(postgresql, case)
