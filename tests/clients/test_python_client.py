"""The official Python client, through each way in which people give it their key."""

import sqlite3

import pytest
import requests
from labkey.api_wrapper import APIWrapper
from labkey.exceptions import QueryNotFoundError, RequestAuthorizationError, ServerContextError
from labkey.query import QueryFilter


def connect(live, key=None, folder="home"):
    return APIWrapper(f"{live.host}:{live.port}", folder, "labkey", use_ssl=False, api_key=key)


@pytest.fixture
def database(live):
    with sqlite3.connect(live.data / "pbc.sqlite3") as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def test_it_learns_who_it_is(live):
    who = connect(live, live.analyst).security.who_am_i()
    assert (who.email, who.display_name, who.impersonated) == ("analyst@example.org", "analyst", False)


def test_rows_are_those_of_the_database(live, database):
    answer = connect(live, live.analyst).query.select_rows(
        "pbc",
        "patients",
        columns="patient_id,age,sex,bilirubin_mg_dl",
        filter_array=[
            QueryFilter("age", 60, QueryFilter.Types.GREATER_THAN),
            QueryFilter("sex", "female;none", QueryFilter.Types.EQUALS_ONE_OF),
            QueryFilter("treatment", "", QueryFilter.Types.IS_BLANK),
        ],
        sort="-bilirubin_mg_dl,patient_id",
    )
    expected = database.execute(
        "SELECT patient_id, age, sex, bilirubin_mg_dl FROM patients WHERE age > 60 AND sex IN ('female', 'none')"
        " AND treatment IS NULL ORDER BY bilirubin_mg_dl DESC, patient_id"
    )
    rows = [dict(row) for row in expected]
    assert rows
    assert answer["rows"] == rows
    assert answer["rowCount"] == len(rows)


def test_pages_join_to_the_whole(live, database):
    query = connect(live, live.analyst).query
    pages = [
        query.select_rows("pbc", "visits", columns="visit_id", sort="day", max_rows=700, offset=offset)
        for offset in (0, 700, 1400)
    ]
    ids = [row["visit_id"] for page in pages for row in page["rows"]]
    expected = [row[0] for row in database.execute("SELECT visit_id FROM visits ORDER BY day, visit_id")]
    assert ids == expected[:2100]
    assert {page["rowCount"] for page in pages} == {len(expected)}


def test_columns_may_be_given_as_a_list(live):
    answer = connect(live, live.analyst).query.select_rows("pbc", "lung", columns=["age", "sex"], max_rows=1)
    assert list(answer["rows"][0]) == ["age", "sex"]


def test_newer_answers_have_cells(live):
    select = connect(live, live.analyst).query.select_rows
    new = select("pbc", "lung", columns="age", max_rows=1, required_version=17.1)
    assert new["schemaName"] == ["pbc"]
    assert list(new["rows"][0]["data"]["age"]) == ["value"]


def test_queries_of_a_schema_are_listed(live):
    answer = connect(live, live.analyst).query.get_queries("pbc")
    assert [query["name"] for query in answer["queries"]] == ["lung", "patients", "survival_summary", "visits"]


def test_folders_that_may_be_read_are_listed(live):
    tree = connect(live, live.analyst, folder="").container.get_containers(include_subfolders=True)
    assert [child["path"] for child in tree["children"]] == ["/home", "/Shared"]


def test_key_from_a_netrc_file_is_enough(live, tmp_path, monkeypatch):
    monkeypatch.setenv("NETRC", str(live.netrc(tmp_path, live.analyst)))
    api = connect(live)
    assert api.security.who_am_i().email == "analyst@example.org"
    assert api.query.select_rows("pbc", "lung", max_rows=3)["rowCount"] == 228


def test_keys_of_two_people_in_one_request_are_refused_without_the_secrets(live, tmp_path, monkeypatch):
    monkeypatch.setenv("NETRC", str(live.netrc(tmp_path, live.analyst)))
    with pytest.raises(ServerContextError) as caught:
        connect(live, live.admin).query.select_rows("pbc", "lung")
    assert "different users" in str(caught.value)
    assert live.admin not in str(caught.value)
    assert live.analyst not in str(caught.value)


def test_unknown_query_is_an_error_of_its_own(live):
    with pytest.raises(QueryNotFoundError) as caught:
        connect(live, live.analyst).query.select_rows("pbc", "nothing")
    assert "The specified query 'nothing' does not exist in schema 'pbc'" in str(caught.value)


def test_own_key_is_revoked_by_the_client_itself(live):
    key = live.operate("issue", "analyst@example.org", "to be deleted")
    api = connect(live, key)
    keys = api.query.select_rows("core", "UserApiKeys", filter_array=[QueryFilter("Description", "to be deleted")])
    api.query.delete_rows("core", "UserApiKeys", [{"rowId": keys["rows"][0]["RowId"]}])
    with pytest.raises(RequestAuthorizationError):
        api.query.select_rows("pbc", "lung")


@pytest.mark.parametrize("envelope", ["basic", "apikey", "bearer", "netrc"])
def test_every_envelope_carries_the_key(live, tmp_path, monkeypatch, envelope):
    monkeypatch.setenv("NETRC", str(live.netrc(tmp_path, live.analyst)) if envelope == "netrc" else "/nonexistent")
    headers = {"apikey": {"apikey": live.analyst}, "bearer": {"Authorization": f"Bearer {live.analyst}"}}
    auth = ("apikey", live.analyst) if envelope == "basic" else None
    answer = requests.get(f"{live.url}/login-whoAmI.api", headers=headers.get(envelope), auth=auth, timeout=30)
    assert answer.json()["email"] == "analyst@example.org"
