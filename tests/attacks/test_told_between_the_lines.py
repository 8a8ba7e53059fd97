"""Attack: learn of rows and rights in folders that one may not read, from the errors and summaries of another part."""

import sqlite3

import pytest

from tests.site import OPERATOR, Client, issue

SECRET = "Jane Doe is HIV positive"
LIST = {"schemaName": "lists", "queryName": "patients"}


@pytest.fixture
def give(site, analyst):
    """Give the analyst a role in a folder."""
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role

    def assign(role, path):
        site.assignments.assign(Role(role), analyst, str(analyst), folders.find(path), OPERATOR)

    return assign


@pytest.fixture
def callers(site, front, admin, analyst, give):
    """The administrator of the site, and an analyst who administers /study but not the folder /study/closed in it."""
    from keyhouse.authz import folders

    for path in ("/study", "/study/closed"):
        site.folders.add(path, OPERATOR)
    site.folders.set_inheritance(folders.find("/study/closed"), False, OPERATOR)
    give("Project Administrator", "/study")

    def caller(user):
        client, key = Client(front, keeps_cookies=False), {"apikey": issue(site, user)}
        return lambda action, folder="/study", **body: client.post(f"{folder}/{action}.api", key, json=body)

    return caller(admin), caller(analyst)


@pytest.fixture
def design(callers):
    """A list of /study whose only rows are in /study/closed, as the analyst reads its design."""
    admin, analyst = callers
    fields = [{"name": "Key", "rangeURI": "int"}, {"name": "note"}, {"name": "dose", "rangeURI": "double"}]
    body = {"name": "patients", "fields": fields}
    made = admin(
        "property-createDomain", kind="IntList", domainDesign=body, options={"keyName": "Key", "keyType": "Integer"}
    )
    assert made.status == 200
    rows = [{"Key": 4711, "note": SECRET}, {"Key": 4712, "note": SECRET}]
    assert admin("query-insertRows", "/study/closed", **LIST, rows=rows).status == 200
    assert analyst("query-selectRows", "/study/closed", **LIST).status == 403
    return analyst("property-getDomainDetails", **LIST).json["domainDesign"]


@pytest.mark.parametrize(
    ("change", "indices"),
    [
        ({"note": {"rangeURI": "int"}}, []),
        ({"dose": {"required": True}}, []),
        ({"note": {"scale": 3}}, []),
        ({}, [{"columnNames": ["note"], "unique": True}]),
    ],
    ids=["type", "required", "scale", "unique"],
)
def test_new_design_of_a_list_tells_nothing_of_rows_in_folders_that_its_designer_may_not_read(
    callers, design, change, indices
):
    admin, analyst = callers
    fields = [{**field, **change.get(field["name"], {})} for field in design["fields"]]
    wanted = {**LIST, "domainDesign": {**design, "fields": fields, "indices": indices}}
    refused = analyst("property-saveDomain", **wanted)
    assert (refused.status, "folders that you may not read" in refused.text) == (400, True)
    assert not any(secret in refused.text for secret in (SECRET, "4711", "4712"))
    told = admin("property-saveDomain", **wanted)
    assert (told.status, any(known in told.text for known in (SECRET, "4711"))) == (400, True)


def test_who_may_insert_and_not_read_cannot_find_out_titles_by_trying_them(site, callers, give, tmp_path):
    from keyhouse.authz import folders

    file = tmp_path / "clinic.sqlite3"
    tables = "CREATE TABLE doctor (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO doctor VALUES (1, 'Grey');"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            f"{tables} CREATE TABLE visit (id INTEGER PRIMARY KEY, doctor INT REFERENCES doctor (id))"
        )
    site.sources.add("clinic", f"sqlite:///{file}", folders.find("/study/closed"), OPERATOR, is_writable=True)
    give("Submitter", "/study/closed")
    admin, analyst = callers

    def imported(ask, name):
        body = {"schemaName": "clinic", "queryName": "visit", "importLookupByAlternateKey": True}
        return ask("query-import", "/study/closed", **body, text=f"doctor\n{name}\n").text

    assert imported(analyst, "Grey").replace("Grey", "Nobody") == imported(analyst, "Nobody")
    assert '"success": true' in imported(admin, "Grey")


def test_summary_of_a_project_tells_of_rights_only_where_the_caller_is_an_administrator(callers, give, admin):
    site_admin, analyst = callers
    give("Reader", "/study/closed")
    for action, more in (("getGroupPerms", {}), ("getUserPerms", {"userId": admin.id})):
        assert analyst(f"security-{action}", "/study/closed", **more).status == 403
        assert "/study/closed" not in analyst(f"security-{action}", includeSubfolders=True, **more).text
        assert "/study/closed" in site_admin(f"security-{action}", includeSubfolders=True, **more).text
    assert "/study/closed" in analyst("security-getUserPerms", includeSubfolders=True).text
