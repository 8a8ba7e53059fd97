"""What the original's own test suites look for in answers and no other test of ours holds."""

import pytest


@pytest.fixture
def people(admin_script):
    fields = [{"name": "Key", "rangeURI": "int"}, {"name": "Name"}, {"name": "Age", "rangeURI": "int"}]
    design = {"kind": "IntList", "domainDesign": {"name": "People", "fields": fields}}
    options = {"options": {"keyName": "Key", "keyType": "AutoIncrementInteger"}}
    assert admin_script.post("/home/property-createDomain.api", design | options).status == 200
    rows = {"schemaName": "lists", "queryName": "People", "rows": [{"Name": "Bill", "Age": 34}, {"Name": "Jane"}]}
    answer = admin_script.post("/home/query-insertRows.api", rows)
    assert "transactionAuditId" not in answer.json
    return admin_script


def test_columns_of_a_statement_are_called_as_it_writes_them(people):
    ask = {"schemaName": "lists", "sql": "SELECT People.age FROM People ORDER BY AGE"}
    answer = people.post("/home/query-executeSql.api", ask)
    assert sorted(row["age"] or 0 for row in answer.json["rows"]) == [0, 34]
    assert answer.json["metaData"]["fields"][0]["name"] == answer.json["columnModel"][0]["dataIndex"] == "age"


def test_a_statement_that_cannot_be_parsed_says_so_by_the_class_that_clients_know(people):
    answer = people.post("/home/query-executeSql.api", {"schemaName": "lists", "sql": "Bad Query"})
    assert (answer.status, answer.json["exceptionClass"]) == (500, "org.labkey.api.query.QueryParseException")


def test_version_in_the_body_wins_over_the_url(people):
    ask = {"schemaName": "lists", "query.queryName": "People", "apiVersion": 9.1}
    answer = people.post("/home/query-selectRows.api?apiVersion=8.3", ask)
    assert answer.json["formatVersion"] == 9.1


def test_widths_of_columns_are_those_of_the_original(people):
    answer = people.select("lists", "People")
    assert {each["dataIndex"]: each["width"] for each in answer.json["columnModel"]} == {
        "Key": 60,
        "Name": 200,
        "Age": 60,
    }


def test_get_that_calls_itself_json_hears_in_json_that_there_is_no_such_controller(admin_script):
    headers = {"apikey": admin_script.key, "content-type": "application/json"}
    answer = admin_script.client.request("GET", "/bam/boozled.api", headers)
    text = "No LabKey Server module registered to handle request for controller: bam"
    assert (answer.status, answer.json) == (404, {"success": False, "exception": text})


def test_group_of_the_system_is_member_of_no_group(admin_script):
    group = admin_script.post("/security-createGroup.api", {"name": "Readers of all"}).json["id"]
    for member, text in ((-4, "Can't add a system group to another group"), (group, "Can't add a group to itself")):
        answer = admin_script.post("/security-addGroupMember.api", {"groupId": group, "principalIds": [member]})
        assert (answer.status, answer.json["exception"]) == (400, text)
