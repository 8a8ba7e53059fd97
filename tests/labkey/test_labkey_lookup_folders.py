"""A field of a list may look up rows of another folder: followed where the caller may read there, and only there."""

import pytest
from tests.site import OPERATOR


@pytest.fixture
def closed(site):
    """The folder /home/closed, which only administrators may read."""
    from keyhouse.authz import folders

    folder = site.folders.add("/home/closed", OPERATOR)
    site.folders.set_inheritance(folders.find("/home/closed"), False, OPERATOR)
    return folder


@pytest.fixture
def other(site):
    """The folder /home/other, which the analyst may read too."""
    return site.folders.add("/home/other", OPERATOR)


@pytest.fixture
def make(admin_script):
    """Make a list with a name, perhaps a lookup `boss`, and rows."""

    def make_list(folder, name, rows, **lookup):
        fields = [{"name": "Key", "rangeURI": "int"}, {"name": "name", "rangeURI": "string"}]
        fields += [{"name": "boss", "rangeURI": "int", **lookup}] if lookup else []
        body = {"kind": "IntList", "domainDesign": {"name": name, "fields": fields}, "options": {"keyName": "Key"}}
        assert admin_script.post(f"{folder}/property-createDomain.api", body).status == 200
        sent = {"schemaName": "lists", "queryName": name, "rows": rows}
        answer = admin_script.post(f"{folder}/query-insertRows.api", sent)
        assert answer.status == 200, answer.text

    return make_list


def bosses(who, **more):
    query = {"query.columns": "name,boss,boss/name", "query.sort": "Key", "apiVersion": "9.1", **more}
    rows = who.select("lists", "staff", **query).json["rows"]
    return [(row["boss"].get("displayValue"), row.get("boss/name", {}).get("value")) for row in rows]


def staffed(make, folder, name_of=str):
    make(folder, "chiefs", [{"name": "Zoe"}])
    lookup = {"lookupSchema": "lists", "lookupQuery": "chiefs", "lookupContainer": name_of(folder)}
    make("/home", "staff", [{"name": "Ann", "boss": 1}], **lookup)


def test_lookup_into_another_folder_is_followed_in_rows(script, other, make):
    staffed(make, "/home/other")
    assert bosses(script) == [("Zoe", "Zoe")]
    assert bosses(script, **{"query.boss/name~eq": "Zoe"}) == [("Zoe", "Zoe")]
    assert bosses(script, **{"query.boss/name~eq": "Ann"}) == []


def test_folder_of_a_lookup_may_be_named_by_its_entity_id(script, other, make):
    staffed(make, "/home/other", lambda _path: str(other.entity_id))
    assert bosses(script) == [("Zoe", "Zoe")]


def test_lookup_into_another_folder_is_told_with_the_columns(script, other, make):
    staffed(make, "/home/other")
    fields = script.select("lists", "staff").json["metaData"]["fields"]
    (lookup,) = [field["lookup"] for field in fields if field["name"] == "boss"]
    assert (lookup["queryName"], lookup["keyColumn"], lookup["containerPath"]) == ("chiefs", "Key", "/home/other")
    assert lookup["container"] == str(other.entity_id)


def test_statement_follows_a_lookup_into_another_folder(script, other, make):
    staffed(make, "/home/other")
    sent = {"schemaName": "lists", "sql": "SELECT name, boss.name AS chief FROM staff WHERE boss.name = 'Zoe'"}
    assert script.post("/home/query-executeSql.api", sent).json["rows"] == [{"name": "Ann", "chief": "Zoe"}]


def test_folder_that_the_caller_may_not_read_is_not_looked_into(script, admin_script, closed, make):
    staffed(make, "/home/closed")
    assert bosses(admin_script) == [("Zoe", "Zoe")]
    assert bosses(script) == [(None, None)]
    fields = script.select("lists", "staff").json["metaData"]["fields"]
    assert all("lookup" not in field for field in fields if field["name"] == "boss")
    sent = {"schemaName": "lists", "sql": "SELECT boss.name FROM staff"}
    answer = script.post("/home/query-executeSql.api", sent)
    assert answer.status != 200
    assert "Zoe" not in answer.text


def test_filter_and_sort_tell_nothing_of_a_folder_that_is_not_read(script, closed, make):
    staffed(make, "/home/closed")
    told = [script.select("lists", "staff", **{"query.boss/name~eq": name}) for name in ("Zoe", "Ann")]
    assert [answer.status for answer in told] == [400, 400]
    assert told[0].json["exception"] == told[1].json["exception"]
    sorted_ = script.select("lists", "staff", **{"query.sort": "boss/name"})
    assert "Zoe" not in sorted_.text


def test_lookups_lead_on_from_the_folder_that_was_looked_into(script, other, make):
    make("/home/other", "deep", [{"name": "there"}])
    make("/home", "deep", [{"name": "here"}])
    make("/home/other", "chiefs", [{"name": "Zoe", "boss": 1}], lookupSchema="lists", lookupQuery="deep")
    lookup = {"lookupSchema": "lists", "lookupQuery": "chiefs", "lookupContainer": "/home/other"}
    make("/home", "staff", [{"name": "Ann", "boss": 1}], **lookup)
    (row,) = script.select("lists", "staff", **{"query.columns": "boss/boss/name"}).json["rows"]
    assert row["boss/boss/name"] == "there"


@pytest.mark.parametrize(
    "folder", ["/nowhere", "/home/../other", "\x01", "x" * 5000, "00000000-0000-0000-0000-000000000000"]
)
def test_folder_that_is_not_there_is_no_lookup(script, other, make, folder):
    lookup = {"lookupSchema": "lists", "lookupQuery": "chiefs", "lookupContainer": folder}
    make("/home", "staff", [{"name": "Ann", "boss": 1}], **lookup)
    assert bosses(script) == [(None, None)]


def test_title_stands_for_a_row_of_another_folder_in_what_is_imported(admin_script, other, make):
    staffed(make, "/home/other")
    sent = {
        "schemaName": "lists",
        "queryName": "staff",
        "text": "name\tboss\nBo\tZoe\n",
        "importLookupByAlternateKey": True,
    }
    answer = admin_script.post("/home/query-import.api", sent)
    assert answer.status == 200, answer.text
    assert bosses(admin_script) == [("Zoe", "Zoe")] * 2
