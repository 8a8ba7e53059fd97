"""Lookups, people, views of folders and distinct values over the wire, in every version."""

import sqlite3
from xml.etree import ElementTree

import pytest
from tests.site import OPERATOR, set_site

TABLES = (
    "CREATE TABLE sites (id integer PRIMARY KEY, city text)",
    "CREATE TABLE doctors (id integer PRIMARY KEY, name text, site integer REFERENCES sites (id))",
    "CREATE TABLE patients (id integer PRIMARY KEY, doctor integer REFERENCES doctors (id), seen timestamp, w numeric)",
    "INSERT INTO sites VALUES (1, 'Basel'), (2, 'Rome')",
    "INSERT INTO doctors VALUES (7, 'Adler', 1), (8, 'Berg', NULL)",
    "INSERT INTO patients VALUES (100, 7, '2020-01-02 03:04:05', 1.5), (101, 8, NULL, 2), (102, NULL, NULL, NULL)",
)


@pytest.fixture
def lab(site, tmp_path):
    """A database with lookups, attached to /home as `lab`."""
    from keyhouse.authz import folders

    with sqlite3.connect(tmp_path / "lab.db") as database:
        for statement in TABLES:
            database.execute(statement)
    site.sources.add("lab", f"sqlite:///{tmp_path}/lab.db", folders.find("/home"), OPERATOR)
    return site.registry.get("/home", "lab")


def rows(script, version=8.3, **query):
    answer = script.select("lab", "patients", apiVersion=version, **{"query.sort": "id", **query})
    assert answer.status == 200, answer.text
    return answer.json


def test_columns_of_other_tables_come_under_their_field_keys(script, lab):
    body = rows(script, **{"query.columns": "id,DOCTOR/name,doctor/site/city"})
    assert body["rows"] == [
        {"id": 100, "doctor/name": "Adler", "doctor/site/city": "Basel"},
        {"id": 101, "doctor/name": "Berg", "doctor/site/city": None},
        {"id": 102, "doctor/name": None, "doctor/site/city": None},
    ]
    field = body["metaData"]["fields"][2]
    assert (field["name"], field["fieldKey"], field["fieldKeyPath"]) == ("doctor/site/city",) * 3
    assert field["fieldKeyArray"] == ["doctor", "site", "city"]
    assert [column["dataIndex"] for column in body["columnModel"]] == ["id", "doctor/name", "doctor/site/city"]


def test_attached_databases_are_looked_up_no_oftener_for_more_lookups(site, script, lab, monkeypatch):
    looks, specs = [], site.registry.specs
    monkeypatch.setattr(type(site.registry), "specs", lambda _self, path: looks.append(path) or specs(path))

    def looks_for(columns):
        looks.clear()
        rows(script, **{"query.columns": columns})
        return len(looks)

    assert looks_for("id,doctor/name,doctor/site/city") == looks_for("id,doctor/name")


def test_field_keys_are_arrays_from_13_2_on(script, lab):
    body = rows(script, 17.1, **{"query.columns": "doctor/site/city", "query.maxRows": 1})
    assert body["metaData"]["fields"][0]["fieldKey"] == ["doctor", "site", "city"]
    assert body["rows"] == [{"data": {"doctor/site/city": {"value": "Basel"}}, "links": {}}]


def test_lookup_is_described_as_what_it_leads_to(script, lab):
    field = rows(script, **{"query.columns": "doctor"})["metaData"]["fields"][0]
    assert field["lookup"] | {"keyColumn": "id", "displayColumn": "name", "queryName": "doctors"} == field["lookup"]
    assert field["displayField"] == "doctor/name"


def test_cells_show_what_their_values_mean(script, lab):
    body = rows(script, 9.1, **{"query.columns": "id,doctor"})
    assert [row["doctor"] for row in body["rows"]] == [
        {"value": 7, "displayValue": "Adler"},
        {"value": 8, "displayValue": "Berg"},
        {"value": None},
    ]


def test_display_values_are_columns_of_their_own_in_8_3(script, lab):
    body = rows(script, includeDisplayValues="true", **{"query.columns": "id,doctor"})
    assert list(body["rows"][0].items()) == [("id", 100), ("doctor", 7), ("doctor/name", "Adler")]
    assert [model["header"] for model in body["columnModel"]] == ["Id", "Doctor", "Doctor/Name"]
    assert len(body["metaData"]["fields"]) == 3


def test_rows_are_filtered_and_sorted_by_lookups(script, lab):
    query = {"query.doctor/site/city~eq": "Basel", "query.columns": "id"}
    assert rows(script, **query)["rows"] == [{"id": 100}]
    body = rows(script, **{"query.sort": "-doctor/name", "query.columns": "id"})
    assert [row["id"] for row in body["rows"]] == [101, 100, 102]
    assert body["metaData"]["sortInfo"] == {"field": "doctor/name", "direction": "DESC"}


def test_formatted_values_come_from_17_1_on_where_they_differ(script, lab):
    query = {"query.columns": "id,seen", "query.maxRows": 1}
    cell = {"value": "2020-01-02 03:04:05.000"}
    assert rows(script, 16.2, **query)["rows"][0]["data"] == {"id": {"value": 100}, "seen": cell}
    assert rows(script, 17.1, **query)["rows"][0]["data"]["seen"] == {**cell, "formattedValue": "2020-01-02 03:04"}


def test_details_column_links_to_the_page_with_one_row(script, lab):
    query = {"query.columns": "doctor", "query.maxRows": 1, "includeDetailsColumn": "true"}
    row = rows(script, **query)["rows"][0]
    assert list(row) == ["doctor", "~~Details~~", "_labkeyurl_~~Details~~"]
    assert row["_labkeyurl_~~Details~~"].endswith("&query.id~eq=100")
    links = rows(script, 13.2, **query)["rows"][0]["links"]
    assert links["details"]["href"] == row["_labkeyurl_~~Details~~"]


def test_searching_all_columns_finds_texts_and_the_key(script, lab):
    def found(**query):
        return [row["id"] for row in rows(script, **{"query.columns": "id,doctor/name", **query})["rows"]]

    assert found(**{"query.*~q": "ADL"}) == [100]
    assert found(**{"query~q": "101"}) == [101]
    assert found(**{"query.id~q": "er"}) == [100, 101]


def test_distinct_values_may_be_those_of_a_lookup(script, lab, events):
    def distinct(**query):
        return script.get(
            "/home/query-selectDistinct.api", schemaName="lab", **{"query.queryName": "patients", **query}
        )

    answer = distinct(**{"query.columns": "doctor/name"})
    assert answer.json == {"schemaName": "lab", "queryName": "patients", "values": [None, "Adler", "Berg"]}
    assert events("data read")[-1].details["columns"] == ["doctor/name"]
    narrowed = {"query.columns": "seen", "query.seen~isnonblank": "", "query.maxRows": 5}
    assert distinct(**narrowed).json["values"] == ["2020-01-02 03:04:05.000"]
    for columns in ("", "id,doctor", "*", "nope"):
        assert distinct(**{"query.columns": columns}).status == 400


def test_own_keys_and_their_owner_are_shown_by_name(site, admin_script):
    answer = admin_script.select("core", "APIKeys", apiVersion=9.1, **{"query.columns": "CreatedBy,CreatedBy/Email"})
    (row,) = answer.json["rows"]
    assert row["CreatedBy"]["displayValue"]
    assert "@" in row["CreatedBy/Email"]["value"]


def test_members_of_a_group_are_told_to_those_who_may_know(site, script, admin_script, analyst, admin):
    query = {"query.columns": "UserId", "query.UserId~memberof": "-1"}
    assert [row["UserId"] for row in admin_script.select("core", "Users", **query).json["rows"]] == [admin.id]
    refused = script.select("core", "Users", **query)
    assert (refused.status, "may not see who belongs" in refused.json["exception"]) == (400, True)
    mine = script.select("core", "Users", **{"query.columns": "UserId", "query.UserId~eq": "~me~"})
    assert [row["UserId"] for row in mine.json["rows"]] == [analyst.id]


@pytest.mark.parametrize("op", ["exp:childof", "concept:insubtree", "inns"])
def test_operators_of_absent_modules_say_so(site, script, lab, op):
    set_site(site, strictFilters=False)
    answer = script.select("lab", "doctors", **{f"query.name~{op}": "x"})
    assert (answer.status, "which this server does not have" in answer.json["exception"]) == (400, True)


def test_container_filters_choose_among_the_folders_that_the_caller_may_read(site, script, admin_script):
    from keyhouse.authz import folders

    for path in ("/home/a", "/home/a/b", "/other", "/other/c"):
        site.folders.add(path, OPERATOR)
    site.folders.set_inheritance(folders.find("/home/a/b"), False, OPERATOR)

    def paths(who, name, folder="/home"):
        body = who.select("core", "Containers", folder, containerFilter=name, **{"query.columns": "Path"}).json
        return {row["Path"] for row in body["rows"]}

    assert paths(admin_script, "Current") == {"/home"}
    assert paths(admin_script, "currentAndSubfolders") == {"/home", "/home/a", "/home/a/b"}
    assert paths(script, "CurrentAndSubfolders") == {"/home", "/home/a"}
    assert paths(admin_script, "CurrentAndFirstChildren") == {"/home", "/home/a"}
    assert paths(admin_script, "CurrentAndParents", "/home/a/b") == {"/home", "/home/a", "/home/a/b"}
    assert paths(admin_script, "CurrentPlusProject", "/home/a/b") == {"/home", "/home/a/b"}
    assert paths(admin_script, "CurrentPlusProjectAndShared", "/home/a") == {"/home", "/home/a", "/Shared"}
    assert paths(admin_script, "AllInProject", "/home/a") == {"/home", "/home/a", "/home/a/b"}
    assert paths(admin_script, "AllFolders") >= {"/home/a/b", "/other/c", "/"}


def test_answers_and_errors_come_as_xml_where_that_is_asked_for(script, lab):
    answer = script.select("lab", "patients", respFormat="XML", **{"query.sort": "id"})
    assert answer.header("Content-Type") == "text/xml;charset=utf-8"
    root = ElementTree.fromstring(answer.text)
    assert [row.findtext("id") for row in root.find("rows")] == ["100", "101", "102"]
    assert root.findtext("rows/element/seen") == "2020-01-02 03:04:05.000"
    assert root.findtext("rowCount") == "3"
    refused = script.select("nope", "x", respFormat="xml")
    assert refused.status == 404
    assert ElementTree.fromstring(refused.text).findtext("exception") == "The specified schema does not exist"
    compact = script.get("/home/query-getSchemas.api", respFormat="json_compact")
    assert "\n" not in compact.text
