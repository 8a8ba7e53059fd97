"""Attack: read a column above one's PHI level with LabKey SQL, directly or through a query that somebody else saved."""

import psycopg
import pytest

from tests.attacks.phi_lab import HIDDEN, MARKS, ROWS, SECRETS, PhiLab, is_silent
from tests.site import OPERATOR

ORACLES = {
    "where": f"SELECT name FROM patients WHERE ssn = '{SECRETS[0]}'",
    "where not": f"SELECT name FROM patients WHERE NOT (ssn <> '{SECRETS[0]}')",
    "like": "SELECT name FROM patients WHERE ssn LIKE 'SECRET-0%'",
    "number": "SELECT name FROM patients WHERE dose > 50",
    "is null": "SELECT name FROM patients WHERE ssn IS NOT NULL",
    "in": f"SELECT name FROM patients WHERE ssn IN ('{SECRETS[0]}')",
    "exists": "SELECT name FROM patients p WHERE EXISTS (SELECT 1 FROM patients q WHERE q.id = p.id AND q.dose > 50)",
    "sub-query": "SELECT name FROM (SELECT name, dose FROM patients) x WHERE x.dose > 50",
    "with": "WITH x AS (SELECT name, dose FROM patients) SELECT name FROM x WHERE dose > 50",
    "having": "SELECT city FROM patients GROUP BY city HAVING MAX(dose) > 90",
    "join": "SELECT p.name FROM patients p JOIN wards w ON p.ward = w.id",
    "lookup": "SELECT name FROM patients WHERE ward.chief = 'Nightingale'",
    "far lookup": f"SELECT reason FROM visits WHERE patient.ssn = '{SECRETS[0]}'",
    "farther lookup": "SELECT reason FROM visits WHERE patient.ward.chief = 'Nightingale'",
    "folder": f"SELECT name FROM \"/home\".trial.patients WHERE ssn = '{SECRETS[0]}'",
}
VALUES = {
    "star": "SELECT * FROM patients",
    "name": "SELECT ssn, dose, born, is_carrier, ward FROM patients",
    "capitals": "SELECT SSN AS x FROM patients",
    "quoted": 'SELECT "ssn" FROM trial."patients"',
    "computed": "SELECT ssn || '' AS x FROM patients",
    "case": "SELECT CASE WHEN ssn IS NULL THEN '-' ELSE ssn END AS x FROM patients",
    "coalesce": "SELECT COALESCE(ssn, name) AS x FROM patients",
    "maximum": "SELECT MAX(ssn) AS x FROM patients",
    "sum": "SELECT SUM(dose) AS x, AVG(dose) AS y FROM patients",
    "joined": "SELECT GROUP_CONCAT(ssn) AS x FROM patients",
    "grouped": "SELECT ssn AS x, COUNT(*) AS n FROM patients GROUP BY ssn",
    "distinct": "SELECT DISTINCT ssn AS x FROM patients",
    "scalar": "SELECT (SELECT MAX(ssn) FROM patients) AS x FROM visits",
    "union": "SELECT reason AS x FROM visits UNION SELECT ssn FROM patients",
    "lookup": "SELECT patient.ssn AS x, patient.dose AS y, patient.ward.chief AS z FROM visits",
    "cast": "SELECT CAST(dose AS VARCHAR) AS x FROM patients",
    "key": "SELECT * FROM vault",
}


@pytest.mark.parametrize("statement", VALUES.values(), ids=VALUES)
def test_no_statement_reads_a_guarded_value(phi_lab: PhiLab, statement: str) -> None:
    answer = phi_lab.clerk.sql(statement)
    assert is_silent(answer) and answer.status in (200, 500)
    told = phi_lab.doctor.sql(statement)
    assert (told.status == 200 and not is_silent(told)) or statement in (VALUES["sum"], VALUES["cast"]), told.text


@pytest.mark.parametrize("statement", ORACLES.values(), ids=ORACLES)
def test_no_statement_tells_rows_apart_by_a_guarded_value(phi_lab: PhiLab, statement: str) -> None:
    before = phi_lab.clerk.sql(statement)
    assert is_silent(before)
    assert before.status == (200 if phi_lab.is_blank else 500)
    assert phi_lab.doctor.sql(statement).json["rowCount"] >= 1
    others = [(*row[:3], f"x{row[0]}", "2001-01-01", -1.0, 1 - row[6], 8) for row in ROWS]
    phi_lab.replace_rows(others)
    assert phi_lab.clerk.sql(statement).body == before.body


def test_an_unresolved_name_is_told_as_any_other(phi_lab: PhiLab) -> None:
    if phi_lab.is_blank:
        return
    hidden, absent = (phi_lab.clerk.sql(f"SELECT {name} FROM patients").json["exception"] for name in ("ssn", "xyz"))
    assert hidden.replace("ssn", "xyz") == absent


def test_validation_tells_no_more_than_running(phi_lab: PhiLab) -> None:
    sent = {"schemaName": "trial", "sql": "SELECT ssn FROM patients"}
    answer = phi_lab.clerk.post("/home/query-validateQuery.api", json=sent)
    assert is_silent(answer) and (answer.status == 200) is phi_lab.is_blank


def test_a_query_that_the_doctor_saved_shows_the_clerk_no_more(phi_lab: PhiLab) -> None:
    sql = f"PARAMETERS (Wanted VARCHAR DEFAULT '{SECRETS[1]}') SELECT name, ssn FROM patients WHERE ssn = Wanted"
    sent = {"schemaName": "trial", "queryName": "Secrets", "ff_queryText": sql}
    assert phi_lab.doctor.post("/home/query-saveSourceQuery.api", json=sent).json["success"]
    assert "Bob" in phi_lab.doctor.rows("Secrets").text
    view = {"name": "", "shared": True, "columns": [{"fieldKey": "ssn"}]}
    view["filter"] = [{"fieldKey": "ssn", "op": "eq", "value": SECRETS[1]}]
    named = {"schemaName": "trial", "queryName": "Secrets"}
    phi_lab.doctor.post("/home/query-saveQueryViews.api", json={**named, "views": [view]})
    answers = [
        phi_lab.clerk.rows("Secrets"),
        phi_lab.clerk.rows("Secrets", **{"query.param.Wanted": "x"}),
        phi_lab.clerk.sql("SELECT * FROM Secrets"),
        phi_lab.clerk.get("/home/query-getQueryDetails.api", schemaName="trial", **{"query.queryName": "Secrets"}),
        phi_lab.clerk.get("/home/query-getQueryViews.api", **named),
        phi_lab.clerk.get("/home/query-getQueries.api", schemaName="trial", queryDetailColumns="true"),
        phi_lab.clerk.get("/home/query-exportRowsTsv.view", schemaName="trial", **{"query.queryName": "Secrets"}),
        phi_lab.clerk.get("/home/query-selectDistinct.api", **{**named, "query.columns": "ssn"}),
    ]
    for answer in answers:
        assert is_silent(answer) and "Bob" not in answer.text, answer.text


def test_a_query_over_all_columns_has_a_view_that_tells_nothing(phi_lab: PhiLab) -> None:
    sent = {"schemaName": "trial", "queryName": "Every", "ff_queryText": "SELECT * FROM patients"}
    phi_lab.doctor.post("/home/query-saveSourceQuery.api", json=sent)
    view = {"name": "one", "shared": True, "columns": [{"fieldKey": "name"}]}
    view["filter"] = [{"fieldKey": "ssn", "op": "eq", "value": SECRETS[1]}]
    named = {"schemaName": "trial", "queryName": "Every"}
    phi_lab.doctor.post("/home/query-saveQueryViews.api", json={**named, "views": [view]})
    assert phi_lab.doctor.rows("Every", **{"query.viewName": "one"}).json["rowCount"] == 1
    for answer in (
        phi_lab.clerk.rows("Every", **{"query.viewName": "one"}),
        phi_lab.clerk.get("/home/query-getQueryViews.api", **named),
    ):
        assert is_silent(answer) and "Bob" not in answer.text


def test_a_statement_from_another_folder_is_cut_as_where_the_rows_are(phi_lab: PhiLab) -> None:
    from keyhouse.core.permissions import Role

    other = phi_lab.site.folders.add("/Elsewhere", OPERATOR)
    for name in ("clerk", "doctor"):
        user = _user(f"{name}@example.org")
        phi_lab.site.assignments.assign(Role.READER, user, str(user), other, OPERATOR)
        phi_lab.site.assignments.assign(Role.RESTRICTED_PHI_READER, user, str(user), other, OPERATOR)
    sent = {"schemaName": "core", "sql": 'SELECT * FROM "/home".trial.patients'}
    assert is_silent(phi_lab.clerk.post("/Elsewhere/query-executeSql.api", json=sent))
    assert SECRETS[0] in phi_lab.doctor.post("/Elsewhere/query-executeSql.api", json=sent).text


def _user(email: str):
    from keyhouse.accounts.models import User

    return User.objects.get(email=email)


@pytest.fixture
def clinic(phi_lab: PhiLab, postgres_url: str) -> PhiLab:
    """The same patients in PostgreSQL, as schema `clinic`."""
    from keyhouse.authz.folders import find

    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "CREATE TABLE wards (id integer PRIMARY KEY, chief text); CREATE TABLE patients (id integer PRIMARY KEY,"
            " name text NOT NULL, city text, ssn text UNIQUE, born timestamp, dose float8, is_carrier boolean,"
            " ward integer REFERENCES wards(id), more jsonb, tags text[], CHECK (dose < 1000));"
            "CREATE TABLE visits (id integer PRIMARY KEY, patient integer REFERENCES patients(id), reason text);"
            "CREATE TABLE vault (code text PRIMARY KEY, label json);"
            "INSERT INTO wards VALUES (7, 'Nightingale'), (8, 'Paracelsus'), (9, 'Semmelweis')"
        )
        for row in ROWS:
            statement = "INSERT INTO patients VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '{\"a\": 1}', '{SECRET-0451}')"
            connection.execute(statement, [*row[:6], bool(row[6]), row[7]])
        connection.execute("INSERT INTO visits VALUES (1, 1, 'cough'), (2, 3, 'fall')")
        connection.execute("INSERT INTO vault VALUES ('SECRET-0451', '\"z\"'), ('SECRET-1984', '\"a\"')")
    home = find("/home")
    phi_lab.site.sources.add("clinic", postgres_url, home, OPERATOR, is_writable=True)
    for table, levels in MARKS.items():
        from keyhouse.core.phi import PhiLevel

        more = {"tags": PhiLevel.LIMITED, "more": PhiLevel.LIMITED} if table == "patients" else {}
        phi_lab.site.table_marks.set_table(home, "clinic", table, {**levels, **more}, "", OPERATOR)
    return phi_lab


@pytest.mark.postgres
def test_statements_on_postgresql_read_and_tell_no_more(clinic: PhiLab) -> None:
    for statement in (
        *VALUES.values(),
        "SELECT tags, more FROM patients",
        "SELECT name FROM patients WHERE tags IS NULL",
    ):
        answer = clinic.clerk.sql(statement, schema="clinic")
        assert is_silent(answer) and answer.status in (200, 500), (statement, answer.text)
        if clinic.is_blank:
            assert answer.status == 200, (statement, answer.text)
    for statement in ORACLES.values():
        answer = clinic.clerk.sql(statement.replace(".trial.", ".clinic."), schema="clinic")
        assert is_silent(answer) and answer.status == (200 if clinic.is_blank else 500), (statement, answer.text)


@pytest.mark.postgres
def test_rows_on_postgresql_show_filter_and_sort_by_nothing_guarded(clinic: PhiLab) -> None:
    columns = ",".join(("id", "name", *HIDDEN, "tags", "more"))
    for parameters in (
        {},
        {"query.columns": columns, "query.sort": "dose,ssn,more,tags"},
        {"query.*~q": "Ada"},
        {"query.columns": "name,ward/chief", "query.sort": "-ward/chief"},
    ):
        answer = clinic.clerk.rows("patients", "clinic", **parameters)
        assert answer.status == 200 and is_silent(answer), answer.text
    if clinic.is_blank:
        for name in (*HIDDEN, "tags", "more"):
            assert clinic.clerk.rows("patients", "clinic", **{f"query.{name}~isblank": ""}).json["rowCount"] == 4
        assert (
            clinic.clerk.rows("patients", "clinic", **{"query.tags~arraycontainsany": "SECRET-0451"}).json["rowCount"]
            == 0
        )
        distinct = {"schemaName": "clinic", "query.queryName": "patients", "query.columns": "dose"}
        assert clinic.clerk.get("/home/query-selectDistinct.api", **distinct).json["values"] == [None]
    assert len(clinic.clerk.values(clinic.clerk.rows("vault", "clinic"))) == 2


@pytest.mark.postgres
def test_refusals_of_postgresql_quote_no_row(clinic: PhiLab) -> None:
    sent = {"schemaName": "clinic", "queryName": "patients"}
    for rows in ([{"id": 1, "name": "Eve"}], [{"id": 9}], [{"id": 9, "name": None, "city": "x"}]):
        answer = clinic.clerk.post("/home/query-insertRows.api", json={**sent, "rows": rows})
        assert answer.status != 200 and is_silent(answer)
    deleted = clinic.clerk.post("/home/query-deleteRows.api", json={**sent, "rows": [{"id": 1}]})
    assert deleted.status != 200 and is_silent(deleted)


def test_rows_with_a_part_of_their_key_come_in_no_order_of_a_guarded_column(phi_lab: PhiLab) -> None:
    for text in ("SELECT shelf, kind FROM samples", "SELECT kind FROM samples LIMIT 2", "SELECT s.kind FROM samples s"):
        kinds = [row["kind"] for row in phi_lab.clerk.values(phi_lab.clerk.sql(text))]
        assert kinds == sorted(kinds)
