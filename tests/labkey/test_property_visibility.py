"""Who sees a list from where, whose rows it shows, and who may change its design."""

import pytest
from tests.site import OPERATOR, Client, issue


def design(name, *fields):
    given = [{"name": "rowId", "rangeURI": "int"}, {"name": "n", "rangeURI": "string"}, *fields]
    return {"kind": "IntList", "domainDesign": {"name": name, "fields": given}, "options": {"keyName": "rowId"}}


@pytest.fixture
def tree(site):
    """/home with two levels below it, another project, and /Shared."""
    from keyhouse.authz import folders

    for path in ("/home/lab", "/home/lab/bench", "/other", "/Shared"):
        try:
            folders.find(path)
        except folders.FolderNotFound:
            site.folders.add(path, OPERATOR)


@pytest.fixture
def make(admin_script):
    def make_list(name, folder, *fields):
        answer = admin_script.post(f"{folder}/property-createDomain.api", design(name, *fields))
        assert answer.status == 200, answer.text
        return answer.json

    return make_list


@pytest.fixture
def insert(admin_script):
    def insert_rows(name, folder, *rows):
        body = {"schemaName": "lists", "queryName": name, "rows": list(rows)}
        answer = admin_script.post(f"{folder}/query-insertRows.api", body)
        assert answer.status == 200, answer.text

    return insert_rows


@pytest.fixture
def editor(site, front):
    """A program of somebody who may read, insert, update and delete in /home, and not design."""
    from tests.labkey.conftest import Script

    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    user = site.users.add("editor@example.org", OPERATOR)
    site.assignments.assign(Role.EDITOR, user, user.email, folders.find("/home"), OPERATOR)
    return Script(Client(front, keeps_cookies=False), issue(site, user))


def names(script, folder):
    answer = script.get(f"{folder}/query-getQueries.api", schemaName="lists")
    return [query["name"] for query in answer.json["queries"]]


def values(script, name, folder, **more):
    answer = script.select("lists", name, folder, **more)
    assert answer.status == 200, answer.text
    return [row["n"] for row in answer.json["rows"]]


def test_folder_shows_its_own_lists_those_of_its_project_and_of_shared(tree, make, admin_script):
    for name, folder in (
        ("a", "/home"),
        ("b", "/home/lab"),
        ("c", "/home/lab/bench"),
        ("d", "/Shared"),
        ("e", "/other"),
    ):
        make(name, folder)
    assert names(admin_script, "/home") == ["a", "d"]
    assert names(admin_script, "/home/lab") == ["a", "b", "d"]
    assert names(admin_script, "/home/lab/bench") == ["a", "c", "d"]
    assert names(admin_script, "/other") == ["d", "e"]
    listed = admin_script.post("/home/lab/property-listDomains.api", {"includeProjectAndShared": True}).json["data"]
    assert [each["name"] for each in listed] == ["a", "b", "d"]


def test_own_list_hides_one_of_the_project_with_its_name(tree, make, admin_script):
    make("a", "/home")
    own = make("A", "/home/lab")
    assert names(admin_script, "/home/lab") == ["A"]
    found = admin_script.get("/home/lab/property-getDomain.api", schemaName="lists", queryName="a").json
    assert found["domainId"] == own["domainId"]


def test_rows_are_those_of_the_folder_that_asks(tree, make, insert, admin_script):
    make("a", "/home")
    insert("a", "/home", {"n": "of home"})
    insert("a", "/home/lab", {"n": "of lab"})
    assert values(admin_script, "a", "/home") == ["of home"]
    assert values(admin_script, "a", "/home/lab") == ["of lab"]
    assert values(admin_script, "a", "/home/lab/bench") == []
    both = values(admin_script, "a", "/home", containerFilter="CurrentAndSubfolders")
    assert sorted(both) == ["of home", "of lab"]


def test_rows_of_folders_that_one_may_not_read_are_not_shown(tree, site, make, insert, script):
    from keyhouse.authz import folders

    make("a", "/home")
    insert("a", "/home/lab", {"n": "secret"})
    site.folders.set_inheritance(folders.find("/home/lab"), False, OPERATOR)
    for wide in ("CurrentAndSubfolders", "AllFolders"):
        assert values(script, "a", "/home", containerFilter=wide) == []


def test_list_of_a_folder_that_one_may_not_read_is_not_there(tree, site, make, script):
    from keyhouse.authz import folders

    secret = make("secret", "/home/lab")
    site.folders.set_inheritance(folders.find("/home/lab"), False, OPERATOR)
    for answer in (
        script.get("/home/property-getDomain.api", domainId=secret["domainId"]),
        script.get("/home/property-getDomainDetails.api", domainId=secret["domainId"]),
        script.select("lists", "secret"),
    ):
        assert answer.status == 404
        assert "secret" not in answer.text.replace("query 'secret'", "")
    assert script.get("/home/lab/property-getDomain.api", domainId=secret["domainId"]).status == 403


def test_project_that_one_may_not_read_lends_no_lists(tree, site, make, script, analyst):
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    make("of project", "/other")
    child = site.folders.add("/other/child", OPERATOR)
    site.folders.set_inheritance(folders.find("/other"), False, OPERATOR)
    site.assignments.assign(Role.READER, analyst, analyst.email, child, OPERATOR)
    assert names(script, "/other/child") == []
    answer = script.get("/other/child/property-getDomain.api", schemaName="lists", queryName="of project")
    assert answer.status == 404


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("createDomain", design("mine")),
        ("saveDomain", {"schemaName": "lists", "queryName": "a", "domainDesign": {"name": "a", "fields": []}}),
        ("updateDomain", {"schemaName": "lists", "queryName": "a", "create": [{"name": "x"}]}),
        ("deleteDomain", {"schemaName": "lists", "queryName": "a"}),
    ],
)
def test_editor_may_not_design(make, editor, admin_script, action, body):
    made = make("a", "/home")
    answer = editor.post(f"/home/property-{action}.api", body)
    assert answer.status == 403
    assert answer.json["exception"] == "User does not have permission to perform this operation."
    assert admin_script.get("/home/property-getDomain.api", schemaName="lists", queryName="a").json == made
    assert names(admin_script, "/home") == ["a"]


def test_administrator_of_a_folder_may_not_change_the_lists_of_its_project(tree, site, front, make):
    from tests.labkey.conftest import Script

    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    made = make("a", "/home")
    user = site.users.add("lead@example.org", OPERATOR)
    site.assignments.assign(Role.FOLDER_ADMINISTRATOR, user, user.email, folders.find("/home/lab"), OPERATOR)
    lead = Script(Client(front, keeps_cookies=False), issue(site, user))
    body = {"schemaName": "lists", "queryName": "a", "domainDesign": made}
    for action in ("saveDomain", "deleteDomain"):
        assert lead.post(f"/home/lab/property-{action}.api", body).status == 403
    assert lead.post("/home/lab/property-createDomain.api", design("own")).status == 200


def test_guest_is_challenged(make, client):
    make("a", "/home")
    assert client.get("/home/property-getDomain.api", schemaName="lists", queryName="a").status == 401


def test_refused_change_without_csrf_token_in_a_browser_session(make, admin, client):
    from tests.site import sign_in

    make("a", "/home")
    sign_in(client, "admin@example.org")
    body = {"schemaName": "lists", "queryName": "a"}
    answer = client.post("/home/property-deleteDomain.api", json=body, csrf=False)
    assert answer.status == 401
    assert client.post("/home/property-deleteDomain.api", json=body).status == 200


@pytest.mark.parametrize(
    ("lookup", "is_valid"),
    [
        ({"lookupSchema": "lists", "lookupQuery": "target"}, True),
        ({"lookupSchema": "LISTS", "lookupQuery": "TARGET"}, True),
        ({"lookupSchema": "core", "lookupQuery": "Users"}, True),
        ({"lookupSchema": "pbc", "lookupQuery": "patients"}, True),
        ({"lookupSchema": "pbc", "lookupQuery": "nothing"}, False),
        ({"lookupSchema": "lists", "lookupQuery": "nothing"}, False),
        ({"lookupSchema": "nothing", "lookupQuery": "target"}, False),
        ({"lookupContainer": "/home", "lookupSchema": "lists", "lookupQuery": "target"}, True),
        ({"lookupContainer": "/nowhere", "lookupSchema": "lists", "lookupQuery": "target"}, False),
        ({}, True),
    ],
)
def test_lookup_is_valid_where_its_target_is_there(pbc, make, lookup, is_valid):
    make("target", "/home")
    made = make("a", "/home", {"name": "to", "rangeURI": "int", **lookup})
    assert made["fields"][2]["lookupIsValid"] is is_valid


def test_lookup_is_told_to_whoever_reads_the_rows(make, admin_script):
    make("target", "/home")
    make("a", "/home", {"name": "to", "rangeURI": "int", "lookupSchema": "lists", "lookupQuery": "target"})
    field = admin_script.select("lists", "a").json["metaData"]["fields"][2]
    assert (field["lookup"]["schemaName"], field["lookup"]["queryName"]) == ("lists", "target")
    assert field["lookup"]["keyColumn"] == "rowId"


def test_lists_that_look_one_another_up_are_read(make, insert, admin_script):
    make("a", "/home", {"name": "to", "rangeURI": "int", "lookupSchema": "lists", "lookupQuery": "b"})
    make("b", "/home", {"name": "to", "rangeURI": "int", "lookupSchema": "lists", "lookupQuery": "a"})
    insert("a", "/home", {"n": "first", "to": 1})
    insert("b", "/home", {"n": "second", "to": 1})
    answer = admin_script.select("lists", "a", **{"query.columns": "n,to/n,to/to/n"})
    assert [answer.json["rows"][0][name] for name in ("n", "to/n", "to/to/n")] == ["first", "second", "first"]


def test_who_created_a_row_is_shown_by_name(make, insert, admin_script):
    make("a", "/home")
    insert("a", "/home", {"n": "x"})
    row = admin_script.select("lists", "a", **{"query.columns": "CreatedBy,CreatedBy/DisplayName,container,EntityId"})
    assert row.json["rows"][0]["CreatedBy/DisplayName"] == "admin"


def test_phi_level_is_told_with_the_columns(make, admin_script):
    make("a", "/home", {"name": "ssn", "PHI": "Restricted"})
    assert admin_script.select("lists", "a").json["metaData"]["fields"][2]["phi"] == "Restricted"
