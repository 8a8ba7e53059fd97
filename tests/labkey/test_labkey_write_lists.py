"""Rows of lists: what the Python client's and the original's own suites expect of them, and moving between folders."""

import re

import pytest
from tests.site import OPERATOR, Client, issue

FIELDS = [
    {"name": "name", "rangeURI": "string", "required": True},
    {"name": "parent", "rangeURI": "int", "lookupSchema": "lists", "lookupQuery": "parents"},
    {"name": "seen", "rangeURI": "dateTime"},
    {"name": "ok", "rangeURI": "boolean"},
    {"name": "weight", "rangeURI": "double"},
]


def make(script, name, fields, folder="/home", key="rowId", key_type="AutoIncrementInteger", kind="IntList"):
    key_field = {"name": key, "rangeURI": "string" if kind == "VarList" else "int"}
    design = {"name": name, "fields": [key_field, *fields]}
    body = {"kind": kind, "domainDesign": design, "options": {"keyName": key, "keyType": key_type}}
    answer = script.post(f"{folder}/property-createDomain.api", body)
    assert answer.status == 200, answer.text


@pytest.fixture
def lists(admin_script):
    """The lists `parents` and `children` in /home, empty."""
    make(admin_script, "parents", FIELDS[:1])
    make(admin_script, "children", FIELDS)


def send(script, action, rows, query="children", folder="/home", **more):
    return script.post(
        f"{folder}/query-{action}.api", {"schemaName": "lists", "queryName": query, "rows": rows, **more}
    )


def names(script, folder="/home", query="children"):
    answer = script.select("lists", query, folder, **{"query.maxRows": "-1"})
    return sorted(row["name"] for row in answer.json["rows"])


def test_inserted_row_has_what_a_list_adds(admin_script, lists, admin):
    row = {"NAME": "a", "seen": "2020-01-02", "ok": "TRUE", "weight": "NA", "Unknown": 1}
    stored = send(admin_script, "insertRows", [row]).json["rows"][0]
    assert (stored["name"], stored["seen"], stored["ok"], stored["weight"]) == (
        "a",
        "2020-01-02 00:00:00.000",
        True,
        None,
    )
    assert stored["rowId"] == 1
    assert re.fullmatch(r"[0-9a-f-]{36}", stored["EntityId"])
    assert (stored["CreatedBy"], stored["ModifiedBy"]) == (admin.id, admin.id)
    assert stored["Created"] == stored["Modified"]


def test_rows_of_another_folder_are_out_of_reach(admin_script, lists, site):
    site.folders.add("/home/sub", OPERATOR)
    row = send(admin_script, "insertRows", [{"name": "a"}]).json["rows"][0]
    answer = send(admin_script, "updateRows", [{"rowId": row["rowId"], "name": "b"}], folder="/home/sub")
    assert (answer.status, answer.json["exception"]) == (404, "The existing row was not found.")
    assert send(admin_script, "deleteRows", [{"rowId": row["rowId"]}], folder="/home/sub").json["rowsAffected"] == 0
    emptied = admin_script.post("/home/sub/query-truncateTable.api", {"schemaName": "lists", "queryName": "children"})
    assert emptied.json["deletedRows"] == 0
    assert names(admin_script) == ["a"]


def test_command_may_name_its_folder(admin_script, lists, site):
    site.folders.add("/home/sub", OPERATOR)
    command = {"command": "insert", "schemaName": "lists", "queryName": "children", "rows": [{"name": "a"}]}
    commands = [command, {**command, "containerPath": "/home/sub"}]
    body = admin_script.post("/home/query-saveRows.api", {"commands": commands}).json
    assert [result["containerPath"] for result in body["result"]] == ["/home", "/home/sub"]
    assert (names(admin_script), names(admin_script, "/home/sub")) == (["a"], ["a"])


def test_children_are_imported_by_the_names_of_their_parents(admin_script, lists):
    def load(query, text, **more):
        fields = {"schemaName": "lists", "queryName": query, "text": text, "format": "csv", **more}
        return admin_script.client.post("/home/query-import.api", {"apikey": admin_script.key}, form=fields).json

    assert load("parents", "name\nparent_one\nparent_two\n")["rowCount"] == 2
    children = "name,parent\nchild_one,parent_one\nchild_two,parent_two\n"
    refused = load("children", children)
    assert (refused["success"], refused["errorCount"]) == (False, 1)
    assert (
        refused["errors"][0]["exception"] == "Could not convert value 'parent_one' (String) for Integer field 'parent'"
    )
    loaded = load("children", children, importLookupByAlternateKey="True")
    assert (loaded["success"], loaded["rowCount"]) == (True, 2)


def test_key_that_people_choose_is_kept_and_can_be_merged(admin_script):
    make(admin_script, "colours", FIELDS[:1], key="Colour", key_type="Varchar", kind="VarList")
    row = send(admin_script, "insertRows", [{"Colour": "Red", "name": "warm"}], "colours").json["rows"][0]
    assert row["Colour"] == "Red"
    assert send(admin_script, "insertRows", [{"Colour": "Red", "name": "x"}], "colours").status == 500
    answer = send(admin_script, "insertRows", [{"name": "x"}], "colours")
    assert answer.json["exception"] == "Data does not contain required field: Colour"
    fields = {
        "schemaName": "lists",
        "queryName": "colours",
        "insertOption": "MERGE",
        "text": "Colour\tname\nRed\thot\n",
    }
    admin_script.client.post("/home/query-import.api", {"apikey": admin_script.key}, form=fields)
    assert names(admin_script, query="colours") == ["hot"]


BOUND = [
    {"name": "code", "label": "Code of the lab", "propertyValidators": [
        {"type": "RegEx", "name": "code", "expression": "[A-Z]{2}-\\d+", "errorMessage": "Codes are such as AB-12."},
        {"type": "RegEx", "name": "no", "expression": "XX.*", "properties": {"failOnMatch": "true"}},
    ]},
    {"name": "age", "rangeURI": "int", "propertyValidators": [
        {"typeURI": "urn:lsid:labkey.com:PropertyValidator:range", "name": "age", "expression": "~gte=0&~lt=150"},
    ]},
]  # fmt: skip
CODE = "Value 'ab' for field 'Code of the lab' is invalid. Codes are such as AB-12."


def test_values_keep_to_the_validators_of_their_fields(admin_script):
    make(admin_script, "bound", BOUND)
    sent = [{"code": "AB-1", "age": 149}, {"code": "ab", "age": 150}, {"code": "XX-1"}, {"code": None, "age": ""}]
    answer = send(admin_script, "insertRows", sent, "bound")
    assert answer.status == 400
    first, second = answer.json["errors"]
    assert (first["rowNumber"], [each["msg"] for each in first["errors"]]) == (
        2,
        [CODE, "Value '150' for field 'age' is invalid."],
    )
    assert (second["rowNumber"], second["exception"]) == (3, "Value 'XX-1' for field 'Code of the lab' is invalid.")
    assert send(admin_script, "insertRows", [sent[0], sent[3]], "bound").status == 200
    answer = send(admin_script, "updateRows", [{"rowId": 1, "age": -1}], "bound")
    assert (answer.status, answer.json["exception"]) == (400, "Value '-1' for field 'age' is invalid.")
    text = {"schemaName": "lists", "queryName": "bound", "format": "csv", "text": "code,age\nAB-2,3\nab,4"}
    answer = admin_script.post("/home/query-import.api", text)
    assert (answer.status, answer.json["success"]) == (200, False)
    assert answer.json["rowErrors"] == [{"rowNumber": 2, "exception": CODE}]
    assert admin_script.select("lists", "bound").json["rowCount"] == 2


def test_row_whose_key_breaks_a_later_validator_can_still_be_deleted(admin_script):
    from keyhouse.lists.models import ListField

    make(admin_script, "keyed", [{"name": "n"}], key="Id", key_type="Varchar", kind="VarList")
    send(admin_script, "insertRows", [{"Id": "old"}], "keyed")
    key = ListField.objects.get(is_key=True)
    key.properties["propertyValidators"] = [{"type": "RegEx", "name": "d", "expression": "\\d+"}]
    key.save()
    assert send(admin_script, "insertRows", [{"Id": "new"}], "keyed").status == 400
    assert send(admin_script, "deleteRows", [{"Id": "old"}], "keyed").json["rowsAffected"] == 1


def test_validator_that_nobody_can_follow_is_refused_with_its_design(admin_script):
    bad = [{"name": "a", "propertyValidators": [{"type": "RegEx", "name": "r", "expression": "("}]}]
    body = {"kind": "IntList", "domainDesign": {"name": "bad", "fields": [{"name": "k", "rangeURI": "int"}, *bad]}}
    answer = admin_script.post(
        "/home/property-createDomain.api", {**body, "options": {"keyName": "k", "keyType": "Integer"}}
    )
    assert answer.status == 400
    assert answer.json["exception"].startswith("The regular expression validator: 'r' has a syntax error : ")


def test_list_whose_validator_was_kept_unread_says_so_when_rows_are_written(admin_script):
    from keyhouse.lists.models import ListField

    make(admin_script, "bound", BOUND)
    field = ListField.objects.get(name="code")
    field.properties["propertyValidators"][0]["expression"] = "("
    field.save()
    answer = send(admin_script, "insertRows", [{"age": 1}], "bound")
    assert answer.status == 400
    assert "has a syntax error" in answer.json["exception"] and "designs this list" in answer.json["exception"]


def test_log_names_the_rows_of_lists_by_their_numbers(admin_script, lists, events):
    send(admin_script, "insertRows", [{"name": "secret"}], auditBehavior="DETAILED")
    details = events("data changed")[0].details
    assert details["changes"] == [{"key": "1", "columns": ["name"]}]
    assert "secret" not in str(details)


@pytest.fixture
def project(site, admin_script):
    """The project /p with folders a and b, and the list `children` in it with rows in /p and /p/a."""
    for path in ("/p", "/p/a", "/p/b"):
        site.folders.add(path, OPERATOR)
    make(admin_script, "children", FIELDS, "/p")
    send(admin_script, "insertRows", [{"name": "x"}, {"name": "y"}], folder="/p")
    send(admin_script, "insertRows", [{"name": "z"}], folder="/p/a")


def move(script, rows, target, folder="/p", **more):
    return send(script, "moveRows", rows, folder=folder, targetContainerPath=target, **more)


def test_rows_are_moved_and_both_folders_are_told(admin_script, project, events):
    body = move(admin_script, [{"rowId": 1}, {"rowId": 3}], "/p/b", auditBehavior="SUMMARY").json
    assert (body["success"], body["containerPath"], body["rowsAffected"]) == (True, "/p/b", 2)
    assert set(body["updateCounts"]) == {
        *("fileAttachmentsMoved", "listAuditEventsCreated", "listAuditEventsMoved", "listRecords"),
        "queryAuditEventsMoved",
    }
    assert body["updateCounts"]["listRecords"] == 2
    assert body["transactionAuditId"] > 0
    assert (names(admin_script, "/p"), names(admin_script, "/p/a"), names(admin_script, "/p/b")) == (
        ["y"],
        [],
        ["x", "z"],
    )
    told = {(event.folder, event.comment) for event in events("data changed")[-4:]}
    assert ("/p", "Moved 1 rows to /p/b") in told
    assert ("/p/b", "Moved 1 rows from /p/a") in told
    again = move(admin_script, [{"rowId": 1}], "/p/b").json
    assert (again["rowsAffected"], again["updateCounts"]["listRecords"]) == (0, 0)
    assert "transactionAuditId" not in move(admin_script, [{"rowId": 2}], "/p/b", auditBehavior="NONE").json


@pytest.mark.parametrize(
    ("rows", "target", "text"),
    [
        ([], "/p/b", "No 'rows' array supplied."),
        ([{"wrong": 1}], "/p/b", "Key field value required for moving list rows."),
        ([{"rowId": "x"}], "/p/b", "Could not convert value 'x' (String) for Integer field 'rowId'"),
        ([{"rowId": 1}], None, "A target container must be specified for the move operation."),
        ([{"rowId": 1}], "BOGUS", "The target container was not found: BOGUS."),
        ([{"rowId": 1}], "/Shared", "Invalid target container for the move operation: /Shared."),
    ],
)
def test_what_cannot_be_moved_is_told_in_the_words_of_the_original(admin_script, project, rows, target, text):
    answer = move(admin_script, rows, target)
    assert (answer.status, answer.json["exception"]) == (400, text)


def test_list_of_a_folder_goes_nowhere_else(admin_script, project):
    make(admin_script, "local", FIELDS[:1], "/p/a")
    row = send(admin_script, "insertRows", [{"name": "q"}], "local", "/p/a").json["rows"][0]
    answer = send(admin_script, "moveRows", [row], "local", "/p/a", targetContainerPath="/p")
    assert answer.json["exception"] == "List 'local' is not accessible from folder /p."


def test_moving_needs_permission_in_both_folders(site, front, analyst, admin_script, project):
    from tests.labkey.conftest import Script

    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    def grant(role, path):
        site.assignments.assign(role, analyst, analyst.email, folders.find(path), OPERATOR)

    script = Script(Client(front, keeps_cookies=False), issue(site, analyst))
    grant(Role.READER, "/p")
    refused = "You do not have permission to move rows from 'children' to the target container: /p/b."
    assert move(script, [{"rowId": 1}], "/p/b").json["exception"] == refused
    grant(Role.EDITOR, "/p/b")
    answer = move(script, [{"rowId": 1}], "/p/b")
    assert (answer.status, answer.json["exception"]) == (
        403,
        "User does not have permission to perform this operation.",
    )
    # A row of a third folder cannot be pulled out of it through a folder that one may write.
    answer = move(script, [{"rowId": 3}], "/p/b", folder="/p/b")
    assert answer.status == 403
    assert names(admin_script, "/p/a") == ["z"]
