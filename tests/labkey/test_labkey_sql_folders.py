"""LabKey SQL over folders: names and container filters lead only into folders that the caller may read."""

import pytest
from tests.site import OPERATOR

FIELDS = [
    {"name": "rowId", "rangeURI": "int"},
    {"name": "name", "rangeURI": "string"},
    {"name": "boss", "rangeURI": "int", "lookupSchema": "lists", "lookupQuery": "people"},
]


@pytest.fixture
def people(site, admin_script):
    """A list of /home with rows there, in /home/open and in /home/closed, which only administrators may read."""
    from keyhouse.authz import folders

    site.folders.add("/home/open", OPERATOR)
    site.folders.add("/home/closed", OPERATOR)
    site.folders.set_inheritance(folders.find("/home/closed"), False, OPERATOR)
    design = {"name": "people", "fields": FIELDS}
    made = {"kind": "IntList", "domainDesign": design, "options": {"keyName": "rowId"}}
    assert admin_script.post("/home/property-createDomain.api", made).status == 200
    for folder, name, boss in (("/home/closed", "Zoe", None), ("/home", "Ann", 1), ("/home/open", "Bob", 2)):
        body = {"schemaName": "lists", "queryName": "people", "rows": [{"name": name, "boss": boss}]}
        assert admin_script.post(f"{folder}/query-insertRows.api", body).status == 200


def names(who, sql="SELECT name FROM people ORDER BY rowId", folder="/home", **more):
    answer = who.post(f"{folder}/query-executeSql.api", {"schemaName": "lists", "sql": sql, **more})
    assert answer.status == 200, answer.text
    return [row["name"] for row in answer.json["rows"]]


def refused(who, sql):
    answer = who.post("/home/query-executeSql.api", {"schemaName": "lists", "sql": sql})
    assert answer.status == 500
    return answer.json["exception"]


def test_rows_are_those_of_the_folder(script, admin_script, people):
    assert names(script) == names(admin_script) == ["Ann"]
    assert names(script, folder="/home/open") == ["Bob"]


def test_container_filters_reach_readable_folders_alone(script, admin_script, people):
    assert names(admin_script, containerFilter="CurrentAndSubfolders") == ["Zoe", "Ann", "Bob"]
    assert names(script, containerFilter="CurrentAndSubfolders") == ["Ann", "Bob"]
    assert names(script, containerFilter="AllFolders") == ["Ann", "Bob"]
    answer = script.post(
        "/home/query-executeSql.api", {"schemaName": "lists", "sql": "SELECT 1", "containerFilter": "x"}
    )
    assert answer.status == 400


def test_another_folder_is_named_by_its_path_if_it_may_be_read(script, admin_script, people):
    for path in (
        '"/home/open/"',
        '"/home/open"',
        "Project.open",
        '"home/open"',
        "Folder.open",
        "open",
        "Site.home.open",
    ):
        assert names(script, f"SELECT name FROM {path}.lists.people") == ["Bob"], path
    assert names(admin_script, 'SELECT name FROM "/home/closed".lists.people') == ["Zoe"]


@pytest.mark.parametrize(
    "path", ['"/home/closed"', "closed", "Project.closed", '"/home/nosuch"', '"/home/open/../closed"']
)
def test_a_closed_folder_reads_like_one_that_is_not_there(script, people, path):
    assert "Query or table not found: " in refused(script, f"SELECT name FROM {path}.lists.people")


def test_closed_rows_answer_neither_lookups_nor_conditions(script, admin_script, people):
    boss = "SELECT boss.name AS name FROM people ORDER BY rowId"
    assert names(script, boss) == [None]
    assert names(script, boss, containerFilter="AllFolders") == [None, "Ann"]
    assert names(admin_script, boss, containerFilter="AllFolders") == [None, "Zoe", "Ann"]
    assert names(script, "SELECT name FROM people WHERE boss.name = 'Zoe'", containerFilter="AllFolders") == []
    assert names(script, "SELECT MIN(name) AS name FROM people WHERE 1 = 1 OR name > ''") == ["Ann"]
    assert names(script, "SELECT name FROM people WHERE CAST(rowId - 1 AS BOOLEAN) OR 1 = 1") == ["Ann"]


def test_where_filters_see_rows_of_the_folder_alone(script, people):
    answer = script.select("lists", "people", **{"query.columns": "name", "query~where": "name LIKE '%' OR 1 = 1"})
    assert [row["name"] for row in answer.json["rows"]] == ["Ann"]
    broken = script.select("lists", "people", **{"query~where": "name LIKE '%' OR"})
    assert broken.status == 400
    assert "Syntax error" in broken.json["exception"]


def test_own_and_others_keys_stay_hidden(script, people):
    assert "not found" in refused(script, "SELECT * FROM core.APIKeys")
    assert "Could not resolve column" in refused(script, "SELECT Email FROM core.Users")


def test_statement_is_kept_for_the_session_on_request(script, people):
    sent = {"schemaName": "lists", "sql": "SELECT name FROM people", "saveInSession": True}
    client = script.client.__class__(script.client.front)
    answer = client.post("/home/query-executeSql.api", {"apikey": script.key}, json=sent)
    assert answer.status == 200, answer.text
    kept = answer.json["queryName"]
    assert "lists_temp" in kept
    again = client.get("/home/query-selectRows.api", **{"schemaName": "lists", "query.queryName": kept})
    assert again.status == 200, again.text
    assert [row["name"] for row in again.json["rows"]] == ["Ann"]
