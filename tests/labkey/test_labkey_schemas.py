"""Finding one's way: schemas, queries and their details (client-api.md, sections 8.7 and 11)."""

import pytest
from tests.site import OPERATOR

JAVA_NEEDS = [
    "isAutoIncrement",
    "isHidden",
    "isKeyField",
    "isMvEnabled",
    "isNullable",
    "isReadOnly",
    "isUserEditable",
    "isVersionField",
    "isSelectable",
    "calculated",
]


def test_older_versions_list_schemas_and_newer_ones_map_them(script, pbc):
    assert script.get("/home/query-getSchemas.api").json == {"schemas": ["core", "lists", "pbc"]}
    body = script.get("/home/query-getSchemas.view", apiVersion="9.3").json
    assert list(body) == ["core", "lists", "pbc"]
    assert body["pbc"]["fullyQualifiedName"] == "pbc"


def test_schemas_are_those_of_the_folder(script, pbc):
    assert script.get("/Shared/query-getSchemas.api").json == {"schemas": ["core", "lists"]}


def test_schemas_are_listed_though_a_database_is_down(site, script, tmp_path):
    from keyhouse.authz import folders

    site.sources.add("gone", f"sqlite:///{tmp_path}/gone.db", folders.find("/home"), OPERATOR)
    assert script.get("/home/query-getSchemas.api").json["schemas"] == ["core", "gone", "lists"]
    assert script.get("/home/query-getQueries.api", schemaName="gone").status == 503


def test_queries_come_with_columns_and_the_page_that_shows_them(script, pbc):
    body = script.get("/home/query-getQueries.api", schemaName="PBC").json
    lung = body["queries"][0]
    assert (body["schemaName"], lung["name"]) == ("pbc", "lung")
    assert lung["columns"][0]["name"] == "row_id"
    page = "/labkey/home/query-executeQuery.view?schemaName=pbc&query.queryName=lung"
    assert lung["viewDataUrl"] == page


def test_parts_of_the_list_can_be_left_out(script, pbc):
    without = {"includeColumns": 0, "includeTitle": "false", "includeViewDataUrl": "False"}
    lung = script.get("/home/query-getQueries.api", schemaName="pbc", **without).json["queries"][0]
    assert not {"columns", "title", "viewDataUrl"} & set(lung)
    none = script.get("/home/query-getQueries.api", schemaName="pbc", includeSystemQueries="false")
    assert none.json["queries"] == []


def test_unknown_schema_is_named_with_its_folder(script):
    answer = script.get("/home/query-getQueries.api", schemaName="x")
    text = "The schema name 'x' was not found within the folder '/home'"
    assert (answer.status, answer.json["exception"]) == (404, text)


def test_details_have_every_flag_that_java_dereferences(script, pbc):
    body = script.get("/home/query-getQueryDetails.api", schemaName="pbc", queryName="VISITS").json
    assert body["name"] == "visits"
    assert [column["name"] for column in body["columns"]][:2] == ["visit_id", "patient_id"]
    for column in [*body["columns"], *body["defaultView"]["columns"]]:
        assert all(isinstance(column[name], bool) for name in JAVA_NEEDS)
    assert "exception" not in body


def test_details_speak_of_types_twice_for_people_and_for_programs(script, pbc):
    body = script.get("/home/query-getQueryDetails.api", schemaName="pbc", queryName="visits").json
    by_name = {column["name"]: column for column in body["columns"]}
    assert (by_name["edema"]["type"], by_name["edema"]["jsonType"]) == ("Number (Double)", "float")
    assert by_name["patient_id"]["lookup"]["queryName"] == "patients"
    assert by_name["visit_id"]["isKeyField"] is True


def test_details_can_be_had_of_columns_behind_lookups_too(script, pbc):
    parameters = {"schemaName": "pbc", "queryName": "visits", "fields": ["DAY", "patient_id/age,nonsense"]}
    body = script.get("/home/query-getQueryDetails.api", **parameters).json
    names = [column["name"] for column in body["columns"]]
    assert (names[:2], names[-1]) == (["visit_id", "patient_id"], "patient_id/age")
    assert names.count("day") == 1
    assert body["columns"][-1]["fieldKeyArray"] == ["patient_id", "age"]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"schemaName": "x", "queryName": "y"}, 404),
        ({"schemaName": "pbc", "queryName": "y"}, 404),
        ({"schemaName": "pbc"}, 500),
    ],
)
def test_details_of_nothing_are_an_error(script, pbc, parameters, status):
    answer = script.get("/home/query-getQueryDetails.api", **parameters)
    assert (answer.status, answer.json["success"]) == (status, False)


@pytest.mark.parametrize("action", ["getSchemas", "getQueries", "getQueryDetails", "selectRows", "getQuery"])
def test_guests_and_strangers_learn_nothing(client, script, action):
    query = {"schemaName": "core", "queryName": "Users"}
    assert client.get(f"/home/query-{action}.api", **query).status == 401
    assert script.get(f"/query-{action}.api", **query).status == 403


@pytest.mark.parametrize("action", ["makeCoffee", "nonsense"])
def test_action_that_there_is_not_is_an_html_page(script, action):
    answer = script.post(f"/home/query-{action}.api", {})
    assert answer.status == 404
    assert answer.header("Content-Type").startswith("text/html")
