"""Attack: a list whose name, fields, types, indices or options are SQL, or names of what is not the list's own."""

import json

import pytest

from tests.site import Client, issue

HOSTILE = [
    '"); DROP TABLE keyhouse_list; --',
    "x' OR '1'='1",
    "x]; ATTACH DATABASE '/tmp/x' AS y; --",
    'a" TEXT); CREATE TABLE stolen (a TEXT',
    "sqlite_master",
    "pg_catalog.pg_user",
    "%(name)s %s {0} ${name} :name ?",
    "`; SELECT 1; `",
    "../../keyhouse.sqlite3",
    "container",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
]


@pytest.fixture
def post(site, front, admin):
    key = {"apikey": issue(site, admin)}
    client = Client(front, keeps_cookies=False)
    return lambda action, body: client.post(f"/home/{action}.api", key, json=body)


def _tables(site):
    import sqlalchemy as sa

    with site.lists.database.source.altering() as connection:
        inspector = sa.inspect(connection)
        return {
            name: [column["name"] for column in inspector.get_columns(name)] for name in inspector.get_table_names()
        }


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_names_and_nothing_else(site, post, text):
    fields = [{"name": "k", "rangeURI": "int"}, {"name": text}]
    body = {
        "kind": "IntList",
        "domainDesign": {"name": text, "fields": fields, "indices": [{"columnNames": [text], "unique": True}]},
        "options": {"keyName": "k", "titleColumn": text, "storage": text, "is_settled": False},
    }
    made = post("property-createDomain", body)
    name = f"_{text}" if text == "container" else text
    if text == "container":  # the index names the standard column, which is no field
        assert made.status == 400
        return
    assert made.status == 200, made.text
    row = {"schemaName": "lists", "queryName": text, "rows": [{name: "' OR 1=1; --"}]}
    assert post("query-insertRows", row).status == 200
    read = post("query-selectRows", {"schemaName": "lists", "query.queryName": text})
    assert [each[name] for each in read.json["rows"]] == ["' OR 1=1; --"]
    (table,) = _tables(site)
    assert all(column.isascii() and column.replace("_", "").isalnum() for column in [table, *_tables(site)[table]])
    assert post("property-deleteDomain", {"schemaName": "lists", "queryName": text}).status == 200


def test_designs_cannot_reach_another_table(site, post):
    body = {
        "kind": "IntList",
        "domainDesign": {
            "name": "mine",
            "storage": "keyhouse_user",
            "fields": [{"name": "k", "rangeURI": "int", "storage": "password", "taken_from": "password"}],
        },
        "options": {"keyName": "k", "storage": "keyhouse_user"},
    }
    assert post("property-createDomain", body).status == 200
    assert all(name.startswith("list_") for name in _tables(site))


@pytest.mark.parametrize(
    "kind", ["int; DROP TABLE x", "INTEGER PRIMARY KEY", "http://evil.example/#int", "xsd:", "int\n"]
)
def test_types_come_from_a_list(post, kind):
    body = {
        "kind": "IntList",
        "domainDesign": {"name": "mine", "fields": [{"name": "a", "rangeURI": kind}]},
        "options": {"keyName": "k"},
    }
    answer = post("property-createDomain", body)
    assert answer.status in {200, 400}
    if answer.status == 200:
        assert answer.json["fields"][1]["rangeURI"].startswith("http://www.w3.org/2001/XMLSchema#")


def test_design_of_wrong_types_everywhere_is_refused_in_words(post):
    wrong = [None, True, 5, 1.5, "x", [], {}, [[]], {"a": {"b": []}}, "9" * 400, -1, [None], {"": None}, [[["x"]]]]
    whole = {"name": "n", "fields": [{"name": "f"}], "indices": [], "description": "", "calculatedFields": []}
    names = ("name", "rangeURI", "scale", "required", "PHI", "propertyId", "conditionalFormats", "importAliases", "URL")
    for value in wrong:
        bodies = [{"domainDesign": {**whole, member: value}} for member in whole]
        bodies += [{"domainDesign": {**whole, "fields": [{"name": "f", member: value}]}} for member in names]
        bodies += [{"domainDesign": {**whole, "indices": [{"columnNames": value, "unique": value}]}}]
        bodies += [{"domainDesign": whole, "options": {"keyName": value, "keyType": value, "titleColumn": value}}]
        for body in bodies:
            full = {"kind": "IntList", "options": {"keyName": "k"}, **body}
            for action in ("createDomain", "saveDomain", "updateDomain"):
                answer = post(f"property-{action}", {"schemaName": "lists", "queryName": "n", **full})
                assert "error happened" not in answer.text, (body, answer.text)
                json.loads(answer.body)
        post("property-deleteDomain", {"schemaName": "lists", "queryName": "n"})
