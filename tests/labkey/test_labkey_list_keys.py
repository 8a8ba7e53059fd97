"""The key of a list that the database counts: hidden from people, and given to every program that reads rows."""

import pytest

FIELDS = [{"name": "rowId", "rangeURI": "int"}, {"name": "name", "rangeURI": "string"}]


@pytest.fixture
def people(admin_script):
    """A list that counts its rows, and one whose keys people choose."""
    for list_name, key_type in (("people", "AutoIncrementInteger"), ("chosen", "Integer")):
        design = {"name": list_name, "fields": FIELDS}
        options = {"keyName": "rowId", "keyType": key_type}
        body = {"kind": "IntList", "domainDesign": design, "options": options}
        assert admin_script.post("/home/property-createDomain.api", body).status == 200
    rows = {"schemaName": "lists", "queryName": "people", "rows": [{"name": "Ann"}, {"name": "Bo"}]}
    assert admin_script.post("/home/query-insertRows.api", rows).status == 200


def sql(who, text):
    return who.post("/home/query-executeSql.api", {"schemaName": "lists", "sql": text}).json


def test_counted_key_is_hidden_and_yet_in_rows_fields_and_column_model(script, people):
    body = script.select("lists", "people").json
    assert body["rows"] == [{"rowId": 1, "name": "Ann"}, {"rowId": 2, "name": "Bo"}]
    assert body["metaData"]["id"] == "rowId"
    assert [(field["name"], field["hidden"]) for field in body["metaData"]["fields"]] == [
        ("rowId", True),
        ("name", False),
    ]
    assert [(column["dataIndex"], column["hidden"]) for column in body["columnModel"]] == [
        ("rowId", True),
        ("name", False),
    ]


def test_counted_key_is_in_every_version_of_the_answer(script, people):
    for version in ("9.1", "13.2", "17.1"):
        row = script.select("lists", "people", apiVersion=version).json["rows"][0]
        assert row.get("data", row)["rowId"]["value"] == 1


def test_key_that_people_choose_is_shown(script, people):
    (key, _name) = script.select("lists", "chosen").json["metaData"]["fields"]
    assert (key["name"], key["hidden"]) == ("rowId", False)


def test_default_view_leaves_the_counted_key_out_and_the_details_tell_of_it(script, people):
    body = script.get("/home/query-getQueryDetails.api", schemaName="lists", queryName="people").json
    key = next(column for column in body["columns"] if column["name"] == "rowId")
    assert (key["hidden"], key["isHidden"], key["isAutoIncrement"], key["isKeyField"]) == (True, True, True, True)
    assert [column["name"] for column in body["defaultView"]["columns"]] == ["name"]


def test_statement_that_names_the_key_or_all_columns_is_answered_with_it(script, people):
    for text in ("SELECT * FROM people", "SELECT rowId, name FROM people", "SELECT p.* FROM people p"):
        assert sql(script, text)["rows"][0] == {"rowId": 1, "name": "Ann"}
    assert sql(script, "SELECT * FROM (SELECT rowId FROM people) inside")["rows"] == [{"rowId": 1}, {"rowId": 2}]


def test_statement_that_names_a_hidden_column_is_answered_with_it(script, admin, people):
    assert sql(script, "SELECT name, CreatedBy FROM people")["rows"][0] == {"name": "Ann", "CreatedBy": admin.id}
