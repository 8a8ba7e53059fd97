"""Views and saved queries through the official Python client, which reads what JavaScript and pages save."""

import pytest
from labkey.api_wrapper import APIWrapper
from labkey.exceptions import QueryNotFoundError, ServerContextError
from labkey.query import QueryFilter

VIEW = {
    "name": "Elderly",
    "shared": True,
    "columns": [{"fieldKey": "age", "title": "Age at entry"}, {"fieldKey": "sex"}],
    "filter": [{"fieldKey": "age", "op": "gt", "value": "75"}],
    "sort": [{"fieldKey": "age", "dir": "-"}],
}
BY_AGE = "PARAMETERS (Least INTEGER) SELECT patient_id, age FROM patients WHERE age > Least ORDER BY age"


def connect(live, key):
    return APIWrapper(f"{live.host}:{live.port}", "home", "labkey", use_ssl=False, api_key=key)


def post(api, action, **body):
    context = api.server_context
    return context.make_request(context.build_url("query", action), json=body)


@pytest.fixture
def saved(live):
    """A shared view of patients and a query with a parameter, there for one test."""
    admin = connect(live, live.admin)
    post(admin, "saveQueryViews.api", schemaName="pbc", queryName="patients", views=[VIEW])
    post(admin, "saveSourceQuery.api", schemaName="pbc", queryName="ByAge", ff_queryText=BY_AGE)
    yield connect(live, live.analyst).query
    post(admin, "deleteView.api", schemaName="pbc", queryName="patients", viewName="Elderly")
    post(admin, "deleteQuery.api", schemaName="pbc", queryName="ByAge")


def test_view_decides_columns_filters_and_sort(saved):
    answer = saved.select_rows("pbc", "patients", view_name="Elderly")
    ages = [row["age"] for row in answer["rows"]]
    assert ages == sorted(ages, reverse=True)
    assert min(ages) > 75
    assert [column["header"] for column in answer["columnModel"]] == ["Age at entry", "Sex"]


def test_what_the_client_asks_for_comes_before_the_view(saved):
    older = [QueryFilter("age", 76, QueryFilter.Types.GREATER_THAN)]
    answer = saved.select_rows("pbc", "patients", view_name="Elderly", columns="age", sort="age", filter_array=older)
    ages = [row["age"] for row in answer["rows"]]
    assert ages == sorted(ages)
    assert min(ages) > 76
    everything = saved.select_rows("pbc", "patients", view_name="Elderly", ignore_filter=True)
    assert everything["rowCount"] == 418


def test_unknown_view_is_the_error_that_the_client_knows(saved):
    with pytest.raises(QueryNotFoundError, match="The requested view 'x' does not exist for this user"):
        saved.select_rows("pbc", "patients", view_name="x")


def test_query_is_listed_and_read_with_its_parameter(saved):
    listed = {query["name"]: query["isUserDefined"] for query in saved.get_queries("pbc")["queries"]}
    assert (listed["ByAge"], listed["patients"]) == (True, False)
    rows = saved.select_rows("pbc", "ByAge", parameters={"Least": 75})["rows"]
    assert rows
    assert all(row["age"] > 75 for row in rows)
    with pytest.raises(ServerContextError, match="Parameter not provided: Least"):
        saved.select_rows("pbc", "ByAge")


def test_statement_is_kept_for_the_session_of_the_client(saved):
    kept = saved.execute_sql("pbc", "SELECT age FROM patients WHERE age > 75", save_in_session=True)["queryName"]
    assert "pbc_temp" in kept
    assert saved.select_rows("pbc", kept)["rowCount"] > 0
