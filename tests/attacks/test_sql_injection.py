"""Attack: SQL inside LabKey SQL. Comments, second statements, quotes of all kinds, names that are SQL themselves."""

import pytest

from tests.attacks.sql_labs import Lab, ends_well

REFUSED = [
    "SELECT 1; DROP TABLE patient",
    "SELECT 1; SELECT word FROM secret",
    "SELECT name FROM patient; --",
    "SELECT name FROM patient WHERE name = 'x'; UPDATE patient SET name = 'y'",
    "DROP TABLE patient",
    "DELETE FROM patient",
    "INSERT INTO patient (name) VALUES ('x')",
    "UPDATE patient SET name = 'x'",
    "CREATE TABLE x (y INTEGER)",
    "ALTER TABLE patient ADD COLUMN x TEXT",
    "TRUNCATE TABLE patient",
    "ATTACH DATABASE '/etc/passwd' AS x",
    "DETACH DATABASE main",
    "PRAGMA query_only = OFF",
    "VACUUM INTO '/tmp/x'",
    "EXPLAIN SELECT 1",
    "COPY patient TO '/tmp/x'",
    "COPY patient TO PROGRAM 'id'",
    "SET statement_timeout = 0",
    "SET ROLE postgres",
    "DO $$ BEGIN PERFORM pg_sleep(5); END $$",
    "CALL something()",
    "GRANT ALL ON patient TO PUBLIC",
    "LOCK TABLE patient",
    "LISTEN x",
    "BEGIN",
    "COMMIT",
    "SELECT name INTO stolen FROM patient",
    "SELECT * FROM patient FOR UPDATE",
    "SELECT 1 FROM patient TABLESAMPLE SYSTEM (10)",
    "WITH gone AS (DELETE FROM patient RETURNING *) SELECT * FROM gone",
    "WITH x AS (UPDATE patient SET name = 'x' RETURNING name) SELECT name FROM x",
    "SELECT 'a' /* */; /* */ DROP TABLE patient",
    "SELECT $$x$$",
    "SELECT $tag$x$tag$",
    "SELECT E'\\x27'",
    "SELECT e'\\'; DROP TABLE patient; --'",
    "SELECT U&'\\0027'",
    "SELECT x'414243'",
    "SELECT b'101'",
    "SELECT N'x'",
    "SELECT 'a' 'b'",
    "SELECT `name` FROM patient",
    "SELECT [name] FROM patient",
    "SELECT name::text FROM patient",
    'SELECT name COLLATE "C" FROM patient',
    "SELECT ?",
    "SELECT :k0",
    "SELECT $1",
    "SELECT @x",
    "SELECT \u2018x\u2019",
    "SELECT name FROM patient WHERE name = \u2019x\u2019",
    "SELECT \uff07x\uff07",
    "SELECT name FROM patient WHERE name = 'x",
    'SELECT "name FROM patient',
    "SELECT 1 /* never closed",
    "SELECT 1 LIMIT (SELECT 1)",
    "SELECT 1 LIMIT -1",
    "SELECT 1 FROM patient ORDER BY (SELECT word FROM secret)",
    "SELECT name FROM patient PROCEDURE ANALYSE()",
    "SELECT ROW(1, 2)",
    "SELECT ARRAY[1, 2]",
    "SELECT (patient).name FROM patient",
    "SELECT patient FROM patient",
    "SELECT INTERVAL '1 day'",
    "SELECT CURRENT_USER",
    "SELECT SESSION_USER",
    "SELECT CURRENT_SETTING('data_directory')",
    "SELECT 1 WHERE 1 = ANY (SELECT 1)",
    "SELECT name FROM patient WHERE name SIMILAR TO '(a*)*b'",
    "SELECT name FROM patient WHERE name ~ '(a*)*b'",
    "SELECT name FROM patient WHERE name REGEXP '(a*)*b'",
    "SELECT name FROM patient WHERE name GLOB 'a*'",
    "SELECT SUM(visits) OVER (ORDER BY name) FROM patient",
    "SELECT DISTINCT ON (name) name FROM patient",
    "SELECT name FROM patient GROUP BY ROLLUP (name)",
    "SELECT * FROM LATERAL (SELECT 1) x",
    "VALUES (1)",
    "TABLE patient",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_statement_is_refused_before_any_database_sees_it(lab: Lab, statement: str) -> None:
    assert ends_well(lab, statement).startswith("refused: ")


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("SELECT 'x''; DROP TABLE patient; --'", [("x'; DROP TABLE patient; --",)]),
        ("SELECT '\\''; DROP TABLE patient; --'", [("\\'; DROP TABLE patient; --",)]),
        ("SELECT '%s %(k0)s :k0 ? $1 {0} \\:k0'", [("%s %(k0)s :k0 ? $1 {0} \\:k0",)]),
        ('SELECT 1 AS "x""; DROP TABLE patient; --"', [(1,)]),
        ('SELECT 1 AS ":k0 %s %(x)s"', [(1,)]),
        ("SELECT 1 -- ; DROP TABLE patient", [(1,)]),
        ("SELECT /* ' */ 1 /* \" */", [(1,)]),
        ("SELECT /* /* nested */ ; */ 1", [(1,)]),
        ("SELECT/**/1", [(1,)]),
        ("SELECT '/*' || '*/'", [("/**/",)]),
        ("SELECT '--'", [("--",)]),
        ("SELECT '\u2019'", [("\u2019",)]),
        ("SELECT 'a\nb'", [("a\nb",)]),
        ("SELECT name FROM patient WHERE name = 'x'' OR ''1''=''1'", []),
        ("SELECT name FROM patient WHERE name = 'x' OR '1'='2'", []),
    ],
)
def test_what_is_a_value_or_a_comment_stays_one(lab: Lab, statement: str, rows: list[tuple[object, ...]]) -> None:
    assert lab.rows(statement) == rows


def test_a_name_in_double_quotes_is_never_a_text(lab: Lab) -> None:
    # SQLite takes "swordfish" for 'swordfish' where there is no such column.
    assert "Could not resolve column" in ends_well(lab, 'SELECT "nosuch" FROM patient')
    assert "Could not resolve column" in ends_well(lab, 'SELECT name FROM patient WHERE "Anna" = name')


def test_made_up_names_cannot_be_spoken(lab: Lab) -> None:
    for name in ("t0.c0", "r0.c1", "o0", "k0", "t0.word", "x0", "b0.c0"):
        assert ends_well(lab, f"SELECT {name} FROM patient").startswith("refused: ")
    for name in ("t0", "w0", "r0", "keyhouse_items"):
        assert ends_well(lab, f"SELECT * FROM {name}").startswith("refused: ")
