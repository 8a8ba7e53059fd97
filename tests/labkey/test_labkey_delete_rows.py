"""Revoking keys by deleting rows (labkey-server.md, sections 1.6 and 1.8)."""

import pytest
from tests.site import issue, set_site

PATH = "/query-deleteRows.api"


def delete(script, query, rows, schema="core", path=PATH):
    return script.post(path, {"schemaName": schema, "queryName": query, "rows": rows})


@pytest.fixture
def own_row(site, analyst):
    """The row id of a further key of the analyst."""
    from keyhouse.keys.models import ApiKey

    issue(site, analyst, description="second")
    return ApiKey.objects.get(description="second").id


@pytest.mark.parametrize("name", ["rowId", "RowId", "ROWID"])
@pytest.mark.parametrize("path", [PATH, "/query-delRows.view", "/home/query-deleteRows.post"])
def test_own_key_is_revoked_at_once(site, script, own_row, name, path):
    answer = delete(script, "userapikeys", [{name: own_row}], path=path)
    assert answer.status == 200
    body = answer.json
    assert (body["schemaName"], body["queryName"], body["command"]) == ("core", "UserApiKeys", "delete")
    assert (body["rowsAffected"], body["rows"][0]["rowid"]) == (1, own_row)
    assert len(script.select("core", "UserApiKeys").json["rows"]) == 1


def test_key_fails_on_the_very_next_request_after_it_deleted_itself(script):
    assert delete(script, "UserApiKeys", [{"rowId": 1}]).status == 200
    answer = script.get("/login-whoAmI.api")
    assert (answer.status, answer.json["reason"]) == (401, "key_revoked")


def test_answer_has_no_digest(script, own_row):
    from keyhouse.keys.models import ApiKey

    text = delete(script, "UserApiKeys", [{"rowId": own_row}]).text
    assert ApiKey.objects.get(id=own_row).digest not in text


def test_revoking_is_audited(script, own_row, events):
    delete(script, "UserApiKeys", [{"rowId": own_row}])
    [event] = events("key revoked")
    assert event.user == "analyst@example.org"


def test_missing_rows_are_passed_over_and_counted(script, own_row):
    body = delete(script, "UserApiKeys", [{"rowId": own_row}, {"rowId": 987_654}, {"rowId": "987655"}]).json
    assert (body["rowsAffected"], len(body["rows"])) == (3, 1)


def test_keys_of_others_are_refused_and_nothing_is_revoked(script, own_row, admin_script, events):
    from keyhouse.keys.models import ApiKey

    others = ApiKey.objects.get(owner__email="admin@example.org").id
    answer = delete(script, "UserApiKeys", [{"rowId": own_row}, {"rowId": others}])
    assert answer.status == 403
    assert answer.json["exception"] == "You do not have permission to delete the selected row."
    assert ApiKey.objects.filter(revoked_at__isnull=True).count() == 3
    assert "delete the selected row" in events("access refused")[-1].comment


def test_manager_of_users_revokes_any_key(script, admin_script, own_row):
    assert delete(admin_script, "APIKeys", [{"rowId": own_row}]).json["rows"][0]["rowid"] == own_row


def test_all_keys_are_as_if_absent_to_others(script, own_row):
    answer = delete(script, "APIKeys", [{"rowId": own_row}], path="/home/query-deleteRows.api")
    assert answer.status == 500
    assert answer.json["exception"] == "The query 'APIKeys' in the schema 'core' does not exist."


@pytest.mark.parametrize(
    ("schema", "query", "status", "text"),
    [
        ("nope", "x", 500, "The schema 'nope' does not exist."),
        ("core", "Nope", 500, "The query 'Nope' in the schema 'core' does not exist."),
        ("core", "Users", 403, "core.Users is read-only: its rows cannot be deleted through this server."),
        ("pbc", "lung", 500, "The query 'lung' in the schema 'pbc' is not updatable via the HTTP-based APIs."),
    ],
)
def test_nothing_else_is_deleted(admin_script, pbc, schema, query, status, text):
    answer = delete(admin_script, query, [{"rowId": 1}], schema, "/home/query-deleteRows.api")
    assert (answer.status, answer.json["exception"]) == (status, text)


@pytest.mark.parametrize("rows", [[], None, "1", {"rowId": 1}, 5])
def test_rows_that_are_no_array_are_refused(script, rows):
    answer = delete(script, "UserApiKeys", rows)
    assert (answer.status, answer.json["exception"]) == (400, "No 'rows' array supplied.")


@pytest.mark.parametrize("row", [1, None, [], {}, {"rowId": None}, {"rowId": "x"}, {"rowId": -1}, {"rowId": 10**30}])
def test_row_without_its_key_is_refused(script, row):
    answer = delete(script, "UserApiKeys", [row])
    assert answer.status == 400
    assert "RowId" in answer.json["exception"]


def test_keys_can_be_deleted_while_creation_is_switched_off(site, script, own_row):
    set_site(site, allowApiKeys=False)
    assert delete(script, "UserApiKeys", [{"rowId": own_row}]).status == 200


def test_guest_is_refused(client):
    client.get("/login-whoAmI.api")
    answer = client.post(PATH, json={"schemaName": "core", "queryName": "UserApiKeys", "rows": [{"rowId": 1}]})
    assert answer.status == 401


def test_nothing_is_deleted_by_get(script):
    assert script.get(PATH, schemaName="core", queryName="UserApiKeys", rowId=1).status == 405
