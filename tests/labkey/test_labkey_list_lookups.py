"""Rows of lists belong to folders: what is read, looked up and counted is of folders that the caller may read."""

import pytest
from tests.site import OPERATOR

FIELDS = [
    {"name": "rowId", "rangeURI": "int"},
    {"name": "name", "rangeURI": "string", "URL": "/query/executeQuery.view?schemaName=lists&who=${name}"},
    {"name": "boss", "rangeURI": "int", "lookupSchema": "lists", "lookupQuery": "people"},
    {"name": "weight", "rangeURI": "double", "format": "0.00"},
]
PLUS = {"containerFilter": "CurrentAndSubfolders"}


@pytest.fixture
def people(site, admin_script):
    """A list of /home with rows there and in /home/closed, which only administrators may read."""
    from keyhouse.authz import folders

    site.folders.add("/home/closed", OPERATOR)
    site.folders.set_inheritance(folders.find("/home/closed"), False, OPERATOR)
    design = {"name": "people", "fields": FIELDS}
    made = {"kind": "IntList", "domainDesign": design, "options": {"keyName": "rowId"}}
    assert admin_script.post("/home/property-createDomain.api", made).status == 200
    insert(admin_script, "/home/closed", {"name": "Zoe"})
    insert(admin_script, "/home", {"name": "Ann", "boss": 1, "weight": 1.5}, {"name": "B/o", "boss": 2})


def insert(who, folder, *rows):
    body = {"schemaName": "lists", "queryName": "people", "rows": list(rows)}
    answer = who.post(f"{folder}/query-insertRows.api", body)
    assert answer.status == 200, answer.text


def names(who, **query):
    query = {"query.columns": "name,boss/name", "query.sort": "rowId", **query}
    rows = who.select("lists", "people", **query).json["rows"]
    return [(row["name"], row["boss/name"]) for row in rows]


def test_rows_are_those_of_the_folder_and_so_is_what_they_look_up(script, admin_script, people):
    assert names(admin_script) == names(script) == [("Ann", None), ("B/o", "Ann")]


def test_container_filter_reaches_only_folders_that_the_caller_may_read(script, admin_script, people):
    assert names(admin_script, **PLUS) == [("Zoe", None), ("Ann", "Zoe"), ("B/o", "Ann")]
    assert names(script, **PLUS) == names(script, containerFilter="AllFolders") == [("Ann", None), ("B/o", "Ann")]


def test_filters_sorts_and_counts_tell_nothing_of_rows_that_are_not_seen(script, people):
    wanted = {"query.boss/name~eq": "Zoe", "containerFilter": "AllFolders"}
    assert names(script, **wanted) == []
    counted = script.select("lists", "people", **wanted, **{"query.maxRows": 1, "query.columns": "name"}).json
    assert counted["rowCount"] == 0
    ordered = names(script, **{"query.sort": "-boss/name", "containerFilter": "AllFolders"})
    assert ordered == [("B/o", "Ann"), ("Ann", None)]


def test_those_who_wrote_a_row_are_shown_by_name(script, admin, people):
    query = {"query.columns": "CreatedBy,CreatedBy/DisplayName", "query.maxRows": 1, "apiVersion": 9.1}
    (row,) = script.select("lists", "people", **query).json["rows"]
    assert row["CreatedBy"] == {"value": admin.id, "displayValue": admin.display_name}
    assert row["CreatedBy/DisplayName"]["value"] == admin.display_name


def test_folder_of_a_row_is_shown_by_name(admin_script, people):
    query = {"query.columns": "container,container/Path", "query.sort": "rowId", "apiVersion": 9.1, **PLUS}
    rows = admin_script.select("lists", "people", **query).json["rows"]
    assert [row["container/Path"]["value"] for row in rows] == ["/home/closed", "/home", "/home"]
    assert rows[0]["container"]["displayValue"] == "closed"


def test_links_of_a_column_have_the_values_of_the_row_quoted(script, people):
    body = script.select("lists", "people", **{"query.columns": "name,boss", "query.sort": "rowId"}).json
    assert [list(row) for row in body["rows"]] == [["name", "_labkeyurl_name", "boss"]] * 2
    assert body["rows"][1]["_labkeyurl_name"] == "/labkey/home/query-executeQuery.view?schemaName=lists&who=B%2Fo"
    body = script.select("lists", "people", apiVersion=17.1, **{"query.columns": "name", "query.maxRows": 1}).json
    assert body["rows"][0]["data"]["name"]["url"].endswith("who=Ann")


def test_numbers_are_formatted_as_their_column_says(script, people):
    query = {"query.columns": "weight", "query.sort": "rowId", "apiVersion": 17.1}
    cells = [row["data"]["weight"] for row in script.select("lists", "people", **query).json["rows"]]
    assert cells == [{"value": 1.5, "formattedValue": "1.50"}, {"value": None}]


def test_expression_filters_the_rows_of_the_folder_alone(script, people):
    query = {"query.*~where": "name LIKE 'Z%' OR 1 = 1", "containerFilter": "AllFolders"}
    assert {name for name, _boss in names(script, **query)} == {"Ann", "B/o"}
