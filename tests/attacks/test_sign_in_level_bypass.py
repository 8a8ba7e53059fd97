"""Attack: reach data of a folder that demands a sure sign-in with a weaker one, by another envelope, key or folder."""

from base64 import b64encode
from datetime import timedelta

import pytest

from keyhouse.audit import Event, Kind
from keyhouse.core.assurance import Assurance, HowSignedIn
from keyhouse.core.caller import Caller
from keyhouse.core.decision import BROWSER_SESSION, Via
from keyhouse.core.principal import Principal
from tests.attacks.test_bypassing_terms import LIST, SECRET
from tests.console.pages import words
from tests.providers.made_up import TWO_FACTORS, configured, sign_in_at, stand_in
from tests.session_keys import Browser
from tests.site import OPERATOR, PASSWORD, Client, issue, set_site, sign_in

ADMIN = "admin@example.org"
SELECT = "/study/query-selectRows.api"
LEVEL = (401, "sign_in_level")


def demand(site, path, **own):
    from keyhouse.authz import folders
    from keyhouse.declarations.demands import OwnDemand

    site.demands.change(folders.find(path), OwnDemand(**own), OPERATOR)


def last_event(**narrowed):
    from keyhouse.audit.models import AuditEvent

    return AuditEvent.objects.filter(**narrowed).latest("sequence")


def deviations():
    from keyhouse.compliance.narrowing import Narrowed
    from keyhouse.compliance.within import within

    return within(Narrowed(folder="/study")).deviations


@pytest.fixture
def lab(site, front, admin):
    """The folder /study, which demands two factors, with a row and a file; a list of /open looks into it."""
    set_site(site, allowApiKeys=True, allowSessionKeys=True)
    for path in ("/study", "/study/inner", "/open"):
        site.folders.add(path, OPERATOR)
    key = {"apikey": issue(site, admin)}
    fields = [{"name": "Key", "rangeURI": "int"}, {"name": "name", "rangeURI": "string"}]
    lookup = {"lookupSchema": "lists", "lookupQuery": "patients", "lookupContainer": "/study"}
    visit = [*fields, {"name": "patient", "rangeURI": "int", **lookup}]
    client = Client(front, keeps_cookies=False)
    for folder, name, columns in (("/Shared", "patients", fields), ("/open", "visits", visit)):
        made = {"kind": "IntList", "domainDesign": {"name": name, "fields": columns}, "options": {"keyName": "Key"}}
        assert client.post(f"{folder}/property-createDomain.api", key, json=made).status == 200
    for folder, query, row in (
        ("/study", "patients", {"name": SECRET}),
        ("/study/inner", "patients", {"name": SECRET}),
        ("/open", "visits", {"name": "first", "patient": 1}),
    ):
        rows = {"schemaName": "lists", "queryName": query, "rows": [row]}
        assert client.post(f"{folder}/query-insertRows.api", key, json=rows).status == 200
    assert client.request("PUT", "/_webdav/study/@files/notes.txt", key, body=SECRET.encode()).status == 201
    demand(site, "/study", assurance=Assurance.TWO_FACTORS)


@pytest.fixture
def made(monkeypatch, site):
    made = stand_in(monkeypatch, site)
    made.says(subject="the administrator", email=ADMIN)
    return made


@pytest.fixture
def weak(front, lab):
    """A browser that signed in with a password alone."""
    client = Client(front)
    sign_in(client, ADMIN)
    return client


@pytest.fixture
def sure(front, lab, made):
    """A browser whose person the university asked for two factors."""
    made.says(**TWO_FACTORS)
    client = Client(front)
    sign_in_at(client, configured())
    return client


def key_of(client):
    answer = client.post("/security-createApiKey.api", json={"type": "apikey"})
    assert answer.status == 200, answer.text
    return {"apikey": answer.json["apikey"]}


def program(front, path=SELECT, headers=None, **query):
    return Client(front, keeps_cookies=False).get(path, headers, **(query or LIST))


def told(answer):
    return answer.status, answer.json.get("reason")


def test_a_sure_sign_in_reads_the_data_by_its_session_and_its_keys(front, sure):
    api_key, session_key = key_of(sure), {"apikey": Browser(sure).key()}
    for answer in (sure.get(SELECT, **LIST), program(front, headers=api_key), program(front, headers=session_key)):
        assert SECRET in answer.text


def test_a_weak_session_and_its_session_key_read_nothing(front, weak):
    session_key = {"apikey": Browser(weak).key()}
    for answer in (weak.get(SELECT, **LIST), program(front, headers=session_key)):
        assert told(answer) == LEVEL
        assert answer.json["lacking"] == ["signInLevel"]
        assert answer.json["url"] == "http://127.0.0.1:8080/labkey/study/login-declare.view"
        assert "two factors" in answer.json["exception"]


@pytest.mark.parametrize("envelope", ["header", "bearer", "basic"])
def test_a_key_made_after_a_weak_sign_in_reads_nothing_in_any_envelope(front, weak, envelope):
    text = key_of(weak)["apikey"]
    headers = {
        "header": {"apikey": text},
        "bearer": {"Authorization": f"Bearer {text}"},
        "basic": {"Authorization": "Basic " + b64encode(f"apikey:{text}".encode()).decode()},
    }[envelope]
    answer = program(front, headers=headers)
    assert told(answer) == LEVEL
    assert "make a new key" in answer.json["exception"]


def test_a_key_that_nobody_signed_in_for_reads_nothing(site, front, lab, admin):
    assert told(program(front, headers={"apikey": issue(site, admin)})) == LEVEL


def test_a_password_that_is_sent_along_reads_nothing(front, lab):
    answer = program(front, headers={"Authorization": "Basic " + b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()})
    assert told(answer) == LEVEL


def test_a_session_that_a_weak_credential_opened_reads_nothing(front, weak):
    for headers in (key_of(weak), {"Authorization": "Basic " + b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()}):
        client = Client(front)
        client.get("/login-whoAmI.api", headers)
        assert "JSESSIONID" in client.cookies
        assert told(client.get(SELECT, **LIST)) == LEVEL


def test_a_sure_key_does_not_lift_the_weak_session_that_comes_with_it(front, weak, sure):
    assert told(weak.get(SELECT, key_of(sure), **LIST)) == LEVEL


def test_a_weak_key_does_not_ride_on_the_sure_session_key_of_another_request(front, weak, sure):
    weak_key, sure_key = key_of(weak), {"apikey": Browser(sure).key()}
    assert SECRET in program(front, headers=sure_key).text
    assert told(program(front, headers=weak_key)) == LEVEL


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/study/query-executeSql.api", {"schemaName": "lists", "sql": "SELECT name FROM patients"}),
        ("/study/query-selectDistinct.api", {**LIST, "query.columns": "name"}),
        ("/study/query-exportRowsTsv.api", LIST),
        ("/study/inner/query-selectRows.api", LIST),
        ("/_webdav/study/@files/notes.txt", {}),
    ],
)
def test_every_way_to_the_data_is_closed(front, weak, path, query):
    for answer in (weak.get(path, **query), program(front, path, key_of(weak), **(query or {"x": 1}))):
        assert answer.status in {401, 403}
        assert SECRET not in answer.text


def test_a_query_over_all_folders_leaves_the_folder_out(front, weak, sure):
    everywhere = {**LIST, "containerFilter": "AllFolders"}
    sql = {"schemaName": "lists", "sql": "SELECT name FROM patients", "containerFilter": "AllFolders"}
    for path, query in (("/query-selectRows.api", everywhere), ("/query-executeSql.api", sql)):
        assert SECRET not in weak.get(path, **query).text
        assert SECRET not in program(front, path, key_of(weak), **query).text
    assert SECRET in sure.get("/query-selectRows.api", **everywhere).text


def test_a_lookup_into_the_folder_shows_nothing(front, weak, sure):
    visits = {"schemaName": "lists", "queryName": "visits", "query.columns": "name,patient/name"}
    assert SECRET not in weak.get("/open/query-selectRows.api", **visits).text
    assert SECRET not in program(front, "/open/query-selectRows.api", key_of(weak), **visits).text
    assert SECRET in sure.get("/open/query-selectRows.api", **visits).text


def test_writing_is_refused_too(front, weak):
    rows = {"schemaName": "lists", "queryName": "patients", "rows": [{"name": "x"}]}
    assert told(weak.post("/study/query-insertRows.api", json=rows)) == LEVEL


def test_a_folder_below_cannot_ask_for_less(site, lab, weak):
    demand(site, "/study/inner", assurance=Assurance.SINGLE)
    assert told(weak.get("/study/inner/query-selectRows.api", **LIST)) == LEVEL


def test_declaring_does_not_stand_in_for_the_level(site, lab, weak):
    demand(site, "/study", wants_purpose=True, assurance=Assurance.TWO_FACTORS)
    first = weak.get(SELECT, **LIST)
    assert (told(first), first.json["lacking"]) == ((401, "declaration_required"), ["purpose", "signInLevel"])
    token = weak.cookies["X-LABKEY-CSRF"]
    weak.post("/study/login-declare.view", form={"purpose": "care", "X-LABKEY-CSRF": token}, csrf=False)
    assert told(weak.get(SELECT, **LIST)) == LEVEL


def test_the_refusal_is_in_the_log_with_its_reason(lab, weak):
    weak.get(SELECT, **LIST)
    event = last_event()
    assert (event.kind, event.reason, event.details["signIn"]["assurance"]) == ("access refused", "sign_in_level", 1)


def test_a_page_leads_to_where_one_is_told_what_to_prove(site, weak):
    led = weak.get("/study/query-executeQuery.view", **{"schemaName": "lists", "query.queryName": "patients"})
    assert led.header("Location").startswith("/labkey/study/login-declare.view?returnUrl=")
    page = words(weak.get(led.header("Location").removeprefix("/labkey")))
    assert "demands a sign-in with two factors" in page
    assert "one factor" in page
    assert "Set up a second factor" in page


def test_the_owner_of_a_weak_key_is_told_to_make_a_new_one(front, weak, sure):
    key_id = key_of(weak)["apikey"].split("_")[1]
    answer = program(front, headers={"apikey": "nothing"})
    assert answer.status == 401
    page = words(sure.get("/study/login-declare.view", keyId=key_id))
    assert "A key keeps the level of the sign-in that made it" in page
    assert "Make a new key" in page


def test_the_report_finds_an_access_that_was_weaker_than_demanded(site, weak, sure):
    assert SECRET in sure.get(SELECT, **LIST).text
    assert deviations() == []
    how = HowSignedIn("a password", None, ("pwd",), Assurance.SINGLE, site.clock())
    forged = Caller(Principal(1, ADMIN, ADMIN), Via(BROWSER_SESSION, session_id="x", how=how))
    site.recorder._clock = lambda clock=site.clock: clock() + timedelta(hours=1)
    site.recorder.record(Event(Kind.DATA_READ, forged, folder="/study"))
    [line] = deviations()
    assert line["why"] == ("the sign-in behind it was not sure enough",)
