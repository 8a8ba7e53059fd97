"""Reading rows through the client API (client-api.md, sections 8.1, 9 and 10)."""

import logging

import pytest
from tests.site import set_site

SELECT = "/home/query-selectRows.api"


def ids(answer):
    return [row["patient_id"] for row in answer.json["rows"]]


def test_flat_rows_have_every_key_in_the_same_order_with_nulls_written(script, pbc):
    body = script.select("pbc", "patients", **{"query.maxRows": -1}).json
    keys = [tuple(row) for row in body["rows"]]
    assert len(keys) == body["rowCount"] == 418
    assert set(keys) == {keys[0]}
    assert None in {value for row in body["rows"] for value in row.values()}


def test_column_model_is_parallel_to_the_fields(script, pbc):
    body = script.select("pbc", "patients", **{"query.columns": "sex,age,patient_id", "query.maxRows": 1}).json
    fields = [field["name"] for field in body["metaData"]["fields"]]
    assert fields == [column["dataIndex"] for column in body["columnModel"]] == list(body["rows"][0])
    assert fields == ["sex", "age", "patient_id"]
    assert {field["type"] for field in body["metaData"]["fields"]} == {"string", "float", "int"}


def test_metadata_names_the_key_only_where_there_is_exactly_one(script, pbc):
    assert script.select("pbc", "patients", **{"query.maxRows": 0}).json["metaData"]["id"] == "patient_id"
    assert "id" not in script.select("pbc", "survival_summary", **{"query.maxRows": 0}).json["metaData"]


@pytest.mark.parametrize(
    ("asked", "format_version"), [(None, 8.3), ("8.3", 8.3), ("nonsense", 8.3), ("nan", 8.3), (9, 8.3), ("9.1", 9.1)]
)
def test_older_versions_tell_their_format(script, pbc, asked, format_version):
    parameters = {"query.maxRows": 1} | ({} if asked is None else {"apiVersion": asked})
    body = script.select("pbc", "lung", **parameters).json
    assert body["formatVersion"] == format_version
    assert body["schemaName"] == "pbc"


@pytest.mark.parametrize("version", ["13.2", "16.2", "17.1", "23.11"])
def test_newer_versions_nest_cells_and_split_names(script, pbc, version):
    body = script.select("pbc", "lung", **{"query.maxRows": 1, "apiVersion": version, "query.columns": "age"}).json
    assert body["schemaName"] == ["pbc"]
    assert not {"formatVersion", "columnModel"} & set(body)
    assert body["metaData"]["fields"][0]["fieldKey"] == ["age"]
    assert list(body["rows"][0]["data"]) == ["age"]
    assert list(body["rows"][0]["data"]["age"]) == ["value"]


def test_version_may_come_as_a_header(script, pbc):
    headers = {"apikey": script.key, "LABKEY-apiVersion": "17.1"}
    answer = script.client.get(SELECT, headers, schemaName="pbc", queryName="lung", limit=1)
    assert answer.json["schemaName"] == ["pbc"]


def test_newer_versions_leave_out_rows_and_metadata_where_none_are_wanted(script, pbc):
    parameters = {"apiVersion": 17.1, "query.maxRows": 0, "includeMetadata": "false"}
    body = script.select("pbc", "lung", **parameters).json
    assert body == {"schemaName": ["pbc"], "queryName": "lung", "rowCount": 228}


def test_cells_of_9_1_are_objects(script, pbc):
    row = script.select("pbc", "lung", **{"query.maxRows": 1, "apiVersion": 9.1, "query.columns": "age"}).json["rows"][
        0
    ]
    assert list(row["age"]) == ["value"]


def test_lookup_to_a_user_has_the_name_beside_the_id(admin_script, admin):
    body = admin_script.select("core", "APIKeys", folder="/", apiVersion=9.1).json
    assert body["rows"][0]["CreatedBy"] == {"value": admin.id, "displayValue": "admin"}


@pytest.mark.parametrize(
    "page",
    [
        {"query.maxRows": 5, "query.offset": 10},
        {"limit": "5", "start": "10"},
        {"maxRows": 5, "offset": 10, "query.showRows": "paginated"},
    ],
)
def test_page_is_cut_by_any_spelling(script, pbc, page):
    answer = script.select("pbc", "patients", **{"query.sort": "patient_id", **page})
    assert ids(answer) == [11, 12, 13, 14, 15]
    assert answer.json["rowCount"] == 418


@pytest.mark.parametrize(("shows", "number"), [("all", 418), ("unselected", 418), ("none", 0), ("selected", 0)])
def test_show_rows_overrules_the_page(script, pbc, shows, number):
    body = script.select("pbc", "patients", **{"query.showRows": shows, "query.maxRows": 7, "query.offset": 3}).json
    assert len(body["rows"]) == number
    assert body["rowCount"] == 418


def test_total_is_not_counted_where_the_client_does_without(script, pbc):
    page = {"query.maxRows": 5, "query.offset": 10, "includeTotalCount": "false"}
    assert script.select("pbc", "patients", **page).json["rowCount"] == 15


@pytest.mark.parametrize(("offset", "rows"), [(0, 418), (410, 8), (418, 0), (9999, 0), (10**30, 0), (-5, 418)])
def test_total_is_the_same_wherever_a_page_begins(script, pbc, offset, rows):
    body = script.select("pbc", "patients", **{"query.maxRows": 1000, "query.offset": offset}).json
    assert (len(body["rows"]), body["rowCount"]) == (rows, 418)


def test_sort_goes_up_down_and_by_several(script, pbc):
    body = script.select(
        "pbc", "patients", **{"query.sort": "-sex, +patient_id", "query.columns": "sex,patient_id"}
    ).json
    rows = [(row["sex"], row["patient_id"]) for row in body["rows"]]
    assert rows == sorted(rows, key=lambda row: (-ord(row[0][0]), row[1]))
    assert body["metaData"]["sortInfo"] == {"field": "sex", "direction": "DESC"}


def test_filters_are_all_applied_and_may_repeat(script, pbc):
    query = "schemaName=pbc&query.queryName=patients&query.age~gte=70&query.age~lt=71&query.SEX~eq=female"
    answer = script.get(f"{SELECT}?{query}")
    ages = [row["age"] for row in answer.json["rows"]]
    assert ages
    assert all(70 <= age < 71 for age in ages)
    assert {row["sex"] for row in answer.json["rows"]} == {"female"}


def test_region_may_have_another_name(script, pbc):
    query = "schemaName=pbc&dataRegionName=grid&grid.queryName=patients&GRID.patient_id~lte=3&grid.sort=-patient_id"
    assert ids(script.get(f"{SELECT}?{query}&query.patient_id~eq=99")) == [3, 2, 1]


def test_parameters_may_stand_in_a_json_body(script, pbc):
    body = {"schemaName": "pbc", "queryName": "patients", "query.patient_id~in": "1;2", "query.maxRows": "-1"}
    assert ids(script.post(SELECT, body | {"apiVersion": "8.3"})) == [1, 2]


def test_foreign_form_needs_no_token_to_read(client, script, pbc):
    client.get("/login-whoAmI.api", {"apikey": script.key})
    answer = client.post(SELECT, form={"schemaName": "pbc", "query.queryName": "lung"}, csrf=False)
    assert answer.json["rowCount"] == 228


def test_names_match_in_any_case_and_come_back_as_they_are(script, pbc):
    body = script.select("PBC", "Patients", **{"query.columns": "PATIENT_ID", "query.maxRows": 1}).json
    assert (body["schemaName"], body["queryName"]) == ("pbc", "patients")
    assert list(body["rows"][0]) == ["patient_id"]


def test_unknown_names_are_ignored_and_logged_where_the_site_is_lenient(site, script, pbc, caplog):
    set_site(site, strictFilters=False)
    with caplog.at_level(logging.WARNING, "keyhouse.data"):
        query = {"query.nosuch~eq": 1, "query.age~sounds": 2, "query.columns": "age,nothing", "query.maxRows": 1}
        body = script.select("pbc", "patients", **query).json
    assert body["rowCount"] == 418
    assert "nosuch" in caplog.text
    assert "sounds" in caplog.text


@pytest.mark.parametrize("name", ["query.nosuch~eq", "query.age~sounds", "query.age/name~eq"])
@pytest.mark.parametrize("is_strict_site", [True, False])
def test_filters_that_cannot_be_applied_are_refused_by_strict_sites_and_for_strict_clients(
    site, script, pbc, name, is_strict_site
):
    set_site(site, strictFilters=is_strict_site)
    answer = script.select("pbc", "patients", strictFilters=str(not is_strict_site), **{name: 1})
    assert answer.status == 400
    assert answer.json["exception"].startswith("There is no")
    assert f"'{name}'" in answer.json["exception"]
    assert pbc.lent == 0


def test_unknown_columns_and_sorts_are_ignored_also_by_strict_sites(script, pbc):
    query = {"query.columns": "age,nothing", "query.sort": "nil", "query.maxRows": 1}
    assert list(script.select("pbc", "patients", **query).json["rows"][0]) == ["age"]


@pytest.mark.parametrize(
    ("parameters", "status", "text"),
    [
        ({"schemaName": "nope", "queryName": "x"}, 404, "The specified schema does not exist"),
        ({"schemaName": "pbc", "queryName": "Q"}, 404, "The specified query 'Q' does not exist in schema 'pbc'"),
        (
            {"schemaName": "pbc", "queryName": "lung", "viewName": "v"},
            404,
            "The requested view 'v' does not exist for this user.",
        ),
        ({"queryName": "lung"}, 500, "No value was supplied for the required parameter 'schemaName'."),
        ({"schemaName": "pbc"}, 500, "No value was supplied for the required parameter 'queryName'."),
        (
            {"schemaName": "pbc", "queryName": "lung", "query.maxRows": "many"},
            400,
            "Could not parse parameter 'query.maxRows'",
        ),
        (
            {"schemaName": "pbc", "queryName": "lung", "query.showRows": "some"},
            400,
            "Could not parse parameter 'showRows'",
        ),
        (
            {"schemaName": "pbc", "queryName": "lung", "containerFilter": "Everything"},
            400,
            "'containerFilter' parameter is not valid",
        ),
        (
            {"schemaName": "pbc", "queryName": "lung", "query.age~gt": "old"},
            400,
            "Could not convert value 'old' (String) for Integer field 'age'",
        ),
    ],
)
def test_errors_have_the_status_and_words_that_clients_know(script, pbc, parameters, status, text):
    answer = script.get(SELECT, **parameters)
    of_500 = {"exceptionClass": "org.labkey.api.action.ApiUsageException", "stackTrace": []} if status == 500 else {}
    assert (answer.status, answer.json) == (status, {"success": False, "exception": text, **of_500})


@pytest.mark.parametrize("known", ["Current", "AllFolders", "currentandsubfolders"])
def test_known_container_filters_are_accepted(script, pbc, known):
    assert script.select("pbc", "lung", containerFilter=known).status == 200


def test_guest_is_challenged_and_stranger_refused(client, script, site, pbc):
    from tests.site import OPERATOR

    from keyhouse.authz import folders

    assert client.get(SELECT, schemaName="pbc", queryName="lung").status == 401
    site.folders.add("/home/closed", OPERATOR)
    site.folders.set_inheritance(folders.find("/home/closed"), False, OPERATOR)
    assert script.select("pbc", "lung", folder="/home/closed").status == 403


def test_source_of_another_folder_is_not_there(script, pbc):
    answer = script.select("pbc", "lung", folder="/Shared")
    assert (answer.status, answer.json["exception"]) == (404, "The specified schema does not exist")


def test_source_that_is_down_is_503_and_the_rest_works(script, site, pbc, tmp_path):
    from tests.site import OPERATOR

    from keyhouse.authz import folders

    site.sources.add("gone", f"sqlite:///{tmp_path}/gone.db", folders.find("/home"), OPERATOR)
    answer = script.select("gone", "x")
    assert answer.status == 503
    assert "Source 'gone' is not available" in answer.json["exception"]
    assert script.select("pbc", "lung").json["rowCount"] == 228
    assert "gone" in script.get("/home/query-getSchemas.api").json["schemas"]


def test_server_date_has_the_form_of_all_dates(script):
    from datetime import datetime

    assert datetime.strptime(script.get("/home/query-getServerDate.api").json["date"], "%Y-%m-%d %H:%M:%S.%f")


def test_column_that_rows_are_only_sorted_by_is_written_down(script, pbc):
    from keyhouse.audit.models import AuditEvent

    script.select("pbc", "patients", **{"query.columns": "sex", "query.sort": "-age,nothing", "query.maxRows": 2})
    read = AuditEvent.objects.filter(kind="data read").latest("sequence")
    assert (read.details["columns"], read.details["sort"]) == (["sex"], ["age"])
