"""Attack: tables that this caller may not see: system catalogues, other folders' rows, names that shadow."""

import pytest

from keyhouse.data import Filter, Query
from keyhouse.data.sql import BadStatement
from keyhouse.data.tables import SourceTable
from tests.attacks.sql_labs import Lab, ends_well

NAMES = [
    "secret",
    '"secret"',
    "lab.secret",
    "main.secret",
    "public.secret",
    "lab_sql.public.secret",
    "temp.secret",
    '"main"."secret"',
    '"lab.secret"',
    '"main.secret"',
    "SECRET",
    "note",
    "sqlite_master",
    "sqlite_schema",
    "main.sqlite_master",
    "sqlite_temp_master",
    "sqlite_sequence",
    "sqlite_stat1",
    "dbstat",
    "pragma_table_list",
    "pg_catalog.pg_class",
    "pg_class",
    "pg_user",
    "pg_shadow",
    "pg_catalog.pg_authid",
    "pg_stat_activity",
    "pg_settings",
    "pg_file_settings",
    "pg_hba_file_rules",
    "pg_ls_dir",
    "information_schema.tables",
    "information_schema.columns",
    '"/".core.Users',
    '"../".lab.secret',
    "a.b.c.d.e.f.g.secret",
]
ROUNDABOUT = [
    "WITH patient AS (SELECT word FROM secret) SELECT * FROM patient",
    "WITH secret AS (SELECT * FROM secret) SELECT * FROM secret",
    "WITH x AS (SELECT 1 AS word), y AS (SELECT word FROM secret) SELECT * FROM x",
    "SELECT name FROM patient UNION SELECT word FROM secret",
    "SELECT name FROM patient UNION ALL (SELECT word FROM secret)",
    "SELECT name FROM patient INTERSECT SELECT word FROM secret",
    "SELECT name FROM patient EXCEPT SELECT word FROM secret",
    "SELECT (SELECT word FROM secret)",
    "SELECT name FROM patient WHERE EXISTS (SELECT 1 FROM secret WHERE word LIKE 's%')",
    "SELECT name FROM patient WHERE name IN (SELECT word FROM secret)",
    "SELECT CASE WHEN (SELECT COUNT(*) FROM secret) > 0 THEN 1 END",
    "SELECT p.name FROM patient p JOIN secret s ON 1 = 1",
    "SELECT p.name FROM patient p LEFT JOIN (SELECT * FROM secret) s ON 1 = 1",
    "SELECT * FROM (SELECT * FROM (SELECT word FROM secret) a) b",
    "SELECT COUNT(*) FROM patient GROUP BY (SELECT word FROM secret)",
    "SELECT COUNT(*) FROM patient HAVING (SELECT COUNT(*) FROM secret) = 1",
    "SELECT secret.word FROM patient",
    "SELECT lab.secret.word FROM patient",
    "SELECT site_id.secret.word FROM patient",
    "SELECT name.word FROM patient",
    "SELECT p.rowid FROM patient p",
    "SELECT rowid, oid, _rowid_ FROM patient",
    "SELECT ctid, xmin, tableoid FROM patient",
    "SELECT folder FROM lists.note",
    "SELECT note_id FROM lists.note",
]


@pytest.mark.parametrize("name", NAMES)
def test_hidden_table_is_as_if_it_were_not_there(lab: Lab, name: str) -> None:
    told = ends_well(lab, f"SELECT * FROM {name}")
    assert told.startswith("refused: Error on line 1, column 15: Query or table not found: ")


@pytest.mark.parametrize("statement", ROUNDABOUT)
def test_there_is_no_way_around(lab: Lab, statement: str) -> None:
    assert ends_well(lab, statement).startswith("refused: ")


def test_a_query_of_with_hides_a_table_only_inside_its_statement(lab: Lab) -> None:
    assert lab.rows("WITH patient AS (SELECT 1 AS x) SELECT * FROM patient") == [(1,)]
    assert len(lab.rows("WITH patient AS (SELECT 1 AS x) SELECT * FROM lab.patient")) == 6


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM lists.note",
        "SELECT Word, NoteId FROM lists.note n WHERE 1 = 1 OR 2 = 2",
        "SELECT a.* FROM lists.note a LEFT JOIN lists.note b ON 1 = 1",
        "SELECT a.Word, b.Word FROM lists.note a FULL JOIN lists.note b ON a.NoteId = b.NoteId + 1",
        "SELECT MAX(Word), COUNT(*) FROM lists.note",
        "SELECT GROUP_CONCAT(Word) FROM lists.note",
        "SELECT Word FROM lists.note UNION ALL SELECT Word FROM lists.note",
        "SELECT * FROM (SELECT * FROM lists.note) x WHERE Word IS NOT NULL OR Word IS NULL",
    ],
)
def test_rows_of_other_folders_are_not_there(lab: Lab, statement: str) -> None:
    assert "12" in ends_well(lab, statement)


def test_rows_of_other_folders_do_not_answer_filters(lab: Lab) -> None:
    notes = lab.notes()
    for condition in ("1 = 1 OR Word = 'x'", "Word LIKE 's%' OR TRUE", "NoteId > 0"):
        query = Query(filters=(Filter("", "where", condition),))
        assert list(notes.select(query)) == [(1, "12")]
        assert notes.count(query) == 1


def test_a_table_of_many_folders_without_a_choice_of_folders_is_refused(lab: Lab) -> None:
    open_notes = SourceTable(lab.source, lab.notes().shape, None, None)

    class Careless(Lab):
        def table(self, names):
            return open_notes, self

    with pytest.raises(BadStatement, match="cannot be read here"):
        Careless(lab.source).rows("SELECT * FROM lists.note")
