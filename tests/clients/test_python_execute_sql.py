"""The official Python client's `execute_sql` against a live server: the rows are those of the database itself."""

import sqlite3

import pytest
from labkey.api_wrapper import APIWrapper
from labkey.exceptions import ServerContextError

JOINED = (
    "SELECT p.sex, COUNT(*) AS n, MAX(v.day) AS last FROM patients p JOIN visits v ON v.patient_id = p.patient_id"
    " WHERE p.age > 40 AND p.status <> 'dead' GROUP BY p.sex ORDER BY p.sex"
)


def connect(live, folder="home"):
    return APIWrapper(f"{live.host}:{live.port}", folder, "labkey", use_ssl=False, api_key=live.analyst)


@pytest.fixture
def database(live):
    with sqlite3.connect(live.data / "pbc.sqlite3") as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def test_statement_gives_the_rows_of_the_database(live, database):
    answer = connect(live).query.execute_sql("pbc", JOINED)
    assert answer["rows"] == [dict(row) for row in database.execute(JOINED)]
    assert (answer["queryName"], answer["schemaName"], answer["rowCount"]) == ("sql", "pbc", 2)


def test_statement_may_be_sent_as_it_is(live):
    query = connect(live).query
    assert query.execute_sql("pbc", JOINED, waf_encode_sql=False)["rows"] == query.execute_sql("pbc", JOINED)["rows"]


def test_pages_sorting_and_parameters(live, database):
    sql = "PARAMETERS (Least DOUBLE) SELECT patient_id, age FROM patients WHERE age >= Least"
    answer = connect(live).query.execute_sql("pbc", sql, max_rows=5, offset=10, sort="-age", parameters={"Least": 50})
    expected = database.execute(
        "SELECT patient_id, age FROM patients WHERE age >= 50 ORDER BY age DESC LIMIT 5 OFFSET 10"
    ).fetchall()
    assert [row["age"] for row in answer["rows"]] == [row["age"] for row in expected]
    total = database.execute("SELECT COUNT(*) FROM patients WHERE age >= 50").fetchone()[0]
    assert answer["rowCount"] == total


def test_many_rows_stream(live, database):
    answer = connect(live).query.execute_sql("pbc", "SELECT * FROM visits")
    assert answer["rowCount"] == len(answer["rows"]) == database.execute("SELECT COUNT(*) FROM visits").fetchone()[0]


def test_newer_versions_have_cells(live):
    answer = connect(live).query.execute_sql("pbc", "SELECT 1 AS one, 'x' AS x", required_version=17.1)
    assert answer["schemaName"] == ["pbc"]
    assert answer["rows"][0]["data"]["one"] == {"value": 1}


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT FROM WHERE", "Syntax error"),
        ("SELECT nosuch FROM patients", "Could not resolve column: nosuch"),
        ("SELECT * FROM nosuch", "Query or table not found: nosuch"),
        ("DELETE FROM patients", "Only SELECT"),
        ("SELECT load_extension('x') FROM patients", "Unknown method LOAD_EXTENSION"),
    ],
)
def test_mistakes_are_told_as_500_with_a_sentence(live, sql, text):
    with pytest.raises(ServerContextError) as caught:
        connect(live).query.execute_sql("pbc", sql)
    assert caught.value.message.startswith("500: ")
    assert text in caught.value.message
