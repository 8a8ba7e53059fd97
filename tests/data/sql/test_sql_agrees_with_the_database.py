"""Random statements whose text means the same to the database itself: guarded or not, the rows are the same."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.sql.lab import Lab

_INTS = st.sampled_from(["p.patient_id", "p.visits", "p.site_id", "s.site_id"])
_TEXTS = st.sampled_from(["p.name", "s.name"])
_WORDS = st.sampled_from(["'Anna'", "'Basel'", "'x''y'", "''", "'%'", "'Ærø'", "'k0'"])
_NUMBERS = st.integers(-3, 13).map(lambda n: f"({n})" if n < 0 else str(n))


def _binary(inner: st.SearchStrategy[str], *operators: str) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from(operators), inner).map(lambda parts: f"({' '.join(parts)})")


def _deeper_number(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _binary(inner, "+", "-", "*"),
        st.tuples(inner, inner).map(lambda parts: f"COALESCE({parts[0]}, {parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"NULLIF({parts[0]}, {parts[1]})"),
        inner.map(lambda part: f"(- {part})"),
        st.tuples(_simple, inner, inner).map(lambda parts: "CASE WHEN {} THEN {} ELSE {} END".format(*parts)),
    )


def _deeper_text(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _binary(inner, "||"),
        st.tuples(inner, inner).map(lambda parts: f"COALESCE({parts[0]}, {parts[1]})"),
        st.tuples(_simple, inner).map(lambda parts: "CASE WHEN {} THEN {} END".format(*parts)),
    )


_simple = st.one_of(
    _binary(st.one_of(_INTS, _NUMBERS), "=", "<>", "<", "<=", ">", ">="),
    _binary(st.one_of(_TEXTS, _WORDS), "=", "<>"),
    st.one_of(_INTS, _TEXTS).map(lambda part: f"({part} IS NULL)"),
    st.one_of(_INTS, _TEXTS).map(lambda part: f"({part} IS NOT NULL)"),
    st.tuples(_INTS, st.lists(_NUMBERS, min_size=1, max_size=4)).map(lambda p: f"({p[0]} IN ({', '.join(p[1])}))"),
    st.tuples(_TEXTS, st.lists(_WORDS, min_size=1, max_size=3)).map(lambda p: f"({p[0]} NOT IN ({', '.join(p[1])}))"),
    st.tuples(_INTS, _NUMBERS, _NUMBERS).map(lambda parts: "({} BETWEEN {} AND {})".format(*parts)),
    st.sampled_from(
        [
            "(EXISTS (SELECT 1 FROM site q WHERE q.site_id = p.site_id AND q.name = s.name))",
            "(p.site_id IN (SELECT q.site_id FROM site q WHERE q.site_id > 1))",
            "(p.visits >= (SELECT MAX(q.visits) FROM patient q WHERE q.site_id = p.site_id))",
        ]
    ),
)
_numbers = st.recursive(st.one_of(_INTS, _NUMBERS), _deeper_number, max_leaves=6)
_texts = st.recursive(st.one_of(_TEXTS, _WORDS), _deeper_text, max_leaves=4)
_conditions = st.recursive(
    st.one_of(_simple, _binary(_numbers, "=", "<", ">")),
    lambda inner: st.one_of(_binary(inner, "AND", "OR"), inner.map(lambda part: f"(NOT {part})")),
    max_leaves=6,
)
_joins = st.sampled_from(["INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
_from = _joins.map(lambda join: f"FROM patient p {join} site s ON p.site_id = s.site_id")


@st.composite
def _plain(draw: Callable[..., Any]) -> str:
    columns = ", ".join([draw(_numbers), draw(_texts), draw(st.one_of(_numbers, _numbers))])
    distinct = draw(st.sampled_from(["", "DISTINCT "]))
    return f"SELECT {distinct}{columns} {draw(_from)} WHERE {draw(_conditions)}"


@st.composite
def _grouped(draw: Callable[..., Any]) -> str:
    key, value = draw(_INTS), draw(_numbers)
    having = draw(st.sampled_from(["", " HAVING COUNT(*) > 1", f" HAVING MAX({value}) > 2 OR COUNT(*) = 1"]))
    chosen = f"{key}, COUNT(*), COUNT(DISTINCT {value}), SUM({value}), MIN({value}), MAX({value})"
    return f"SELECT {chosen} {draw(_from)} WHERE {draw(_conditions)} GROUP BY {key}{having}"


@st.composite
def _set(draw: Callable[..., Any]) -> str:
    operator = draw(st.sampled_from(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]))
    first, second = (f"SELECT {draw(_numbers)} AS a, {draw(_texts)} AS b {draw(_from)}" for _ in range(2))
    wrapped = draw(st.booleans())
    return (
        f"SELECT q.b, COUNT(*) FROM ({first} {operator} {second}) q GROUP BY q.b"
        if wrapped
        else f"{first} {operator} {second}"
    )


def _directly(lab: Lab, statement: str) -> list[tuple[Any, ...]]:
    url = lab.source.spec.url
    if url.startswith("sqlite"):
        with sqlite3.connect(lab.source._database._path) as database:  # type: ignore[union-attr]
            return database.execute(statement).fetchall()
    with psycopg.connect(url) as database:
        return database.execute(statement.encode()).fetchall()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statement=st.one_of(_plain(), _grouped(), _set()))
def test_rows_are_those_that_the_database_gives_itself(lab: Lab, statement: str) -> None:
    assert Counter(lab.rows(statement)) == Counter(_directly(lab, statement))


@pytest.mark.parametrize("descending", ["", " DESC"])
def test_sorted_pages_are_those_of_the_database(lab: Lab, descending: str) -> None:
    statement = (
        f"SELECT patient_id, name FROM patient WHERE visits IS NOT NULL ORDER BY visits{descending}, patient_id LIMIT 3"
    )
    assert lab.rows(statement) == _directly(lab, statement)
