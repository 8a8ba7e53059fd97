"""The details of a query: lookups, views and what can be edited (client-api.md, sections 8.7 and 11)."""

import pytest
from tests.site import OPERATOR

VIEW = {"name": "Short", "columns": [{"fieldKey": "age"}, {"fieldKey": "gone"}]}
VISITS = {"schemaName": "pbc", "queryName": "visits"}


def details(script, **parameters):
    answer = script.get("/home/query-getQueryDetails.api", **parameters)
    assert answer.status == 200, answer.text
    return answer.json


def by_name(columns):
    return {column["name"]: column for column in columns}


def test_lookup_tells_the_table_its_key_and_the_column_to_show(script, pbc):
    lookup = by_name(details(script, **VISITS)["columns"])["patient_id"]["lookup"]
    assert (lookup["schemaName"], lookup["queryName"], lookup["isPublic"]) == ("pbc", "patients", True)
    assert (lookup["keyColumn"], lookup["displayColumn"]) == ("patient_id", "sex")


def test_columns_behind_a_lookup_are_described_under_its_name(script, pbc):
    body = details(script, **VISITS, fk="patient_id")
    first = body["columns"][0]
    assert (body["name"], first["name"], first["fieldKey"]) == ("visits", "patient_id/patient_id", "patient_id")
    assert not {"defaultView", "views", "targetContainers"} & set(body)


@pytest.mark.parametrize(("fk", "text"), [("day", "not a foreign key"), ("x", "Could not find the column")])
def test_what_is_no_lookup_cannot_be_followed(script, pbc, fk, text):
    answer = script.get("/home/query-getQueryDetails.api", **VISITS, fk=fk)
    assert (answer.status, text in answer.json["exception"]) == (400, True)


def test_views_are_described_on_request_the_default_one_always(script, pbc):
    named = {"schemaName": "pbc", "queryName": "patients"}
    script.post("/home/query-saveQueryViews.api", {**named, "views": [VIEW, {**VIEW, "name": "Other"}]})

    def names(**how):
        return [view["name"] for view in details(script, **named, **how)["views"]]

    assert names() == [""]
    assert names(viewName="short") == ["", "Short"]
    assert names(viewName=["Short", "nonsense"]) == ["", "Short"]
    assert sorted(names(viewName="*")) == ["", "Other", "Short"]
    missing = details(script, **named, viewName="New", initializeMissingView="true")["views"][-1]
    assert (missing["name"], missing["doesNotExist"], len(missing["columns"]) > 10) == ("New", True, True)


def test_default_view_decides_what_the_details_show_first(script, pbc):
    named = {"schemaName": "pbc", "queryName": "patients"}
    script.post("/home/query-saveQueryViews.api", {**named, "views": [{**VIEW, "name": ""}]})
    body = details(script, **named)
    assert [column["name"] for column in body["defaultView"]["columns"]] == ["age"]
    assert [column["name"] for column in body["views"][0]["columns"]] == ["age", "gone"], "what is gone is kept"
    assert [field["name"] for field in body["views"][0]["fields"]] == ["age"]
    assert len(body["columns"]) > 10
    assert [set(row) for row in script.select("pbc", "patients", **{"query.maxRows": "1"}).json["rows"]] == [{"age"}]


def test_every_boolean_that_stands_twice_says_the_same(script, pbc):
    for column in details(script, **VISITS)["columns"]:
        for name, value in column.items():
            if name.startswith("is") and name[2].isupper():
                assert isinstance(value, bool)
                assert column[name[2].lower() + name[3:]] is value


def test_columns_of_tables_that_can_be_written_are_editable(site, script, tmp_path, pbc_file):
    from keyhouse.authz import folders

    for name, is_writable in (("open", True), ("shut", False)):
        site.sources.add(name, f"sqlite:///{pbc_file}", folders.find("/home"), OPERATOR, is_writable=is_writable)
        column = by_name(details(script, schemaName=name, queryName="patients")["columns"])["age"]
        assert (column["userEditable"], column["readOnly"]) == (is_writable, not is_writable)
        rows = script.select(name, "patients", **{"query.maxRows": "1", "query.columns": "age"}).json
        assert rows["columnModel"][0]["editable"] is is_writable


def test_folders_in_which_a_view_can_be_kept_are_told(site, script, admin_script):
    site.folders.add("/home/sub", OPERATOR)
    for caller, may_share in ((script, False), (admin_script, True)):
        body = caller.get("/home/sub/query-getQueryDetails.api", schemaName="core", queryName="Users").json
        targets = [(each["path"], each["canEditSharedViews"]) for each in body["targetContainers"]]
        assert targets == [("/home/sub", may_share), ("/home", may_share)]
        assert body["canEditSharedViews"] is may_share


def test_lookup_of_a_user_shows_the_name(script):
    named = {"schemaName": "core", "queryName": "UserApiKeys"}
    assert by_name(details(script, **named)["columns"])["CreatedBy"]["lookup"]["displayColumn"] == "DisplayName"
