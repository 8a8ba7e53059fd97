"""Attack: set a column above one's PHI level, read it back, or learn it from what a change answers or refuses."""

import sqlite3

import pytest

from tests.attacks.phi_lab import HIDDEN, ROWS, SECRETS, Keyed, PhiLab, is_silent

PATIENTS = {"schemaName": "trial", "queryName": "patients"}


def stored(lab: PhiLab) -> list[tuple]:
    """Return the rows of patients as the database has them."""
    with sqlite3.connect(lab.path) as connection:
        rows = connection.execute("SELECT * FROM patients ORDER BY id").fetchall()
    connection.close()
    return rows


def post(client: Keyed, action: str, **sent):
    return client.post(f"/home/query-{action}.api", json={**PATIENTS, **sent})


def test_a_guarded_column_is_neither_set_nor_told_by_an_update(phi_lab: PhiLab) -> None:
    sent = {"id": 1, "city": "Paris", "ssn": "mine", "dose": 0, "Ward": 9}
    answer = post(phi_lab.clerk, "updateRows", rows=[sent], auditBehavior="DETAILED")
    assert answer.status == 200 and is_silent(answer)
    assert {answer.json["rows"][0].get(name) for name in HIDDEN} == {None}
    assert stored(phi_lab)[0] == (1, "Ada", "Paris", *ROWS[0][3:])


def test_a_guarded_column_is_neither_set_nor_told_by_an_insert(phi_lab: PhiLab) -> None:
    answer = post(phi_lab.clerk, "insertRows", rows=[{"id": 9, "name": "Eve", "ssn": "mine", "dose": 1}])
    assert answer.status == 200 and is_silent(answer) and "mine" not in answer.text
    assert stored(phi_lab)[-1][1:] == ("Eve", None, None, None, None, None, None)


@pytest.mark.parametrize("command", ["insert", "update", "updateChangingKeys", "delete"])
def test_no_command_of_several_tells_or_sets_a_guarded_column(phi_lab: PhiLab, command: str) -> None:
    row = {"id": 1 if command != "insert" else 9, "name": "Eve", "ssn": "mine"}
    rows = [{"values": row, "oldKeys": {"id": 1}} if command == "updateChangingKeys" else row]
    told = {**PATIENTS, "command": command, "rows": rows}
    phi_lab.replace_rows(ROWS)
    with sqlite3.connect(phi_lab.path) as connection:
        connection.execute("DELETE FROM visits")
    connection.close()
    answer = phi_lab.clerk.post("/home/query-saveRows.api", json={"commands": [told]})
    assert answer.status == 200 and is_silent(answer)
    assert "mine" not in {row[3] for row in stored(phi_lab)}


@pytest.mark.parametrize("option", ["INSERT", "MERGE", "REPLACE", "UPDATE"])
def test_an_import_neither_sets_nor_empties_a_guarded_column(phi_lab: PhiLab, option: str) -> None:
    number = "9" if option == "INSERT" else "1"
    form = {**PATIENTS, "insertOption": option, "text": f"id\tname\tcity\tssn\tdose\n{number}\tAda\tRome\tmine\t3\n"}
    answer = phi_lab.clerk.post("/home/query-import.api", form=form)
    assert answer.status == 200 and answer.json["success"] and is_silent(answer), answer.text
    rows = stored(phi_lab)
    assert "mine" not in {row[3] for row in rows}
    if option != "INSERT":
        assert rows[0] == (1, "Ada", "Rome", *ROWS[0][3:])


def test_a_table_whose_key_is_guarded_cannot_be_written(phi_lab: PhiLab) -> None:
    vault = {"schemaName": "trial", "queryName": "vault"}
    for action, row in {
        "insertRows": {"code": "x", "label": "y"},
        "updateRows": {"code": SECRETS[0], "label": "y"},
        "deleteRows": {"code": SECRETS[0]},
    }.items():
        known, unknown = (
            phi_lab.clerk.post(f"/home/query-{action}.api", json={**vault, "rows": [{**row, "code": code}]})
            for code in (SECRETS[0], "not there")
        )
        assert known.status != 200 and known.body == unknown.body and is_silent(known)


@pytest.mark.parametrize(
    ("action", "rows"),
    [
        ("insertRows", [{"id": 1, "name": "Eve"}]),
        ("insertRows", [{"id": 9}]),
        ("updateRows", [{"id": 1, "name": None}]),
        ("updateRows", [{"id": 77, "name": "Eve"}]),
        ("deleteRows", [{"id": 1}]),
        ("updateRows", [{"ssn": SECRETS[0], "name": "Eve"}]),
        ("deleteRows", [{"ssn": SECRETS[0]}]),
    ],
)
def test_no_refusal_tells_of_a_guarded_column(phi_lab: PhiLab, action: str, rows: list) -> None:
    answer = post(phi_lab.clerk, action, rows=rows)
    whole = answer.text.replace(SECRETS[0], "") if "ssn" in rows[0] else answer.text
    assert not any(secret in whole for secret in SECRETS)
    if not phi_lab.is_blank and "ssn" not in rows[0]:
        assert not any(name in answer.text for name in ("ssn", "is_carrier", "dose"))


def test_no_title_of_a_row_that_is_guarded_stands_for_its_key(phi_lab: PhiLab) -> None:
    text = "id\tname\tward\n9\tEve\tNightingale\n"
    form = {**PATIENTS, "importLookupByAlternateKey": "true", "text": text}
    answer = phi_lab.clerk.post("/home/query-import.api", form=form)
    assert answer.json["success"] and stored(phi_lab)[-1][7] is None


def test_no_other_column_stands_in_for_a_guarded_one_that_is_pointed_to(phi_lab: PhiLab) -> None:
    phi_lab.replace_rows([(*ROWS[0][:3], "1", *ROWS[0][4:])])
    form = {"schemaName": "trial", "queryName": "stays", "importLookupByAlternateKey": "true"}
    answer = phi_lab.clerk.post("/home/query-import.api", form={**form, "text": "id\tpatient\n1\tAda\n"})
    assert not answer.json["success"], "the number of a patient was taken for what is pointed to"


def test_rows_of_a_list_are_written_without_their_guarded_field(phi_lab: PhiLab) -> None:
    notes = {"schemaName": "lists", "queryName": "Notes"}
    key = phi_lab.doctor.values(phi_lab.doctor.rows("Notes", "lists"))[0]["Key"]
    sent = {**notes, "rows": [{"Key": key, "Name": "changed", "Diagnosis": "mine"}], "auditBehavior": "DETAILED"}
    answer = phi_lab.clerk.post("/home/query-updateRows.api", json=sent)
    assert answer.status == 200 and is_silent(answer) and "mine" not in answer.text
    row = phi_lab.doctor.values(phi_lab.doctor.rows("Notes", "lists"))[0]
    assert (row["Name"], row["Diagnosis"]) == ("changed", SECRETS[0])


def test_the_audit_log_has_no_guarded_value(phi_lab: PhiLab) -> None:
    from keyhouse.audit.models import AuditEvent

    post(phi_lab.clerk, "updateRows", rows=[{"id": 1, "city": "Paris", "ssn": "mine"}], auditBehavior="DETAILED")
    phi_lab.clerk.rows(**{"query.ssn~eq": SECRETS[0]})
    told = repr(list(AuditEvent.objects.values_list("comment", "details")))
    assert not any(secret in told for secret in SECRETS)
