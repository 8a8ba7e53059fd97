"""No row that a client sends, however wrong, is an error of the server or leaves anything behind."""

import sqlite3

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.site import OPERATOR

NAMES = ["id", "n", "t", "d", "b", "x", "ID", "unknown", ""]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture
def place(site, tmp_path):
    """The writable source `place` in /home."""
    from keyhouse.authz import folders

    with sqlite3.connect(tmp_path / "p.db") as database:
        database.execute(
            "CREATE TABLE t (id integer PRIMARY KEY, n integer, t varchar(5), d timestamp, b boolean, x double)"
        )
    database.close()
    site.sources.add("place", f"sqlite:///{tmp_path / 'p.db'}", folders.find("/home"), OPERATOR, is_writable=True)


def post(script, action, raw):
    headers = {"apikey": script.key, "content-type": "application/json"}
    return script.client.post(f"/home/query-{action}.api", headers, body=raw)


def rows_of(script):
    return script.select("place", "t").json["rowCount"]


@pytest.mark.parametrize(
    "row",
    [
        '{"x": NaN}',
        '{"x": Infinity}',
        '{"t": "\\ud800"}',
        '{"t": "a\\u0000b"}',
        '{"n": 99999999999999999999999999}',
        '{"n": 1e400}',
        '{"x": "1e400"}',
        '{"n": 0.5, "x": 1.0000000000000001e-99999999999999999999}',
        '{"n": 1, "N": 2}',
        '{"d": "2020-13-45"}',
        '{"d": "99999-01-01"}',
        '{"n": {"a": 1}}',
        '{"t": ["a"]}',
        '{"b": "perhaps"}',
    ],
)
def test_value_that_nobody_can_store_is_the_clients_mistake(admin_script, place, row):
    answer = post(admin_script, "insertRows", f'{{"schemaName":"place","queryName":"t","rows":[{row}]}}'.encode())
    assert answer.status == 400, answer.text
    assert answer.json["success"] is False
    assert rows_of(admin_script) == 0


def test_row_of_a_hundred_thousand_columns_is_read_for_the_few_that_there_are(admin_script, place):
    row = {f"c{number}": number for number in range(100_000)} | {"n": 5}
    body = orjson.dumps({"schemaName": "place", "queryName": "t", "rows": [row]})
    answer = post(admin_script, "insertRows", body)
    assert (answer.status, answer.json["rows"][0]["n"]) == (200, 5)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["insertRows", "updateRows", "deleteRows", "importRows", "saveRows", "moveRows"]), JUNK, JUNK)
def test_no_request_to_write_is_an_error_of_the_server(admin_script, place, action, rows, command):
    body = {
        "schemaName": "place",
        "queryName": "t",
        "rows": rows,
        "commands": [command, rows],
        "targetContainerPath": "/home",
        "extraContext": command,
        "transacted": command,
    }
    answer = post(admin_script, action, orjson.dumps(body))
    assert answer.status in {200, 400, 403, 404}, answer.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.tsv", "a.xlsx", "file", "a.xls"]))
def test_no_file_is_an_error_of_the_server(admin_script, place, content, name):
    from tests.labkey.test_labkey_import_rows import multipart

    parts = [("schemaName", "place"), ("queryName", "t"), ("file", content, name)]
    body, content_type = multipart(parts)
    headers = {"apikey": admin_script.key, "content-type": content_type}
    answer = admin_script.client.post("/home/query-import.api", headers, body=body)
    assert answer.status == 200
    assert "success" in answer.json
