"""curl, in the three ways in which people hand it a key."""

import json
import subprocess

import pytest


def curl(*arguments):
    return subprocess.run(["curl", "-sS", *map(str, arguments)], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("way", ["netrc", "user", "header"])
def test_curl_reads_rows(live, tmp_path, way):
    ways = {
        "netrc": ["--netrc-file", live.netrc(tmp_path, live.analyst)],
        "user": ["-u", f"apikey:{live.analyst}"],
        "header": ["-H", f"apikey: {live.analyst}"],
    }
    query = "schemaName=pbc&query.queryName=lung&query.age~gte=80&query.columns=age&query.sort=age"
    answer = json.loads(curl(*ways[way], f"{live.url}/home/query-selectRows.api?{query}"))
    assert [row["age"] for row in answer["rows"]] == [80, 80, 81, 82]


def test_curl_writes_without_a_token_as_it_shows_its_key(live):
    rows = {"schemaName": "core", "queryName": "UserApiKeys", "rows": [{"RowId": 999_999}]}
    kind = ["-H", "Content-Type: application/json", "-d", json.dumps(rows)]
    answer = json.loads(curl("-u", f"apikey:{live.analyst}", *kind, f"{live.url}/query-deleteRows.api"))
    assert (answer["command"], answer["rows"], answer["rowsAffected"]) == ("delete", [], 1)


def test_guest_learns_how_to_sign_in(live):
    answer = curl("-i", f"{live.url}/home/query-getSchemas.api")
    assert answer.startswith("HTTP/1.1 401")
    assert 'www-authenticate: basic realm="keyhouse", charset="utf-8"' in answer.lower()


def test_asking_for_the_headers_alone_is_answered_by_headers_alone(live):
    url = f"{live.url}/home/query-selectRows.api?schemaName=pbc&queryName=lung"
    answer = curl("-I", "-u", f"apikey:{live.analyst}", url)
    assert answer.startswith("HTTP/1.1 200")
    assert answer.rstrip().count("\n\n") == 0
