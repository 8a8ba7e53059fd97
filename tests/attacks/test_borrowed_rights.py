"""Attack: read through somebody else's saved query or view what one may not read oneself."""

import pytest

from tests.site import OPERATOR, Client, issue


@pytest.fixture
def scripts(site, front, admin, analyst, pbc_file):
    """Callers with the keys of an administrator and of an analyst, on a site with a source in /home and in /closed."""
    from keyhouse.authz import folders

    site.folders.add("/closed", OPERATOR)
    site.folders.set_inheritance(folders.find("/closed"), False, OPERATOR)
    for path in ("/home", "/closed"):
        site.sources.add("pbc", f"sqlite:///{pbc_file}", folders.find(path), OPERATOR)

    def caller(user):
        client, key = Client(front, keeps_cookies=False), issue(site, user)

        def ask(action, folder="/home", **body):
            return client.post(f"{folder}/query-{action}.api", {"apikey": key}, json=body)

        return ask

    return caller(admin), caller(analyst)


def save(ask, schema, name, sql, **more):
    answer = ask("saveSourceQuery", schemaName=schema, queryName=name, ff_queryText=sql, **more)
    assert answer.json["success"] is True


STATEMENTS = [
    ("core", "SELECT KeyId, CreatedBy FROM APIKeys"),
    ("core", "SELECT Email FROM Users"),
    ("pbc", 'SELECT age FROM "/closed".pbc.patients'),
]


@pytest.mark.parametrize(("schema", "sql"), STATEMENTS)
def test_query_of_an_administrator_shows_a_reader_what_the_reader_may_see(scripts, schema, sql):
    admin, analyst = scripts
    save(admin, schema, "Lent", sql)
    assert admin("selectRows", schemaName=schema, queryName="Lent").status == 200
    answer = analyst("selectRows", schemaName=schema, queryName="Lent")
    assert answer.status == 500
    assert "rows" not in answer.json
    assert "rows" not in analyst("executeSql", schemaName=schema, sql="SELECT * FROM Lent").json


def test_inherited_query_opens_no_folder(scripts):
    admin, analyst = scripts
    save(admin, "pbc", "Lent", "SELECT age FROM patients", inheritable=True)
    assert analyst("selectRows", "/closed", schemaName="pbc", queryName="Lent").status == 403


def test_view_through_a_lookup_shows_only_what_the_reader_may_look_up(scripts):
    admin, analyst = scripts
    columns = [{"fieldKey": "RowId"}, {"fieldKey": "CreatedBy/Email"}]
    view = {"name": "Lent", "shared": True, "columns": columns}
    names = {"schemaName": "core", "queryName": "UserApiKeys"}
    assert admin("saveQueryViews", **names, views=[view]).json["views"][0]["shared"] is True
    answer = analyst("selectRows", **names, viewName="Lent")
    assert answer.status in (200, 400)
    assert "@example.org" not in answer.text
    assert "@example.org" in admin("selectRows", **names, viewName="Lent").text


def test_private_view_of_another_is_neither_seen_nor_used_nor_deleted(scripts):
    admin, analyst = scripts
    names = {"schemaName": "pbc", "queryName": "patients"}
    admin("saveQueryViews", **names, views=[{"name": "Secret", "columns": ["age"]}])
    assert "Secret" not in analyst("getQueryViews", **names).text
    assert "Secret" not in analyst("getQueryDetails", **names, viewName="*").text
    for action in ("selectRows", "deleteView", "renameQueryView", "saveSessionView"):
        answer = analyst(action, **names, viewName="Secret", newName="Taken")
        assert (answer.status, "rows" in answer.json) == (404, False)
    assert "Secret" in admin("getQueryViews", **names).text
