"""Whatever a client sends, it gets an answer that says what is wrong; an error of the server is never one of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ACTIONS = [
    "query-selectRows",
    "query-getSchemas",
    "query-getQueries",
    "query-getQueryDetails",
    "query-deleteRows",
    "project-getContainers",
    "security-createApiKey",
    "security-ensureLogin",
    "login-whoAmI",
    "login-loginApi",
    "logger-list",
    "logger-update",
]
NAMES = [
    "schemaName",
    "queryName",
    "query.columns",
    "query.sort",
    "query.maxRows",
    "query.offset",
    "query.showRows",
    "query.age~gt",
    "query.~",
    "viewName",
    "containerFilter",
    "includeTotalCount",
    "includeMetadata",
    "apiVersion",
    "dataRegionName",
    "strictFilters",
    "rows",
    "type",
    "description",
    "expirationSeconds",
    "container",
    "includeSubfolders",
    "depth",
    "email",
    "password",
    "returnUrl",
    "fields",
    "name",
    "level",
    "respFormat",
    "inherited",
]
WRONG = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
VALUES = WRONG | st.lists(WRONG, max_size=3) | st.dictionaries(st.text(max_size=3), WRONG, max_size=2)
KNOWN = st.sampled_from(
    [{"schemaName": "pbc", "queryName": "lung"}, {"schemaName": "core", "queryName": "UserApiKeys"}, {}]
)
MISSING = "No value was supplied for the required parameter"
ABSENT = "does not exist."


@pytest.mark.parametrize("action", ACTIONS)
def test_wrong_types_in_json_never_break_the_server(admin_script, pbc, keys_on, action):
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(KNOWN, st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
    def speak(known, body):
        answer = admin_script.post(f"/home/{action}.api", {**known, **body})
        said = "" if answer.status < 500 else answer.json["exception"]
        assert answer.status < 500 or MISSING in said or said.endswith(ABSENT), (answer.status, said, body)

    speak()


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff", b"[" * 5000 + b"]" * 5000, b'{"a":' * 3000])
@pytest.mark.parametrize("action", ["query-selectRows", "security-createApiKey", "login-whoAmI"])
def test_body_that_is_no_json_object_is_a_bad_request(admin_script, keys_on, action, body):
    headers = {"apikey": admin_script.key, "Content-Type": "application/json"}
    answer = admin_script.client.post(f"/home/{action}.api", headers, body=body)
    assert answer.status in ({400} if action != "login-whoAmI" else {200, 400})


@pytest.mark.parametrize("body", [b"", b"[]", b"null"])
def test_empty_bodies_of_known_clients_are_accepted(admin_script, body):
    headers = {"apikey": admin_script.key, "Content-Type": "application/json"}
    assert admin_script.client.post("/home/query-getSchemas.api", headers, body=body).status == 200
