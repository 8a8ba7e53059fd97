"""Each function of LabKey SQL means the same on SQLite and on PostgreSQL, and is listed in the reference."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from keyhouse.data import QueryFailed
from keyhouse.data.sql import BadStatement
from tests.data.sql.lab import Lab

D = datetime
VALUES: list[tuple[str, Any]] = [
    ("1 + 2 * 3 - 4", 3),
    ("(1 + 2) * 3", 9),
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 % 4", 3),
    ("7.5 % 2", 1.5),
    ("7 / 2.0", 3.5),
    ("1 / 0", None),
    ("1.5 / 0", None),
    ("10 - 4 - 3", 3),
    ("10 - (4 - 3)", 9),
    ("100 / 10 / 5", 2),
    ("-5", -5),
    ("- (2 + 3)", -5),
    ("'a' || 'b' || 3", "ab3"),
    ("'x' || NULL", None),
    ("'x' || 1.5", "x1.5"),
    ("'x' || 2.0", "x2"),
    ("'x' || {d '2020-01-02'}", "x2020-01-02 00:00:00"),
    ("'it''s'", "it's"),
    ("CASE WHEN 1 = 2 THEN 'a' ELSE 'b' END", "b"),
    ("CASE 3 WHEN 1 THEN 'a' WHEN 3 THEN 'c' END", "c"),
    ("CASE WHEN 1 = 2 THEN 1 END", None),
    ("1 = 1", True),
    ("1 <> 1 OR NOT 2 != 2", True),
    ("2 BETWEEN 1 AND 3 AND 2 NOT BETWEEN 3 AND 4", True),
    ("2 IN (1, 2) AND 5 NOT IN (1, 2)", True),
    ("NULL IS NULL", True),
    ("1 IS NOT NULL", True),
    ("(1 = 1) IS TRUE", True),
    ("(NULL = 1) IS NOT FALSE", True),
    ("'Anna' LIKE 'a%'", False),
    ("'Anna' LIKE 'A%a'", True),
    ("'Anna' LIKE '_nn_'", True),
    ("'Anna' NOT LIKE '%x%'", True),
    ("'100%' LIKE '100!%' ESCAPE '!'", True),
    ("'1000' LIKE '100!%' ESCAPE '!'", False),
    ("'a_b' LIKE 'a\\_b'", True),
    ("'axb' LIKE 'a\\_b'", False),
    ("'ab' LIKE 'a%b%'", True),
    ("'ba' LIKE 'a%b'", False),
    ("'a' LIKE 'a%a'", False),
    ("TRUE", True),
    ("NULL", None),
    ("{d '2020-02-03'}", D(2020, 2, 3)),
    ("{ts '2020-02-03 04:05:06'}", D(2020, 2, 3, 4, 5, 6)),
    ("{fn UCASE('a')}", "A"),
    ("ABS(-2)", 2.0),
    ("ACOS(1)", 0.0),
    ("ASIN(1)", math.pi / 2),
    ("ATAN(1)", math.pi / 4),
    ("ATAN2(1, 1)", math.pi / 4),
    ("CEILING(1.2)", 2.0),
    ("CEILING(-1.2)", -1.0),
    ("COS(0)", 1.0),
    ("COT(1)", 1 / math.tan(1)),
    ("DEGREES(PI())", 180.0),
    ("EXP(1)", math.e),
    ("FLOOR(-1.2)", -2.0),
    ("LOG(EXP(2))", 2.0),
    ("LOG10(1000)", 3.0),
    ("MOD(7, 4)", 3.0),
    ("MOD(-7, 4)", -3.0),
    ("MOD(7, 0)", None),
    ("PI()", math.pi),
    ("POWER(2, 10)", 1024.0),
    ("RADIANS(180)", math.pi),
    ("ROUND(2.5)", 3.0),
    ("ROUND(-2.5)", -3.0),
    ("ROUND(2.675, 2)", 2.68),
    ("ROUND(1234.5, -2)", 1200.0),
    ("ROUND(NULL)", None),
    ("SIGN(-3)", -1.0),
    ("SIN(0)", 0.0),
    ("SQRT(9)", 3.0),
    ("TAN(0)", 0.0),
    ("TRUNCATE(2.679, 2)", 2.67),
    ("TRUNCATE(-2.679, 1)", -2.6),
    ("CONCAT('a', 'b')", "ab"),
    ("LCASE('ÆØ')", "æø"),
    ("LOWER('AB')", "ab"),
    ("UCASE('éa')", "ÉA"),
    ("UPPER('ab')", "AB"),
    ("LEFT('abc', 2)", "ab"),
    ("LEFT('abc', -1)", ""),
    ("RIGHT('abc', 2)", "bc"),
    ("RIGHT('abc', 0)", ""),
    ("LENGTH('Ærø')", 3),
    ("LOCATE('b', 'abcb')", 2),
    ("LOCATE('b', 'abcb', 3)", 4),
    ("LOCATE('z', 'abc')", 0),
    ("LTRIM('  a ')", "a "),
    ("RTRIM('  a ')", "  a"),
    ("REPEAT('ab', 3)", "ababab"),
    ("REPEAT('ab', 1000000000)", None),
    ("REPLACE('banana', 'an', 'x')", "bxxa"),
    ("STARTSWITH('Anna', 'aN')", True),
    ("SUBSTRING('abcdef', 2, 3)", "bcd"),
    ("SUBSTRING('abcdef', 4)", "def"),
    ("SUBSTRING('abcdef', 0, 2)", "a"),
    ("SUBSTRING('abcdef', 2, -1)", ""),
    ("AGE({d '2000-02-29'}, {d '2001-02-28'})", 0),
    ("AGE({d '2000-02-29'}, {d '2001-03-01'}, SQL_TSI_MONTH)", 12),
    ("AGE_IN_YEARS({d '1990-06-15'}, {d '2020-06-14'})", 29),
    ("AGE_IN_MONTHS({d '2020-01-31'}, {d '2020-03-01'})", 1),
    ("AGE_IN_MONTHS({d '2020-03-01'}, {d '2020-01-15'})", -1),
    ("DAYNAME({d '2024-02-29'})", "Thursday"),
    ("DAYOFMONTH({d '2024-02-29'})", 29),
    ("DAYOFWEEK({d '2024-02-25'})", 1),
    ("DAYOFYEAR({d '2024-03-01'})", 61),
    ("HOUR({ts '2024-02-29 13:14:15.9'})", 13),
    ("MINUTE({ts '2024-02-29 13:14:15.9'})", 14),
    ("SECOND({ts '2024-02-29 13:14:15.9'})", 15),
    ("MONTH({d '2024-02-29'})", 2),
    ("MONTHNAME({d '2024-02-29'})", "February"),
    ("QUARTER({d '2024-04-01'})", 2),
    ("WEEK({d '2021-01-03'})", 53),
    ("YEAR({d '2024-02-29'})", 2024),
    ("TIMESTAMPDIFF(SQL_TSI_DAY, {d '2024-02-28'}, {d '2024-03-01'})", 2),
    ("TIMESTAMPDIFF('SQL_TSI_HOUR', {d '2024-02-28'}, {ts '2024-02-27 22:30:00'})", -1),
    ("TIMESTAMPDIFF(SQL_TSI_SECOND, {ts '2024-01-01 00:00:00'}, {ts '2024-01-01 00:01:01.5'})", 61),
    ("TIMESTAMPDIFF(SQL_TSI_WEEK, {d '2024-01-01'}, {d '2024-01-15'})", 2),
    ("TIMESTAMPDIFF(SQL_TSI_YEAR, {d '2000-01-01'}, {d '2024-01-01'})", 24),
    ("TIMESTAMPADD(SQL_TSI_MONTH, 1, {d '2024-01-31'})", D(2024, 2, 29)),
    ("TIMESTAMPADD('SQL_TSI_DAY', -1, {d '2024-03-01'})", D(2024, 2, 29)),
    ("TIMESTAMPADD(SQL_TSI_SECOND, 90, {ts '2024-01-01 00:00:00'})", D(2024, 1, 1, 0, 1, 30)),
    ("TIMESTAMPADD(SQL_TSI_QUARTER, 2, {d '2024-01-01'})", D(2024, 7, 1)),
    ("TIMESTAMPADD(SQL_TSI_YEAR, -1, {d '2024-02-29'})", D(2023, 2, 28)),
    ("COALESCE(NULL, NULL, 'c')", "c"),
    ("IFNULL(NULL, 2)", 2),
    ("ISEQUAL(NULL, NULL)", True),
    ("ISEQUAL(1, NULL)", False),
    ("GREATEST(1, NULL, 3)", 3),
    ("LEAST(2, 1.5)", 1.5),
    ("NULLIF(1, 1)", None),
    ("USERID()", 7),
    ("USERNAME()", "Ann"),
    ("ISMEMBEROF(12)", True),
    ("ISMEMBEROF(13)", False),
    ("CAST('12' AS INTEGER)", 12),
    ("CAST('1.5' AS DOUBLE)", 1.5),
    ("CAST(2.5 AS INTEGER)", 3),
    ("CAST(-2.5 AS INTEGER)", -3),
    ("CAST(3 AS VARCHAR)", "3"),
    ("CAST(TRUE AS VARCHAR)", "true"),
    ("CAST('2024-02-29' AS TIMESTAMP)", D(2024, 2, 29)),
    ("CAST({ts '2024-02-29 11:12:13'} AS DATE)", D(2024, 2, 29)),
    ("CAST({ts '2024-02-29 11:12:13.5'} AS VARCHAR)", "2024-02-29 11:12:13.5"),
    ("CONVERT('7', SQL_INTEGER)", 7),
    ("CAST(0 AS BOOLEAN)", False),
    ("CAST(TRUE AS INTEGER)", 1),
    ("CAST(NULL AS INTEGER)", None),
    ("CAST('a' || '' AS VARCHAR(10))", "a"),
    ("{d '2024-01-01'} < '2024-02-01'", True),
    ("1 = '1'", True),
    ("(SELECT COUNT(*) FROM patient)", 6),
]


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        return isinstance(found, int | float | Decimal) and math.isclose(float(found), expected, abs_tol=1e-12)
    return bool(found == expected) and isinstance(found, bool) == isinstance(expected, bool)


def test_each_expression_has_one_meaning(lab: Lab) -> None:
    wrong = []
    for expression, expected in VALUES:
        try:
            found = lab.value(expression)
        except Exception as error:
            found = f"{error} {getattr(error, 'detail', '')}"
        if not _same(found, expected):
            wrong.append((expression, found, expected))
    assert not wrong


AGGREGATES: list[tuple[str, Any]] = [
    ("AVG(weight)", (50.5 + 80 - 7.25 + 0 + 61.125) / 5),
    ("AVG(visits)", 3.0),
    ("COUNT(*)", 6),
    ("COUNT(weight)", 5),
    ("COUNT(DISTINCT visits)", 4),
    ("MAX(born)", D(2001, 2, 28)),
    ("MAX(name)", "Émile_x"),
    ("MEDIAN(weight)", 50.5),
    ("MIN(weight)", -7.25),
    ("STDDEV(visits)", 5.612486080160912),
    ("STDDEV_SAMP(visits)", 5.612486080160912),
    ("STDDEV_POP(visits)", 5.019960159204453),
    ("STDERR(visits)", 5.612486080160912 / math.sqrt(5)),
    ("VARIANCE(visits)", 31.5),
    ("VAR_SAMP(visits)", 31.5),
    ("VAR_POP(visits)", 25.2),
    ("SUM(visits)", 15),
    ("SUM(weight)", 184.375),
    ("GROUP_CONCAT(visits)", "-3,0,12,3,3"),
    ("GROUP_CONCAT(DISTINCT visits, '; ')", "-3; 0; 12; 3"),
    ("SUM(visits) + COUNT(*) * 2", 27),
]


def test_each_aggregate_has_one_meaning(lab: Lab) -> None:
    wrong = []
    for expression, expected in AGGREGATES:
        found = lab.rows(f"SELECT {expression} FROM patient")[0][0]
        if not _same(found, expected):
            wrong.append((expression, found, expected))
    assert not wrong


def test_aggregates_of_nothing_are_null_and_counts_are_0(lab: Lab) -> None:
    row = lab.rows(
        "SELECT COUNT(*), SUM(visits), MEDIAN(weight), STDDEV(visits), GROUP_CONCAT(name) FROM patient WHERE 1=2"
    )
    assert row == [(0, None, None, None, None)]


@pytest.mark.parametrize("expression", ["SQRT(-1)", "LOG(0)", "ACOS(2)", "CAST('abc' || '' AS INTEGER)"])
def test_what_has_no_value_fails_in_both(lab: Lab, expression: str) -> None:
    with pytest.raises(QueryFailed):
        lab.value(expression)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("NOSUCH(1)", "Unknown method NOSUCH"),
        ("SQRT()", "SQRT function expects 1 argument"),
        ("LOCATE('a')", "LOCATE function expects 2 to 3 arguments"),
        ("SQRT('nine')", "Could not convert value 'nine'"),
        ("YEAR(5)", "use CAST"),
        ("AGE({d '2000-01-01'}, {d '2001-01-01'}, SQL_TSI_DAY)", "AGE function supports SQL_TSI_YEAR or SQL_TSI_MONTH"),
        ("TIMESTAMPDIFF(SQL_TSI_EON, {d '2000-01-01'}, {d '2000-01-01'})", "one of the units"),
        ("RAND()", "RAND"),
        ("JAVACONSTANT('java.lang.Math.PI')", "JAVACONSTANT"),
        ("MODULEPROPERTY('a', 'b')", "MODULEPROPERTY"),
        ("'a' + 'b'", "||"),
        ("SUM(1)", None),
        ("CAST(1 AS INTERVAL)", "Unknown type"),
        ("CAST({d '2020-01-01'} AS INTEGER)", "cannot be cast"),
        ("{d 'tomorrow'}", "is no date"),
        ("1 = {d '2020-01-01'}", "do not go together"),
    ],
)
def test_what_is_not_understood_says_why(on_sqlite: Lab, expression: str, why: str | None) -> None:
    if why is None:
        assert on_sqlite.value(expression) == 1
        return
    with pytest.raises(BadStatement, match="line 1, column") as caught:
        on_sqlite.value(expression)
    assert why in str(caught.value)
