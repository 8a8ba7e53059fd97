"""Attack: bodies that are deep, of the wrong type or not what they say, against every action of the API."""

import json

import pytest

from tests.site import issue

DEEP = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
WRONG = [None, True, 5, 1.5, "x", [], {}, [[]], {"a": {"b": []}}, "9" * 400, -1, "\u202e", [None], {"": None}]
NAMES = [
    "schemaName",
    "queryName",
    "query.queryName",
    "maxRows",
    "offset",
    "rows",
    "type",
    "description",
    "filterArray",
]
NAMES += [
    "email",
    "password",
    "returnUrl",
    "query.sort",
    "containerPath",
    "apiVersion",
    "level",
    "name",
    "query.columns",
]


def api_actions() -> list[str]:
    from keyhouse.labkey.actions import actions

    return sorted(action.name for action in actions)


def is_our_error(answer) -> bool:
    # On the wire some mistakes of the client are 500 with a sentence (client-api.md); an exception says only this much.
    return "An error happened in this server" in answer.text or "Server Error" in answer.text


def test_deep_json_is_400_on_every_action(site, client, admin):
    key = {"apikey": issue(site, admin), "Content-Type": "application/json"}
    for name in api_actions():
        answer = client.post(f"/home/{name}.api", key, body=DEEP)
        assert answer.status in {400, 404, 405}, (name, answer.status)


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_wrong_types_are_never_an_error_of_ours(site, client, admin, value):
    key = {"apikey": issue(site, admin)}
    for name in api_actions():
        body = dict.fromkeys(NAMES, value)
        answer = client.post(f"/home/{name}.api", key, json=body)
        assert not is_our_error(answer), (name, answer.text[:500])
        if name.startswith("login-logout"):
            client.cookies.clear()


def test_wrong_types_in_the_query_are_never_an_error_of_ours(site, client, admin):
    key = {"apikey": issue(site, admin)}
    for name in api_actions():
        for value in ("", "[]", "-1", "9" * 400, "%FF", "%E2%80%AE", "'\"", "a~b~c"):
            query = "&".join(f"{parameter}={value}" for parameter in NAMES)
            answer = client.get(f"/home/{name}.api?{query}", key)
            assert not is_our_error(answer), (name, value, answer.text[:500])


def test_errors_are_json_objects_that_say_what_is_wrong(site, client):
    answer = client.post("/login-loginApi.api", {"Content-Type": "application/json"}, body=b"{")
    assert json.loads(answer.body)["success"] is False
