"""`query-executeSql`: statements of clients, raw and encoded, in each version."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.site import Answer


def encoded(sql: str) -> str:
    """Encode a statement as the clients do."""
    return "/*{{base64/x-www-form-urlencoded/wafText}}*/" + base64.b64encode(quote(sql, safe="").encode()).decode()


def execute(script: Any, sql: str, schema: str = "pbc", **more: Any) -> Answer:
    """Send a statement as the clients do, as JSON."""
    return script.post("/home/query-executeSql.api", {"schemaName": schema, "sql": sql, **more})


STATEMENT = "SELECT patient_id, sex FROM patients WHERE age > 60 ORDER BY patient_id LIMIT 3"


def test_statement_is_answered_like_a_query(script, pbc) -> None:
    answer = execute(script, STATEMENT)
    assert answer.status == 200, answer.text
    assert answer.json["queryName"] == "sql"
    assert answer.json["schemaName"] == "pbc"
    assert answer.json["rowCount"] == 3
    assert [field["name"] for field in answer.json["metaData"]["fields"]] == ["patient_id", "sex"]
    assert [field["type"] for field in answer.json["metaData"]["fields"]] == ["int", "string"]


@pytest.mark.parametrize("how", ["json", "form", "url"])
@pytest.mark.parametrize("write", [str, encoded])
def test_statement_may_be_encoded_and_stand_in_body_form_or_address(script, pbc, how, write) -> None:
    sent = {"schemaName": "pbc", "sql": write(STATEMENT)}
    path, headers = "/home/query-executeSql.api", {"apikey": script.key}
    if how == "url":
        answer = script.client.get(path, headers, **sent)
    else:
        answer = script.client.post(path, headers, **{how: sent})
    assert answer.status == 200, answer.text
    assert answer.json["rows"] == execute(script, STATEMENT).json["rows"]


def test_broken_encoding_is_the_clients_mistake(script, pbc) -> None:
    answer = execute(script, "/*{{base64/x-www-form-urlencoded/wafText}}*/%%%")
    assert answer.status == 400
    assert "could not be decoded" in answer.json["exception"]


@pytest.mark.parametrize(
    ("version", "name"), [(8.3, "pbc"), (9.1, "pbc"), (13.2, ["pbc"]), (16.2, ["pbc"]), (17.1, ["pbc"])]
)
def test_each_version_has_its_shape(script, pbc, version, name) -> None:
    answer = execute(script, STATEMENT, apiVersion=version)
    assert answer.status == 200, answer.text
    assert answer.json["schemaName"] == name
    row = answer.json["rows"][0]
    cell = row["data"]["patient_id"] if version >= 13.2 else row["patient_id"]
    assert (cell["value"] if version >= 9.1 else cell) == execute(script, STATEMENT).json["rows"][0]["patient_id"]


def test_pages_and_sorting_apply_to_the_answer(script, pbc) -> None:
    whole = execute(script, "SELECT patient_id FROM patients").json
    page = execute(
        script, "SELECT patient_id FROM patients", **{"query.sort": "-patient_id", "maxRows": "2", "offset": 1}
    ).json
    assert page["rowCount"] == whole["rowCount"]
    assert [row["patient_id"] for row in page["rows"]] == sorted(
        (row["patient_id"] for row in whole["rows"]), reverse=True
    )[1:3]


def test_total_is_left_out_on_request(script, pbc) -> None:
    assert execute(script, "SELECT patient_id FROM patients", maxRows=2, includeTotalCount=False).json["rowCount"] == 2


def test_parameters_are_bound(script, pbc) -> None:
    declared = "PARAMETERS (MinAge DOUBLE DEFAULT 70, Who VARCHAR)"
    sql = f"{declared} SELECT COUNT(*) AS n FROM patients WHERE age > MinAge AND sex = Who"
    few = execute(script, sql, **{"query.param.Who": "female"}).json["rows"][0]["n"]
    many = execute(script, sql, **{"query.param.who": "female", "query.param.MinAge": "40"}).json["rows"][0]["n"]
    assert 0 < few < many
    answer = execute(script, sql, **{"query.param.MinAge": "old"})
    assert answer.status == 400
    assert "MinAge" in answer.json["exception"]


def test_syntax_error_names_its_place(script, pbc) -> None:
    answer = execute(script, "SELECT patient_id\nFROM patients WHERE (")
    assert answer.status == 500
    assert "line 2" in answer.json["exception"]
    assert answer.json["errors"][0]["line"] == 2


def test_missing_parameters_are_named(script, pbc) -> None:
    answer = script.post("/home/query-executeSql.api", {"schemaName": "pbc"})
    assert answer.status == 500
    assert answer.json["exception"] == "No value was supplied for the required parameter 'sql'."
    answer = script.post("/home/query-executeSql.api", {"sql": "SELECT 1"})
    assert answer.json["exception"] == "No value was supplied for the required parameter 'schemaName'."


def test_unknown_schema_is_not_found(script, pbc) -> None:
    assert execute(script, "SELECT 1", schema="nope").status == 404


def test_values_of_a_statement_stay_out_of_the_audit_log(script, pbc) -> None:
    from keyhouse.audit.models import AuditEvent

    execute(script, "SELECT patient_id FROM patients WHERE sex = 'secret-value' /* secret-comment */ AND age > 71.2503")
    event = AuditEvent.objects.filter(kind="data read").order_by("-sequence").first()
    written = json.dumps(event.details)
    assert event.query == "sql"
    assert event.details["tables"] == {"pbc.patients": ["age", "patient_id", "sex"]}
    assert "secret" not in written and "71.2503" not in written
    assert "sex = ?" in event.details["sql"]


def test_valid_statement_is_valid_and_a_broken_one_says_why(script, pbc) -> None:
    sent = {"schemaName": "pbc", "sql": encoded("SELECT patient_id FROM patients")}
    assert script.post("/home/query-validateQuery.api", sent).json["valid"] is True
    answer = script.post("/home/query-validateQuery.api", {**sent, "sql": "SELECT nothing FROM patients"})
    assert answer.status == 500
    assert "nothing" in answer.json["exception"]
    named = {"schemaName": "pbc", "queryName": "patients"}
    assert script.post("/home/query-validateQuery.api", named).json["valid"] is True
    assert script.post("/home/query-validateQueryMetadata.api", named).json["valid"] is True


@pytest.mark.parametrize("action", ["validateQuery", "validateQueryMetadata"])
@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"schemaName": "nope", "queryName": "patients"}, "Schema not found: nope"),
        ({"schemaName": "pbc", "queryName": "nope"}, "Query not found: nope"),
    ],
)
def test_what_is_not_there_is_not_valid(script, pbc, action, sent, text) -> None:
    answer = script.post(f"/home/query-{action}.api", sent)
    assert (answer.status, answer.json["exception"], answer.json["errors"][0]["msg"]) == (400, text, text)


def test_statement_in_an_unknown_schema_is_not_valid_although_it_names_no_table(script, pbc) -> None:
    answer = script.post("/home/query-validateQuery.api", {"schemaName": "nope", "sql": "SELECT 1"})
    assert (answer.status, answer.json["exception"]) == (400, "Schema not found: nope")


def test_guests_read_nothing(client, pbc) -> None:
    answer = client.post("/home/query-executeSql.api", json={"schemaName": "core", "sql": "SELECT * FROM Users"})
    assert answer.status == 401


def test_tables_of_another_folder_are_named_by_its_path(site, script, pbc) -> None:
    for path in (
        '"/home".pbc.patients',
        "home.pbc.patients",
        "Site.home.pbc.patients",
        "Project.pbc.patients",
        "Folder.pbc.patients",
    ):
        answer = execute(script, f"SELECT COUNT(*) AS n FROM {path}", schema="core")
        assert answer.status == 200, (path, answer.text)
        assert answer.json["rows"][0]["n"] > 100
