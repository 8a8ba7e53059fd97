"""Saved queries: saved, listed, described, read and deleted (client-api.md, sections 8.1 and 8.7)."""

import pytest

OLD = "SELECT patient_id, age FROM patients WHERE age > 75"
BY_AGE = "PARAMETERS (LEAST INTEGER) SELECT patient_id FROM patients WHERE age > LEAST"
BROKEN = "SELECT patient_id\nFROM nowhere"


def save(script, name, sql, folder="/home", **more):
    body = {"schemaName": "pbc", "queryName": name, "ff_queryText": sql, **more}
    return script.post(f"{folder}/query-saveSourceQuery.api", body)


def queries(script, **parameters):
    body = script.get("/home/query-getQueries.api", schemaName="pbc", **parameters).json
    return {query["name"]: query for query in body["queries"]}


def details(script, name, **parameters):
    return script.get("/home/query-getQueryDetails.api", schemaName="pbc", queryName=name, **parameters)


def test_saved_query_is_read_like_a_table(script, admin_script, pbc):
    answer = save(admin_script, "Old", OLD)
    assert (answer.status, answer.json) == (200, {"success": True})
    rows = script.select("pbc", "OLD", **{"query.sort": "-age"})
    assert rows.status == 200, rows.text
    assert rows.json["queryName"] == "Old"
    assert set(rows.json["rows"][0]) == {"patient_id", "age"}
    assert all(row["age"] > 75 for row in rows.json["rows"])


def test_filters_pages_and_views_work_on_a_saved_query(script, admin_script, pbc):
    save(admin_script, "Old", OLD)
    view = {"name": "Short", "columns": [{"fieldKey": "age", "title": "Years"}]}
    script.post("/home/query-saveQueryViews.api", {"schemaName": "pbc", "queryName": "Old", "views": [view]})
    answer = script.select("pbc", "Old", **{"query.age~lt": "76", "query.maxRows": "1", "query.viewName": "Short"})
    assert [list(row) for row in answer.json["rows"]] == [["age"]]
    assert answer.json["columnModel"][0]["header"] == "Years"
    assert answer.json["rowCount"] == len(script.select("pbc", "Old", **{"query.age~lt": "76"}).json["rows"])


def test_saved_query_stands_in_the_list_with_its_columns(script, admin_script, pbc):
    save(admin_script, "Old", OLD, ff_description="Seventy-five and over")
    listed = queries(script)
    assert next(iter(listed)) == "Old"
    old = listed["Old"]
    assert [column["name"] for column in old["columns"]] == ["patient_id", "age"]
    assert (old["isUserDefined"], old["canEdit"], old["description"]) == (True, False, "Seventy-five and over")
    assert queries(admin_script)["Old"]["canEdit"] is True
    assert "Old" not in queries(script, includeUserQueries="false")
    assert list(queries(script, includeSystemQueries="false")) == ["Old"]
    friendly = queries(script, queryDetailColumns="true")["Old"]["columns"][1]
    assert (friendly["type"], friendly["jsonType"]) == ("Number (Double)", "float")


def test_details_of_a_saved_query_come_from_its_result(script, admin_script, pbc):
    save(admin_script, "Old", OLD)
    body = details(script, "old").json
    assert (body["name"], body["isUserDefined"], body["canEdit"], body["isTemporary"]) == ("Old", True, False, False)
    assert [column["name"] for column in body["columns"]] == ["patient_id", "age"]
    assert details(admin_script, "Old").json["canDelete"] is True


def test_faulty_query_is_saved_and_its_faults_are_told_with_their_line(script, admin_script, pbc):
    answer = save(admin_script, "Broken", BROKEN)
    assert answer.json["success"] is True
    (fault,) = answer.json["parseErrors"]
    assert (fault["line"], fault["errorStr"], "nowhere" in fault["msg"]) == (2, "FROM nowhere", True)


def test_broken_query_is_described_with_an_exception_in_a_good_answer(script, admin_script, pbc):
    save(admin_script, "Broken", BROKEN)
    answer = details(script, "Broken")
    assert answer.status == 200
    assert "nowhere" in answer.json["exception"]
    assert "columns" not in answer.json
    assert "columns" not in queries(script)["Broken"], "R fails on an empty list of columns"


def test_reading_a_broken_query_says_where_it_is_broken(script, admin_script, pbc):
    save(admin_script, "Broken", BROKEN)
    answer = script.select("pbc", "Broken")
    assert answer.status == 500
    assert answer.json["exception"].startswith("Query 'Broken': Error on line 2")
    assert answer.json["errors"][0]["line"] == 2


def test_parameters_are_given_by_name_and_missed_by_name(script, admin_script, pbc):
    save(admin_script, "ByAge", BY_AGE)
    answer = script.select("pbc", "ByAge", **{"query.param.least": "75"})
    assert len(answer.json["rows"]) == len(_old(script, admin_script))
    missing = script.select("pbc", "ByAge")
    assert (missing.status, missing.json["exception"]) == (400, "Parameter not provided: LEAST")
    bad = script.select("pbc", "ByAge", **{"query.param.LEAST": "many"})
    assert (bad.status, "LEAST" in bad.json["exception"]) == (400, True)
    assert [column["name"] for column in details(script, "ByAge").json["columns"]] == ["patient_id"]


def _old(script, admin_script):
    save(admin_script, "Old", OLD)
    return script.select("pbc", "Old").json["rows"]


def test_queries_can_read_queries_but_not_themselves(script, admin_script, pbc):
    save(admin_script, "Old", OLD)
    assert save(admin_script, "Older", "SELECT age FROM Old WHERE age > 77").json == {"success": True}
    assert script.select("pbc", "Older").status == 200
    save(admin_script, "A", "SELECT age FROM B")
    save(admin_script, "B", "SELECT age FROM A")
    circle = script.select("pbc", "A")
    assert (circle.status, "itself" in circle.json["exception"]) == (500, True)


def test_only_administrators_save_and_delete_queries(site, script, admin_script, client, pbc):
    assert save(script, "Mine", OLD).status == 403
    client.get("/login-whoAmI.api")
    body = {"schemaName": "pbc", "queryName": "Mine", "ff_queryText": OLD}
    assert client.post("/home/query-saveSourceQuery.api", json=body).status == 401
    save(admin_script, "Old", OLD)
    named = {"schemaName": "pbc", "queryName": "Old"}
    assert script.post("/home/query-deleteQuery.api", named).status == 403
    assert script.get("/home/query-getSourceQuery.api", **named).status == 403
    assert admin_script.get("/home/query-getSourceQuery.api", **named).json["sql"] == OLD
    assert admin_script.post("/home/query-deleteQuery.api", named).json == {"success": True}
    assert script.select("pbc", "Old").status == 404
    assert admin_script.post("/home/query-deleteQuery.api", named).status == 404


def test_query_takes_no_table_s_name_and_tables_are_not_deleted(admin_script, pbc):
    answer = save(admin_script, "PATIENTS", OLD)
    assert (answer.status, "There is a table" in answer.json["exception"]) == (400, True)
    named = {"schemaName": "pbc", "queryName": "patients"}
    assert admin_script.post("/home/query-deleteQuery.api", named).status == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 404),
        ({"schemaName": "pbc"}, 404),
        ({"schemaName": "x", "queryName": "y", "ff_queryText": OLD}, 404),
        ({"schemaName": "pbc", "queryName": "y"}, 400),
        ({"schemaName": "pbc", "queryName": "y" * 201, "ff_queryText": OLD}, 400),
        ({"schemaName": "pbc", "queryName": "a\tb", "ff_queryText": OLD}, 400),
        ({"schemaName": "pbc", "queryName": "y", "ff_queryText": "x" * 1_000_001}, 400),
        ({"schemaName": "pbc", "queryName": "y", "ff_queryText": ["x"], "ff_metadataText": {}}, 400),
        ({"schemaName": "pbc", "queryName": "y", "ff_queryText": OLD, "ff_metadataText": "<tables/>"}, 400),
    ],
)
def test_what_cannot_be_saved_is_refused(admin_script, pbc, body, status):
    assert admin_script.post("/home/query-saveSourceQuery.api", body).status == status


def test_inherited_query_reads_the_tables_of_the_folder_in_which_it_is_read(site, script, admin_script, pbc, pbc_file):
    from tests.site import OPERATOR

    from keyhouse.authz import folders

    site.folders.add("/home/sub", OPERATOR)
    site.sources.add("pbc", f"sqlite:///{pbc_file}", folders.find("/home/sub"), OPERATOR)
    save(admin_script, "Here", OLD)
    save(admin_script, "Down", OLD, inheritable=True)
    listed = script.get("/home/sub/query-getQueries.api", schemaName="pbc", includeSystemQueries="false").json[
        "queries"
    ]
    (down,) = listed
    assert (down["name"], down["isInherited"], down["containerPath"]) == ("Down", True, "/home")
    assert script.select("pbc", "Down", "/home/sub").status == 200
    assert script.select("pbc", "Here", "/home/sub").status == 404


def test_statement_of_the_session_is_read_by_its_name_in_that_session_alone(site, script, admin_script, pbc):
    from keyhouse.accounts.users import find
    from keyhouse.authz import folders
    from keyhouse.core.caller import Caller
    from keyhouse.core.decision import API_KEY, Via
    from keyhouse.core.principal import Principal
    from keyhouse.keys.models import ApiKey

    user = find("analyst@example.org")
    via = Via(API_KEY, key_id=ApiKey.objects.get(owner=user).key_id)
    row = site.saved_queries.save_in_session(
        folders.find("/home"), "pbc", OLD, Caller(Principal(user.id, user.email, ""), via)
    )
    assert "pbc_temp" in row.name
    assert script.select("pbc", row.name).status == 200
    assert details(script, row.name).json["isTemporary"] is True
    assert row.name not in queries(script)
    assert admin_script.select("pbc", row.name).status == 404


def test_changes_are_in_the_log_without_the_text(admin_script, pbc, events):
    save(admin_script, "Old", OLD)
    save(admin_script, "Old", OLD.replace("75", "80"))
    admin_script.post("/home/query-deleteQuery.api", {"schemaName": "pbc", "queryName": "Old"})
    changes = events("query changed")
    assert [event.comment for event in changes] == [
        "Query 'Old' in pbc was added.",
        "Query 'Old' in pbc was changed.",
        "Query 'Old' in pbc was deleted.",
    ]
    assert changes[0].details["sqlDigest"] != changes[1].details["sqlDigest"]
    assert "75" not in str([event.details.get("sql") for event in changes])


def test_statement_that_is_sent_can_be_kept_for_the_session(script, admin_script, client, pbc):
    body = {"schemaName": "pbc", "sql": OLD, "saveInSession": True, "maxRows": 2}
    answer = script.post("/home/query-executeSql.api", body)
    assert answer.status == 200, answer.text
    name = answer.json["queryName"]
    assert name.startswith("pbc_temp")
    kept = script.select("pbc", name, **{"query.sort": "age", "query.columns": "age"})
    assert [list(row) for row in kept.json["rows"][:1]] == [["age"]]
    assert script.post("/home/query-executeSql.api", body).json["queryName"] != name
    assert admin_script.select("pbc", name).status == 404


def test_faulty_statement_is_not_kept(script, pbc):
    from keyhouse.queries.models import SavedQuery

    body = {"schemaName": "pbc", "sql": BROKEN, "saveInSession": True}
    assert script.post("/home/query-executeSql.api", body).status == 500
    assert not SavedQuery.objects.exists()


def test_distinct_values_of_a_saved_query_leave_in_the_audit_log_which_tables_they_came_from(
    script, admin_script, pbc, events
):
    save(admin_script, "Old", OLD)
    read = {"schemaName": "pbc", "query.queryName": "Old", "query.columns": "age"}
    assert script.get("/home/query-selectDistinct.api", **read).status == 200
    details = events("data read")[-1].details
    assert details["tables"] == {"pbc.patients": ["age", "patient_id"]}
    assert "age > ?" in details["sql"] and "75" not in details["sql"]
