"""The log names the participants whose rows an answer has: exactly those, and before they leave."""

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.site import OPERATOR, set_site

from keyhouse.core.phi import PhiLevel


@pytest.fixture
def marked(site, pbc):
    from keyhouse.authz import folders

    site.table_marks.set_table(folders.find("/home"), "pbc", "patients", {}, "patient_id", OPERATOR)
    return pbc


def named(place="pbc.patients"):
    """Return whom the log names, and the events that do, in their order."""
    from keyhouse.audit.models import AuditEvent

    events = [event for event in AuditEvent.objects.order_by("sequence") if "participants" in event.details]
    return {each for event in events for each in event.details["participants"].get(place, [])}, events


def test_answer_names_its_participants_though_their_column_was_not_asked_for(script, marked):
    answer = script.select(
        "pbc", "patients", **{"query.columns": "age", "query.maxRows": 5, "query.sort": "patient_id"}
    )
    assert all(set(row) == {"age"} for row in answer.json["rows"])
    whose, [event] = named()
    assert whose == {"1", "2", "3", "4", "5"}
    assert (event.kind, event.details["rows"], event.details["columns"]) == ("data read", 5, ["age"])


def test_participants_are_named_though_the_reader_may_not_see_their_column(script, site, marked):
    from keyhouse.authz import folders

    home = folders.find("/home")
    site.table_marks.set_table(home, "pbc", "patients", {"patient_id": PhiLevel.RESTRICTED}, "patient_id", OPERATOR)
    from keyhouse.declarations.models import FolderDemand

    FolderDemand.objects.create(folder=home, requires_phi_roles=True)
    answer = script.select("pbc", "patients", **{"query.maxRows": 3})
    assert "patient_id" not in answer.json["rows"][0]
    assert len(named()[0]) == 3


def test_stream_names_participants_before_their_batch_leaves(script, marked):
    from tests.labkey.test_labkey_streams import begin

    _status, pieces = begin(script, **{"schemaName": "pbc", "query.queryName": "patients"})
    received = b""
    for piece in pieces:
        received += piece
        whole = json.loads(received if received.endswith(b"}") and b'"rowCount":' in received else received + b"]}")
        assert {str(row["patient_id"]) for row in whole["rows"]} <= named()[0]
    assert {str(row["patient_id"]) for row in whole["rows"]} == named()[0]
    events = named()[1]
    assert {event.kind for event in events} == {"participants served"}
    assert len(events) > 1
    assert len({event.details["answer"] for event in events}) == 1


def test_export_names_its_participants_and_has_no_column_of_them(script, marked):
    answer = script.get(
        "/home/query-exportRowsTsv.view", schemaName="pbc", **{"query.queryName": "patients", "query.columns": "age"}
    )
    rows = list(csv.reader(io.StringIO(answer.text), delimiter="\t"))
    assert {len(row) for row in rows} == {1}
    assert len(named()[0]) == len(rows) - 1


@pytest.mark.parametrize("how", ["sql", "distinct", "none"])
def test_tables_whose_participants_cannot_be_told_are_named(script, marked, events, how):
    if how == "sql":
        script.post("/home/query-executeSql.api", {"schemaName": "pbc", "sql": "SELECT count(*) AS n FROM patients"})
    elif how == "distinct":
        script.get(
            "/home/query-selectDistinct.api",
            schemaName="pbc",
            **{"query.queryName": "patients", "query.columns": "sex"},
        )
    else:
        script.select("pbc", "patients", **{"query.maxRows": 0})
    [event] = events("data read")
    assert event.details["participantsNotTold"] == ["pbc.patients"]
    assert "participants" not in event.details


def test_digests_name_nobody_and_are_found_by_id(script, site, marked):
    set_site(site, participantsInLog="digests")
    script.select("pbc", "patients", **{"query.patient_id~eq": "7", "query.maxRows": 10})
    [digest] = named()[0]
    assert digest.startswith("hmac:")
    assert digest in site.participants.searched("7")
    assert digest not in site.participants.searched("8")


def test_index_has_what_the_log_has_and_is_written_with_it(script, marked):
    from keyhouse.audit.models import AuditParticipant

    script.select("pbc", "patients", **{"query.maxRows": 4, "query.sort": "patient_id"})
    [event] = named()[1]
    entries = set(AuditParticipant.objects.values_list("sequence", "participant", "place", "person_id"))
    assert entries == {(event.sequence, each, "pbc.patients", event.user_id) for each in "1234"}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.integers(0, 400),
    most=st.sampled_from([1, 3, 120, 2000, -1]),
    sort=st.sampled_from(["patient_id", "-age", "sex,age"]),
    sex=st.sampled_from(["", "male", "female"]),
    columns=st.sampled_from(["age", "sex,patient_id", "*"]),
)
def test_log_names_exactly_the_participants_of_the_answer(script, marked, first, most, sort, sex, columns):
    from keyhouse.audit.models import AuditEvent

    before = AuditEvent.objects.count()
    asked = {"query.offset": first, "query.maxRows": most, "query.sort": sort, "query.sex~eq": sex}
    asked = {name: value for name, value in asked.items() if value != ""}
    plain = script.select("pbc", "patients", **asked, **{"query.columns": f"patient_id,{columns}"})
    whose = {str(row["patient_id"]) for row in plain.json["rows"]}
    events = AuditEvent.objects.filter(sequence__gt=before)
    assert {each for e in events for each in e.details.get("participants", {}).get("pbc.patients", [])} == whose
    before = AuditEvent.objects.count()
    script.select("pbc", "patients", **asked, **{"query.columns": columns})
    events = AuditEvent.objects.filter(sequence__gt=before)
    assert {each for e in events for each in e.details.get("participants", {}).get("pbc.patients", [])} == whose


def test_lookup_tells_the_participants_of_the_table_that_it_leads_to(script, marked):
    answer = script.select("pbc", "visits", **{"query.columns": "day,patient_id/age", "query.maxRows": 20})
    assert answer.status == 200, answer.text
    plain = script.select("pbc", "visits", **{"query.columns": "patient_id", "query.maxRows": 20})
    whose, [first, *_others] = named()
    assert whose == {str(row["patient_id"]) for row in plain.json["rows"]}
    assert first.details["columns"] == ["day", "patient_id/age"]


def test_participants_of_a_list_are_named(site, script, analyst, events):
    from keyhouse.authz import folders

    home = folders.find("/home")
    fields = [{"name": "Who", "rangeURI": "string"}, {"name": "Weight", "rangeURI": "double"}]
    from keyhouse.core.permissions import Role

    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, analyst, "", home, OPERATOR)
    design = {"name": "Notes", "fields": fields}
    made = script.post(
        "/home/property-createDomain.api",
        {"kind": "IntList", "domainDesign": design, "options": {"keyName": "Key", "keyType": "AutoIncrementInteger"}},
    )
    assert made.status == 200, made.text
    rows = [{"Who": "P1", "Weight": 1}, {"Who": "P2", "Weight": 2}]
    script.post("/home/query-insertRows.api", {"schemaName": "lists", "queryName": "Notes", "rows": rows})
    site.table_marks.set_table(home, "lists", "Notes", {}, "Who", OPERATOR)
    script.select("lists", "Notes", **{"query.columns": "Weight", "query.maxRows": 10})
    assert events("data read")[-1].details["participants"] == {"lists.Notes": ["P1", "P2"]}


def test_each_other_folder_that_is_drawn_on_has_its_declaration_in_the_line(front, analyst, site, events):
    from tests.declarations.study import declare
    from tests.site import Client, sign_in

    folder = site.folders.add("/other", OPERATOR)
    from keyhouse.accounts.groups import find_principal
    from keyhouse.core.permissions import Role
    from keyhouse.declarations.demands import OwnDemand

    site.assignments.assign(Role.READER, find_principal("All Site Users"), "", folder, OPERATOR)
    site.demands.change(folder, OwnDemand(wants_purpose=True), OPERATOR)
    client = Client(front)
    sign_in(client, analyst.email)
    asked = {"schemaName": "core", "query.queryName": "Containers", "containerFilter": "AllFolders"}
    client.get("/home/query-selectRows.api", **asked)
    assert "/other" not in str(events("data read")[-1].details.get("elsewhere"))
    made = declare(client, path="/other")
    client.get("/home/query-selectRows.api", **asked)
    line = events("data read")[-1].details
    assert "purpose" not in line
    [other] = [each for each in line["elsewhere"] if "/other" in each["folders"]]
    assert (other["purpose"], other["declaration"]) == (made.purpose, made.number)


def test_client_that_goes_away_got_nobody_whom_the_log_does_not_name(script, marked, events):
    from tests.labkey.test_labkey_streams import begin

    _status, pieces = begin(script, **{"schemaName": "pbc", "query.queryName": "patients"})
    iterator = iter(pieces)
    received = next(iterator) + next(iterator)
    pieces.close()
    rows = json.loads(received + b"]}")["rows"]
    assert {str(row["patient_id"]) for row in rows} <= named()[0]
    assert events("data served")[-1].outcome == "failed"
