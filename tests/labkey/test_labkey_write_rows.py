"""Rows of attached databases are inserted, updated and deleted as the original's clients expect it."""

import json
import sqlite3

import psycopg
import pytest
from tests.site import OPERATOR, Client, issue

PATIENTS = """
CREATE TABLE patients (
    id integer PRIMARY KEY, name varchar(8) NOT NULL UNIQUE, age integer, seen timestamp, weight numeric(20, 10),
    ok boolean, created timestamp, createdby integer, modified timestamp, modifiedby integer
)
"""
COLUMNS = {"id", "name", "age", "seen", "weight", "ok", "created", "createdby", "modified", "modifiedby"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def clinic(request, site, tmp_path):
    """The writable source `clinic` in /home, on either database; returns its rows."""
    from keyhouse.authz import folders

    statements = (PATIENTS, "INSERT INTO patients (id, name, age) VALUES (1, 'Ann', 30), (2, 'Bob', 40)")
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'clinic.db'}"
        with sqlite3.connect(tmp_path / "clinic.db") as database:
            for statement in statements:
                database.execute(statement)
        database.close()
    else:
        url = request.getfixturevalue("postgres_url")
        with psycopg.connect(url, autocommit=True) as database:
            for statement in (*statements, "CREATE SEQUENCE ids START 100"):
                database.execute(statement)
            database.execute("ALTER TABLE patients ALTER COLUMN id SET DEFAULT nextval('ids')")
            database.execute("ALTER SEQUENCE ids OWNED BY patients.id")
    site.sources.add("clinic", url, folders.find("/home"), OPERATOR, is_writable=True)


def send(script, action, rows, **more):
    body = {"schemaName": "clinic", "queryName": "patients", "rows": rows, **more}
    return script.post(f"/home/query-{action}.api", body)


def stored(script, column="name"):
    answer = script.select("clinic", "patients", **{"query.sort": "id", "query.maxRows": "-1"})
    return [row[column] for row in answer.json["rows"]]


def test_inserted_rows_come_back_with_what_the_server_adds(admin_script, clinic, admin):
    rows = [{"NAME": "Eve", "Age": "31", "seen": "2020-01-02T03:04:05.000678"}]
    answer = send(admin_script, "insertRows", rows, auditBehavior="SUMMARY")
    assert answer.status == 200, answer.text
    body = answer.json
    assert {key: body[key] for key in ("schemaName", "queryName", "command", "containerPath", "rowsAffected")} == {
        "schemaName": "clinic",
        "queryName": "patients",
        "command": "insert",
        "containerPath": "/home",
        "rowsAffected": 1,
    }
    row = body["rows"][0]
    assert set(row) == COLUMNS
    assert (row["name"], row["age"], row["seen"], row["createdby"]) == ("Eve", 31, "2020-01-02 03:04:05.000", admin.id)
    assert row["created"] == row["modified"] != None  # noqa: E711
    assert isinstance(row["id"], int)
    assert body["transactionAuditId"] > 0
    assert stored(admin_script) == ["Ann", "Bob", "Eve"]


def test_update_changes_only_the_columns_that_are_sent(admin_script, clinic, admin):
    answer = send(admin_script, "updateRows", [{"ID": 2, "age": "41"}])
    row = answer.json["rows"][0]
    assert (answer.json["command"], row["name"], row["age"], row["modifiedby"]) == ("update", "Bob", 41, admin.id)
    assert row["createdby"] is None


def test_deleted_rows_are_told_as_sent_and_missing_ones_are_passed_over(admin_script, clinic):
    answer = send(admin_script, "deleteRows", [{"Id": "1"}, {"Id": 77}])
    assert (answer.json["rowsAffected"], answer.json["rows"]) == (1, [{"Id": "1"}])
    assert stored(admin_script) == ["Bob"]


def test_rows_can_be_left_out_of_the_answer(admin_script, clinic):
    answer = send(admin_script, "insertRows", [{"name": "Eve"}], skipReselectRows=True, auditBehavior="NONE")
    assert set(answer.json) == {"schemaName", "queryName", "command", "containerPath", "rowsAffected"}
    answer = send(admin_script, "importRows", [{"name": "Fay"}], extraContext={"a": 1})
    assert (answer.json["command"], answer.json["extraContext"], "rows" in answer.json) == (
        "importRows",
        {"a": 1},
        False,
    )


def test_decimals_keep_every_digit_where_the_database_can(admin_script, clinic, request):
    body = b'{"schemaName":"clinic","queryName":"patients","rows":[{"name":"D","weight":1234567890.0123456789}]}'
    headers = {"apikey": admin_script.key, "content-type": "application/json"}
    answer = admin_script.client.post("/home/query-insertRows.api", headers, body=body)
    assert answer.status == 200, answer.text
    is_exact = "postgresql" in request.node.name
    assert ("1234567890.0123456789" in answer.text) == is_exact


def test_wrong_rows_are_told_each_and_none_is_written(admin_script, clinic, events):
    rows = [{"name": "Eve"}, {"name": "Fay", "age": "old"}, {"name": None}, {"name": "far too long"}]
    answer = send(admin_script, "insertRows", rows, extraContext={"x": 1})
    body = answer.json
    assert (answer.status, body["success"], body["errorCount"]) == (400, False, 3)
    assert body["exception"] == "Could not convert value 'old' (String) for Integer field 'age'"
    assert [error["rowNumber"] for error in body["errors"]] == [2, 3, 4]
    assert body["errors"][1]["errors"][0]["msg"] == "Missing value for required property: name"
    assert body["errors"][0]["errors"][0]["field"] == "age"
    assert body["errors"][0]["row"] == rows[1]
    assert "a maximum length of 8 is allowed" in body["errors"][2]["exception"]
    assert body["extraContext"] == {"x": 1}
    assert stored(admin_script) == ["Ann", "Bob"]
    assert events("data changed") == []
    assert send(admin_script, "insertRows", rows, apiVersion=13.2).status == 200
    assert stored(admin_script) == ["Ann", "Bob"]


def test_required_column_that_no_row_has_is_told_once(admin_script, clinic):
    answer = send(admin_script, "insertRows", [{"age": 1}, {"age": 2}])
    assert (answer.status, answer.json["errorCount"]) == (400, 1)
    assert answer.json["exception"] == "Data does not contain required field: name"


def test_duplicate_is_an_error_in_the_words_of_postgresql_and_undoes_all(admin_script, clinic, events):
    answer = send(admin_script, "insertRows", [{"name": "Eve"}, {"name": "Ann"}])
    assert answer.status == 500
    assert answer.json["exception"].startswith("ERROR: duplicate key value violates unique constraint")
    assert stored(admin_script) == ["Ann", "Bob"]
    assert events("data changed") == []


def test_missing_row_and_missing_key_are_told_and_undo_all(admin_script, clinic):
    answer = send(admin_script, "updateRows", [{"id": 1, "age": 5}, {"id": 99, "age": 5}])
    assert (answer.status, answer.json["exception"]) == (404, "The existing row was not found.")
    answer = send(admin_script, "updateRows", [{"age": 5}])
    assert (answer.status, answer.json["exception"]) == (400, "Value for key field 'id' was null or not supplied!")
    answer = send(admin_script, "deleteRows", [{"id": 1}, {"name": "Bob"}])
    assert (answer.status, answer.json["errors"][0]["rowNumber"]) == (400, 2)
    assert stored(admin_script, "age") == [30, 40]


def test_key_can_be_changed_by_old_and_new_values(admin_script, clinic):
    row = {"oldKeys": {"id": 2}, "values": {"id": 20, "name": "Rob"}}
    command = {"command": "updateChangingKeys", "schemaName": "clinic", "queryName": "patients", "rows": [row]}
    answer = admin_script.post("/home/query-saveRows.api", {"commands": [command]})
    assert answer.status == 200, answer.text
    told = answer.json["result"][0]["rows"][0]
    assert (told["oldKeys"], told["values"]["name"]) == ({"id": 2}, "Rob")


def save(script, commands, **more):
    names = {"schemaName": "clinic", "queryName": "patients"}
    return script.post("/home/query-saveRows.api", {"commands": [{**names, **each} for each in commands], **more})


INSERT = {"command": "insert", "rows": [{"name": "Eve"}]}
WRONG = {"command": "insert", "rows": [{"name": "Fay", "age": "x"}]}
DELETE = {"command": "delete", "rows": [{"id": 1}]}


def test_commands_are_saved_together(admin_script, clinic, events):
    update = {"command": "UPDATE", "rows": [{"id": 2, "age": 1}]}
    answer = save(admin_script, [{**each, "auditBehavior": "SUMMARY"} for each in (INSERT, update, DELETE)])
    body = answer.json
    assert (body["committed"], body["errorCount"]) == (True, 0)
    assert [result["command"] for result in body["result"]] == ["insert", "update", "delete"]
    assert len({result["transactionAuditId"] for result in body["result"]}) == 1
    assert stored(admin_script) == ["Bob", "Eve"]
    first, *others = events("data changed")
    assert {event.details["transaction"] for event in others} == {first.sequence}


def test_one_wrong_command_undoes_all_in_both_shapes(admin_script, clinic):
    answer = save(admin_script, [INSERT, WRONG])
    assert (answer.status, answer.json["errors"][0]["rowNumber"]) == (400, 1)
    answer = save(admin_script, [INSERT, WRONG], apiVersion=13.2)
    assert (answer.status, answer.json["committed"], answer.json["errorCount"]) == (200, False, 1)
    assert "Could not convert value 'x'" in answer.json["result"][1]["errors"]["exception"]
    assert "rows" not in answer.json["result"][0]
    assert stored(admin_script) == ["Ann", "Bob"]


def test_commands_that_are_not_transacted_stand_alone(admin_script, clinic):
    answer = save(admin_script, [INSERT, WRONG, DELETE], transacted=False, apiVersion=13.2)
    assert (answer.status, answer.json["errorCount"]) == (200, 1)
    assert stored(admin_script) == ["Bob", "Eve"]


def test_command_that_fails_alone_leaves_those_before_it_and_stops_those_after_it(admin_script, clinic):
    answer = save(admin_script, [INSERT, {**INSERT, "schemaName": "nope"}, DELETE], transacted=False)
    assert (answer.status, answer.json["exception"]) == (500, "The schema 'nope' does not exist.")
    assert stored(admin_script) == ["Ann", "Bob", "Eve"]
    assert save(admin_script, [DELETE, {**INSERT, "schemaName": "nope"}]).status == 500
    assert stored(admin_script) == ["Ann", "Bob", "Eve"]


def test_validation_alone_writes_nothing(admin_script, clinic, events):
    answer = save(admin_script, [INSERT, DELETE], validateOnly=True)
    assert (answer.json["committed"], answer.json["errorCount"]) == (False, 0)
    assert stored(admin_script) == ["Ann", "Bob"]
    assert events("data changed") == []


def test_two_databases_are_never_one_transaction(admin_script, clinic, site, tmp_path):
    from keyhouse.authz import folders

    sqlite3.connect(tmp_path / "o.db").executescript("CREATE TABLE t (id integer PRIMARY KEY)").close()
    site.sources.add("other", f"sqlite:///{tmp_path / 'o.db'}", folders.find("/home"), OPERATOR, is_writable=True)
    other = {"command": "insert", "schemaName": "other", "queryName": "t", "rows": [{"id": 1}]}
    answer = save(admin_script, [INSERT, other])
    assert (answer.status, answer.json["exception"]) == (400, "All queries must be from the same source database")
    assert save(admin_script, [INSERT, other], transacted=False).json["committed"]


def test_empty_requests_are_told_as_the_original_does(admin_script, clinic):
    assert save(admin_script, []).status == 404
    for rows in ([], None, "x", {}):
        answer = send(admin_script, "insertRows", rows)
        assert (answer.status, answer.json["exception"]) == (400, "No 'rows' array supplied.")
    assert send(admin_script, "insertRows", [1]).status == 400
    unknown = admin_script.post("/home/query-insertRows.api", {"schemaName": "x", "queryName": "y", "rows": [{}]})
    assert (unknown.status, unknown.json["exception"]) == (500, "The schema 'x' does not exist.")
    unknown = admin_script.post("/home/query-insertRows.api", {"schemaName": "clinic", "queryName": "y", "rows": [{}]})
    assert (unknown.status, unknown.json["exception"]) == (500, "The query 'y' in the schema 'clinic' does not exist.")


def test_only_who_may_write_writes(script, clinic, site, front, events):
    for action in ("insertRows", "updateRows", "deleteRows", "importRows"):
        assert send(script, action, [{"id": 1, "name": "x"}]).status == 403
    assert save(script, [INSERT]).status == 403
    assert script.post("/home/query-truncateTable.api", {"schemaName": "clinic", "queryName": "patients"}).status == 403
    guest = Client(front, keeps_cookies=False)
    assert guest.post("/home/query-insertRows.api", json={}).status == 401
    assert len(events("access refused")) == 6
    assert stored(script) == ["Ann", "Bob"]


def test_each_permission_is_asked_for_its_own_command(site, front, analyst, clinic):
    from tests.labkey.conftest import Script

    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    script = Script(Client(front, keeps_cookies=False), issue(site, analyst))
    site.assignments.assign(Role.AUTHOR, analyst, analyst.email, folders.find("/home"), OPERATOR)
    assert send(script, "insertRows", [{"name": "Eve"}]).status == 200
    assert send(script, "updateRows", [{"id": 1, "age": 1}]).status == 403
    assert send(script, "deleteRows", [{"id": 1}]).status == 403


def test_read_only_source_and_the_servers_own_lists_are_not_updatable(admin_script, pbc):
    for schema, query in (("pbc", "patients"), ("core", "Users")):
        rows = [{"id": 1}]
        answer = admin_script.post(
            "/home/query-insertRows.api", {"schemaName": schema, "queryName": query, "rows": rows}
        )
        assert answer.status == 500
        assert "is not updatable via the HTTP-based APIs." in answer.json["exception"]


def test_table_is_emptied_by_administrators(admin_script, clinic, events):
    answer = admin_script.post("/home/query-truncateTable.api", {"schemaName": "clinic", "queryName": "patients"})
    assert answer.json == {"success": True, "schemaName": "clinic", "queryName": "patients", "deletedRows": 2}
    assert stored(admin_script) == []
    assert events("data changed")[0].details["rows"] == 2


def test_emptying_a_table_is_audited_as_the_client_asks(admin_script, clinic, events):
    asked = {
        "auditBehavior": "DETAILED",
        "auditDetails": {"product": "Bench", "Nobody": "x"},
        "auditUserComment": "all",
    }
    names = {"schemaName": "clinic", "queryName": "patients"}
    answer = admin_script.post("/home/query-truncateTable.api", {**names, **asked})
    [event] = events("data changed")
    assert answer.json["transactionAuditId"] == event.sequence
    assert event.details["clientDetails"] == {"Product": "Bench"}
    assert event.details["userComment"] == "all"


@pytest.mark.parametrize(
    ("action", "how"),
    [("truncateTable", {}), ("insertRows", {"rows": [{"text": "b"}]}), ("import", {"text": "text\nb"})],
)
def test_table_without_a_key_is_not_changed(admin_script, site, tmp_path, action, how):
    from keyhouse.authz import folders

    with sqlite3.connect(tmp_path / "notes.db") as database:
        database.execute("CREATE TABLE notes (text varchar(8))")
        database.execute("INSERT INTO notes VALUES ('a')")
    database.close()
    site.sources.add("loose", f"sqlite:///{tmp_path / 'notes.db'}", folders.find("/home"), OPERATOR, is_writable=True)
    answer = admin_script.post(f"/home/query-{action}.api", {"schemaName": "loose", "queryName": "notes", **how})
    assert answer.status == 500, answer.text
    assert answer.json["exception"].startswith(
        "The table 'loose.notes' cannot be updated because it has no primary key"
    )
    assert admin_script.select("loose", "notes").json["rowCount"] == 1


def test_log_names_columns_and_rows_and_no_value(admin_script, clinic, events):
    send(admin_script, "insertRows", [{"name": "Secret"}], auditBehavior="DETAILED", auditUserComment="by hand")
    send(admin_script, "updateRows", [{"id": 1, "age": 30, "name": "Hidden"}], auditBehavior="DETAILED")
    inserted, updated = events("data changed")
    assert inserted.details["userComment"] == "by hand"
    assert inserted.details["columns"] == ["name"]
    assert updated.details["changes"] == [{"key": "1", "columns": ["name"]}]
    assert "Secret" not in json.dumps(inserted.details) and "Hidden" not in json.dumps(updated.details)


def test_change_whose_trace_cannot_be_written_is_undone(admin_script, clinic, site, monkeypatch):
    from django.db import DatabaseError

    from keyhouse.audit import Kind

    record = site.recorder.record

    def broken(event):
        if event.kind is Kind.DATA_CHANGED:
            raise DatabaseError("disk full")
        return record(event)

    monkeypatch.setattr(site.recorder, "record", broken)
    assert send(admin_script, "insertRows", [{"name": "Eve"}]).status == 500
    monkeypatch.undo()
    assert stored(admin_script) == ["Ann", "Bob"]


def test_commit_that_fails_is_told_in_the_log(admin_script, site, events, tmp_path):
    from keyhouse.authz import folders

    sqlite3.connect(tmp_path / "d.db").executescript(
        "CREATE TABLE p (id integer PRIMARY KEY);"
        "CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED)"
    ).close()
    site.sources.add("late", f"sqlite:///{tmp_path / 'd.db'}", folders.find("/home"), OPERATOR, is_writable=True)
    body = {"schemaName": "late", "queryName": "c", "rows": [{"p": 5}]}
    answer = admin_script.post("/home/query-insertRows.api", body)
    assert answer.status == 500
    told, undone = events("data changed")
    assert (told.outcome, undone.outcome, undone.details["transaction"]) == ("ok", "failed", told.sequence)
