"""Attack: statements that are small to send and endless to parse, to plan or to run."""

import pytest

from keyhouse.data import QueryTimedOut
from tests.attacks.sql_labs import Lab, ends_well

DOUBLING = ", ".join(f"a{n} AS (SELECT a.x FROM a{n - 1} a, a{n - 1} b)" for n in range(1, 31))
REFUSED = {
    "a megabyte": "SELECT '" + "x" * 1_000_000 + "'",
    "parentheses": "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "subqueries": "SELECT * FROM " + "(SELECT * FROM " * 200 + "patient" + " x)" * 200 + " y",
    "open parentheses": "SELECT " + "(" * 5000,
    "not": "SELECT 1 WHERE " + "NOT " * 5000 + "1 = 1",
    "signs": "SELECT " + "- " * 5000 + "1",
    "cases": "SELECT " + "CASE WHEN 1 = 1 THEN " * 2000 + "1" + " END" * 2000,
    "functions": "SELECT " + "UPPER(" * 500 + "'x'" + ")" * 500,
    "and": "SELECT 1 WHERE " + " AND ".join(["1 = 1"] * 3000),
    "sums": "SELECT " + "+".join(["1"] * 5000),
    "texts": "SELECT " + "||".join(["'x'"] * 5000),
    "unions": " UNION ".join(["SELECT 1"] * 2000),
    "dots": "SELECT " + ".".join(["a"] * 5000) + " FROM patient",
    "is": "SELECT 1 FROM patient WHERE name " + "IS NULL " * 3000,
    "between": "SELECT 1 WHERE " + "1 BETWEEN " * 3000 + "2",
    "brackets": "SELECT " + "[" * 5000 + "1",
    "braces": "SELECT " + "{" * 5000 + "1",
    "quotes": "SELECT '" + "''" * 40_000,
    "names": 'SELECT "' + '""' * 40_000,
    "comments": "SELECT 1 /*" + "/*" * 40_000,
    "semicolons": ";" * 50_000,
    "columns": "SELECT " + ", ".join(["1"] * 3000),
    "sort keys": "SELECT name FROM patient ORDER BY " + ", ".join(["name"] * 3000),
    "joins": "SELECT 1 FROM patient " + " ".join(f"JOIN patient p{n} ON 1 = 1" for n in range(100)),
    "exists": "SELECT 1 WHERE " + " AND ".join(f"EXISTS (SELECT 1 FROM patient p{n})" for n in range(99)),
    "queries that double": f"WITH a0 AS (SELECT 1 AS x), {DOUBLING} SELECT COUNT(*) FROM a30",
    "recursion": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r",
    "recursion unsaid": "WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_bomb_is_refused_before_any_database_sees_it(on_sqlite: Lab, statement: str) -> None:
    assert ends_well(on_sqlite, statement).startswith("refused: ")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("REPEAT('x', 2000000000)", None),
        ("REPEAT(REPEAT(REPEAT('xxxxxxxxxx', 1000), 1000), 1000)", None),
        ("LENGTH(" + "REPLACE(" * 12 + "'aaaaaaaaaa'" + ", 'a', 'aaaaaaaaaa')" * 12 + ")", None),
        ("EXP(1) > 2 AND '" + "a" * 3000 + "' LIKE '" + "%a" * 1000 + "%b'", False),
        ("ROUND(1.5, 2000000000) IS NULL", False),
    ],
)
def test_functions_make_nothing_endless(lab: Lab, expression: str, value: object) -> None:
    try:
        assert lab.value(expression) == value
    except Exception as error:
        assert "could not answer" in str(error)


def test_nested_functions_that_use_an_argument_twice_do_not_grow_without_end(on_postgresql: Lab) -> None:
    nested = "'x'"
    for _ in range(20):
        nested = f"REPLACE({nested}, 'x', 'xx')"
    assert ends_well(on_postgresql, f"SELECT {nested}").startswith(("refused: This statement is too complex", "[("))


def test_endless_joins_end_with_the_time_that_the_source_has(lab: Lab) -> None:
    from dataclasses import replace

    from keyhouse.data import Source

    hasty = Lab(Source(replace(lab.source.spec, timeout_seconds=0.5), _directory(lab)))
    try:
        with pytest.raises(QueryTimedOut):
            hasty.rows("SELECT COUNT(*) FROM " + ", ".join(f"patient p{n}" for n in range(20)))
    finally:
        hasty.source.close()


def _directory(lab: Lab):
    from pathlib import Path

    path = getattr(lab.source._database, "_path", None)
    return path.parent if path else Path()
