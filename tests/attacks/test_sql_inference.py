"""Attack: learning what hidden rows have from errors. Expressions that fail never see other folders' rows.

PostgreSQL may try conditions in any order: without a fence, `CAST(Word AS INTEGER)` fails on a row of a folder that the
caller may not read, before the restriction to folders leaves the row out.
"""

import pytest

from keyhouse.data import Filter, Query, QueryFailed
from keyhouse.data.sql import BadStatement
from tests.attacks.sql_labs import Lab, ends_well


@pytest.mark.parametrize(
    "statement",
    [
        # Row 2, of another folder, has a word that is no number and an id for which each of these fails.
        "SELECT NoteId FROM lists.note WHERE CAST(Word AS INTEGER) = 12",
        "SELECT CAST(Word AS INTEGER) FROM lists.note",
        "SELECT NoteId FROM lists.note WHERE SQRT(1 - NoteId) = 0",
        "SELECT NoteId FROM lists.note ORDER BY CAST(Word AS INTEGER)",
        "SELECT COUNT(*) FROM lists.note GROUP BY CAST(Word AS INTEGER)",
        "SELECT SUM(CAST(Word AS INTEGER)) FROM lists.note",
        "SELECT u.UserId FROM core.Users u JOIN lists.note n ON CAST(n.Word AS INTEGER) = 12 WHERE u.UserId = 1",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM lists.note WHERE CAST(Word AS INTEGER) = 12)",
    ],
)
def test_expression_never_fails_on_rows_that_are_hidden(lab: Lab, statement: str) -> None:
    assert not ends_well(lab, statement).startswith("refused: ")


def test_filter_never_fails_on_rows_that_are_hidden(lab: Lab) -> None:
    query = Query(filters=(Filter("", "where", "CAST(Word AS INTEGER) = 12"),))
    assert list(lab.notes().select(query)) == [(1, "12")]


def test_division_by_0_tells_nothing(lab: Lab) -> None:
    assert lab.rows("SELECT COUNT(*) FROM patient WHERE 1 / (patient_id - 1) IS NULL") == [(1,)]


def test_errors_of_the_database_repeat_no_values_and_no_names(lab: Lab) -> None:
    with pytest.raises(QueryFailed) as caught:
        lab.rows("SELECT CAST(name AS INTEGER) FROM patient WHERE patient_id = 1")
    assert str(caught.value) == "Source 'lab' could not answer this query"


@pytest.mark.parametrize("name", ["secret", "nosuch", "sqlite_master", "pg_class"])
def test_a_hidden_table_and_one_that_is_not_there_read_alike(lab: Lab, name: str) -> None:
    with pytest.raises(BadStatement) as caught:
        lab.rows(f"SELECT * FROM {name}")
    assert str(caught.value).replace(name, "X") == "Error on line 1, column 15: Query or table not found: X"


def test_memberships_of_the_caller_alone_can_be_asked(lab: Lab) -> None:
    assert lab.rows("SELECT ISMEMBEROF(12), ISMEMBEROF(99)") == [(True, False)]
    for statement in ("SELECT ISMEMBEROF(12, 3)", "SELECT ISMEMBEROF(visits) FROM patient", "SELECT ISMEMBEROF('12')"):
        assert ends_well(lab, statement).startswith("refused: ")
