"""What a statement of LabKey SQL means, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from keyhouse.data import BadValue, Filter, Kind, Query
from keyhouse.data.sql import BadStatement, SqlTable
from tests.data.sql.lab import Lab


def test_star_brings_all_columns_in_their_order(lab: Lab) -> None:
    table = lab.sql("SELECT * FROM site")
    assert [column.name for column in table.columns] == ["site_id", "name"]
    assert [column.kind for column in table.columns] == [Kind.INT, Kind.STRING]


def test_column_keeps_its_lookup_and_its_label_an_alias_gives_a_new_label(lab: Lab) -> None:
    plain, renamed, made = lab.sql("SELECT site_id, site_id AS whichSite, site_id + 1 FROM patient").columns
    assert (plain.caption, renamed.caption, made.name) == ("Site Id", "Which Site", "Expression3")
    assert plain.lookup == renamed.lookup and plain.lookup is not None and made.lookup is None


def test_equal_names_are_numbered(lab: Lab) -> None:
    assert [each.name for each in lab.sql("SELECT name, name, a.name FROM site a").columns] == [
        "name",
        "name_1",
        "name_2",
    ]


def test_lookups_are_followed_by_dots(lab: Lab) -> None:
    assert lab.rows("SELECT name, site_id.name FROM patient ORDER BY patient_id LIMIT 4") == [
        ("Anna", "Uppsala"),
        ("Bob", "Basel"),
        ("Cy", "Uppsala"),
        ("dora 100%", None),
    ]


def test_lookups_go_through_subqueries_and_with(lab: Lab) -> None:
    expected = [("Basel", 2), ("Uppsala", 2), ("Ærø", 1)]
    inner = "SELECT site_id AS s FROM patient WHERE site_id IS NOT NULL"
    assert lab.rows(f"SELECT q.s.name, COUNT(*) FROM ({inner}) q GROUP BY q.s.name ORDER BY 1") == expected
    assert (
        lab.rows(f"WITH q AS ({inner}) SELECT s.name, COUNT(*) AS n FROM q GROUP BY s.name ORDER BY s.name") == expected
    )


def test_joins(lab: Lab) -> None:
    on = "ON p.site_id = s.site_id"
    inner = f"SELECT p.name, s.name FROM patient p INNER JOIN site s {on} AND s.name = 'Basel' ORDER BY 1"
    assert lab.rows(inner) == [(None, "Basel"), ("Bob", "Basel")]
    left = "SELECT COUNT(*), COUNT(s.name) FROM patient p LEFT OUTER JOIN site s ON p.site_id = s.site_id"
    assert lab.rows(left) == [(6, 5)]
    assert lab.rows("SELECT COUNT(*) FROM patient CROSS JOIN site") == [(18,)]
    assert lab.rows("SELECT COUNT(*) FROM patient, site") == [(18,)]
    full = "SELECT COUNT(*) FROM site a FULL JOIN site b ON a.site_id = b.site_id + 1"
    assert lab.rows(full) == [(4,)]
    right = (
        "SELECT COUNT(*) FROM (SELECT site_id FROM site WHERE site_id = 1) a RIGHT JOIN site b ON a.site_id = b.site_id"
    )
    assert lab.rows(right) == [(3,)]


def test_lists_of_the_server_join_tables_of_a_database(lab: Lab) -> None:
    statement = (
        "SELECT u.DisplayName, p.name FROM core.Users u JOIN lab.patient p ON p.patient_id = u.UserId ORDER BY 1 DESC"
    )
    assert lab.rows(statement) == [("Ben 'B'", "Bob"), ("Ann", "Anna"), (None, "Cy")]
    assert lab.rows("SELECT UserId FROM core.Users WHERE Active = TRUE") == [(1,)]


def test_groups_and_having(lab: Lab) -> None:
    statement = "SELECT visits, COUNT(*) AS n FROM patient GROUP BY visits HAVING COUNT(*) > 1"
    assert lab.rows(statement) == [(3, 2)]
    by_expression = "SELECT YEAR(seen) y, COUNT(*) FROM patient WHERE seen IS NOT NULL GROUP BY YEAR(seen) ORDER BY y"
    assert lab.rows(by_expression) == [(1999, 1), (2023, 1), (2024, 3)]
    with_constants = "SELECT visits + 1 AS v FROM patient GROUP BY visits + 1 ORDER BY visits + 1"
    assert lab.rows(with_constants) == [(None,), (-2,), (1,), (4,), (13,)]
    assert lab.rows("SELECT visits v, COUNT(*) FROM patient GROUP BY v ORDER BY 2 DESC LIMIT 1") == [(3, 2)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name, COUNT(*) FROM patient",
        "SELECT name, COUNT(*) FROM patient GROUP BY visits",
        "SELECT visits FROM patient GROUP BY visits ORDER BY name",
        "SELECT visits FROM patient GROUP BY visits HAVING name = 'x'",
    ],
)
def test_columns_outside_of_groups_are_refused(lab: Lab, statement: str) -> None:
    with pytest.raises(BadStatement, match="must appear in the GROUP BY clause"):
        lab.rows(statement)


def test_unions(lab: Lab) -> None:
    sites = "SELECT site_id, name FROM site"
    union = f"{sites} UNION {sites} UNION ALL SELECT 9, NULL ORDER BY site_id DESC"
    assert [row[0] for row in lab.rows(union)] == [9, 3, 2, 1]
    assert lab.rows("SELECT visits FROM patient INTERSECT SELECT patient_id FROM patient") == [(3,)]
    assert sorted(lab.rows("SELECT patient_id FROM patient EXCEPT SELECT site_id FROM site")) == [(4,), (5,), (6,)]
    limited = (
        "(SELECT name FROM site ORDER BY name LIMIT 1) UNION ALL (SELECT name FROM site ORDER BY name DESC LIMIT 1)"
    )
    assert sorted(lab.rows(limited)) == [("Basel",), ("Ærø",)]
    mixed = lab.rows("SELECT 1 AS x UNION ALL SELECT 2.5 UNION ALL SELECT NULL ORDER BY x")
    assert [row[0] for row in mixed] == [None, 1, 2.5]


def test_subqueries_see_the_rows_around_them(lab: Lab) -> None:
    most = "(SELECT MAX(p.visits) FROM patient p WHERE p.site_id = s.site_id)"
    latest = f"SELECT s.name, {most} AS most FROM site s ORDER BY s.name"
    assert lab.rows(latest) == [("Basel", 0), ("Uppsala", 3), ("Ærø", 3)]
    assert lab.rows("SELECT name FROM site s WHERE NOT EXISTS (SELECT 1 FROM patient WHERE site_id = s.site_id)") == []
    assert lab.rows("SELECT name FROM site WHERE site_id IN (SELECT site_id FROM patient WHERE weight > 70)") == [
        ("Basel",)
    ]


def test_dates_compare_with_what_is_written_in_the_statement(lab: Lab) -> None:
    assert lab.rows("SELECT patient_id FROM patient WHERE born >= '2001-02-03' ORDER BY 1") == [(1,), (5,)]
    assert lab.rows("SELECT patient_id FROM patient WHERE seen = {ts '2024-02-29 13:14:15.25'}") == [(1,)]
    rows = lab.rows("SELECT born, seen FROM patient WHERE patient_id = 1")
    born, seen = rows[0]
    assert (datetime.combine(born, datetime.min.time()) if type(born) is date else born) == datetime(2001, 2, 3)
    assert seen == datetime(2024, 2, 29, 13, 14, 15, 250000)


def test_truth_values(lab: Lab) -> None:
    assert lab.rows("SELECT patient_id FROM patient WHERE healthy ORDER BY 1") == [(1,), (4,)]
    assert lab.rows("SELECT patient_id FROM patient WHERE NOT healthy ORDER BY 1") == [(2,), (5,)]
    assert lab.rows("SELECT healthy FROM patient WHERE healthy = 1 AND patient_id = 1") == [(True,)]


def test_order_of_the_statement_holds_until_another_is_asked_for(lab: Lab) -> None:
    statement = "SELECT name FROM patient WHERE name IS NOT NULL ORDER BY weight"
    assert [row[0] for row in lab.rows(statement)] == ["Cy", "dora 100%", "Anna", "Émile_x", "Bob"]
    assert [row[0] for row in lab.rows(statement, Query(max_rows=2, offset=1))] == ["dora 100%", "Anna"]
    assert [row[0] for row in lab.rows(statement, Query(sort=(("name", True),), max_rows=1))] == ["Émile_x"]


def test_filters_and_counts_apply_to_the_answer(lab: Lab) -> None:
    statement = "SELECT patient_id AS id, UCASE(name) AS loud, born FROM patient"
    query = Query(filters=(Filter("loud", "contains", "o"), Filter("born", "dategte", "1960-01-01")), max_rows=1)
    assert lab.sql(statement).count(query) == 2
    assert lab.rows(statement, Query(filters=(Filter("", "where", "id < 2 AND loud LIKE 'A%'"),)))[0][:2] == (1, "ANNA")
    assert lab.rows("SELECT visits FROM patient", Query(distinct=True, sort=(("visits", False),)))[0] == (None,)


def test_limit_and_offset(lab: Lab) -> None:
    assert lab.rows("SELECT patient_id FROM patient ORDER BY patient_id DESC LIMIT 2") == [(6,), (5,)]
    assert lab.rows("SELECT patient_id FROM patient ORDER BY patient_id LIMIT 2 OFFSET 1") == [(2,), (3,)]
    assert lab.sql("SELECT patient_id FROM patient LIMIT 4").count(Query(max_rows=1)) == 4


def test_distinct(lab: Lab) -> None:
    assert lab.rows("SELECT DISTINCT visits FROM patient ORDER BY visits DESC") == [(12,), (3,), (0,), (-3,), (None,)]
    with pytest.raises(BadStatement, match="With DISTINCT"):
        lab.rows("SELECT DISTINCT visits FROM patient ORDER BY name")


def test_parameters(lab: Lab) -> None:
    statement = (
        "PARAMETERS (Least DOUBLE DEFAULT 55, Since TIMESTAMP, Who VARCHAR(40)) SELECT patient_id FROM patient WHERE"
    )
    heavy = f"{statement} weight > Least AND (Since IS NULL OR born > Since) AND (Who IS NULL OR name = Who) ORDER BY 1"
    assert lab.rows(heavy) == [(2,), (6,)]
    assert lab.rows(heavy, least="0", since="1950-01-01") == [(1,), (2,)]
    assert lab.rows(heavy, Who="Bob'; DROP TABLE patient; --") == []
    with pytest.raises(BadValue, match="parameter 'Least'"):
        lab.rows(heavy, least="much")


def test_saved_queries_stand_in_from_like_tables(lab: Lab) -> None:
    class Saved(Lab):
        def table(self, names):  # type: ignore[no-untyped-def]
            texts = {
                "heavy": "SELECT name, site_id FROM patient WHERE weight > 10 ORDER BY 1",
                "upon": "SELECT * FROM heavy",
            }
            name = names[-1].lower()
            return (SqlTable(texts[name], self, name=name), self) if name in texts else super().table(names)

    saved = Saved(lab.source)
    assert saved.rows("SELECT h.site_id.name FROM upon h WHERE h.name LIKE 'A%'") == [("Uppsala",)]
    assert saved.sql("SELECT a.name FROM heavy a, upon b WHERE a.name = b.name").count(Query()) == 3


@pytest.mark.parametrize("texts", [{"a": "SELECT * FROM a"}, {"a": "SELECT * FROM b", "b": "SELECT * FROM a"}])
def test_saved_queries_in_a_circle_are_refused(on_sqlite: Lab, texts: dict[str, str]) -> None:
    class Saved(Lab):
        def table(self, names):  # type: ignore[no-untyped-def]
            return SqlTable(texts[names[-1]], self, name=names[-1]), self

    with pytest.raises(BadStatement, match="names itself"):
        Saved(on_sqlite.source).rows("SELECT * FROM a")


def test_tables_of_two_databases_are_not_joined(on_sqlite: Lab, on_postgresql: Lab) -> None:
    class Both(Lab):
        def table(self, names):  # type: ignore[no-untyped-def]
            return (on_postgresql if names[0] == "other" else on_sqlite).table(names[-1:])

    with pytest.raises(BadStatement, match="different databases"):
        Both(on_sqlite.source).rows("SELECT * FROM site a JOIN other.site b ON a.site_id = b.site_id")


@pytest.mark.parametrize(
    ("statement", "why", "line", "column"),
    [
        ("SELECT nope FROM site", "Could not resolve column: nope", 1, 8),
        ("SELECT s.nope\nFROM site s", "Could not resolve column: s.nope", 1, 8),
        ("SELECT x.name FROM site s", "Could not resolve column: x.name", 1, 8),
        ("SELECT name.x FROM site s", "looks up nothing", 1, 8),
        ("SELECT 1\nFROM nope", "Query or table not found: nope", 2, 6),
        ("SELECT name FROM site a, site b", "Ambiguous field: name", 1, 8),
        ("SELECT 1 FROM site, site", "specified more than once", 1, 21),
        ("SELECT FROM site", "names no column", None, None),
        ("SELECT name FROM site WHERE", "Syntax error", 1, None),
        ("SELECT name FROM site JOIN patient", None, None, None),
        ("SELECT name FROM site LEFT JOIN patient", "ON expected", None, None),
        ("SELECT a FROM site PIVOT a BY b", "Syntax error", 1, None),
        ("SELECT 1 FROM (SELECT 1 AS x, 2) q WHERE q.Expression2 = (SELECT 1, 2)", "one column", None, None),
        ("SELECT 1 UNION SELECT 1, 2", "same number of columns", None, None),
        ("UPDATE site SET name = 'x'", "Only SELECT", None, None),
        ("", "empty", 0, 0),
        ("-- nothing", "empty", 0, 0),
        ("PARAMETERS (x INTEGER", "was expected", 1, None),
        ("PARAMETERS (x WEIRD) SELECT x", "Unknown type", 1, None),
        ("PARAMETERS (x INTEGER)", "A SELECT was expected", 1, None),
        ("SELECT SUM(COUNT(*)) FROM site", "cannot stand here", None, None),
        ("SELECT name FROM site WHERE COUNT(*) > 1", "cannot stand here", None, None),
        ("SELECT name FROM site ORDER BY 3", "no column number 3", None, None),
        ("SELECT name FROM site LIMIT 1 + 1", "whole number", None, None),
        ("WITH RECURSIVE r AS (SELECT 1) SELECT * FROM r", "RECURSIVE", None, None),
        ("SELECT name FROM site s WHERE s", "Could not resolve column: s", None, None),
        ("SELECT name FROM site WHERE name", "needed", None, None),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    on_sqlite: Lab, statement: str, why: str | None, line: int | None, column: int | None
) -> None:
    if why is None:
        assert len(on_sqlite.rows("SELECT site.name FROM site JOIN patient")) == 18
        return
    with pytest.raises(BadStatement) as caught:
        on_sqlite.rows(statement)
    assert why in str(caught.value)
    assert line is None or caught.value.line == line
    assert column is None or caught.value.column == column
