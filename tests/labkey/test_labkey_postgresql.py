"""Rows of a PostgreSQL source on the wire, in the types that SQLite does not have."""

import json

import psycopg
import pytest
from tests.site import OPERATOR

pytestmark = pytest.mark.postgres

_VALUES = """
CREATE TABLE measured (
    id integer PRIMARY KEY, exact numeric, at timestamptz, day date, flag boolean, tags text[], more jsonb,
    raw bytea, span interval, code uuid, big bigint, small real
);
INSERT INTO measured VALUES (
    1, 0.12345678901234567890123, '2020-01-02 03:04:05.678+02', '2020-01-02', true, '{a,b}', '{"a": [1, null]}',
    '\\x00ff', '1 day 02:00', '00000000-0000-0000-0000-000000000001', 9223372036854775807, 'NaN'
), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""


@pytest.fixture
def clinic(site, postgres_url):
    from keyhouse.authz import folders

    with psycopg.connect(postgres_url) as connection:
        connection.execute(_VALUES)
    site.sources.add("clinic", postgres_url, folders.find("/home"), OPERATOR)


def test_values_of_every_type_reach_the_client(script, clinic):
    answer = script.select("clinic", "measured", **{"query.sort": "id", "query.maxRows": -1})
    first, second = answer.json["rows"]
    assert b'"exact":0.12345678901234567890123,' in answer.body
    assert (first["at"], first["day"]) == ("2020-01-02 01:04:05.678", "2020-01-02 00:00:00.000")
    assert (first["flag"], first["tags"], first["more"]) == (True, ["a", "b"], {"a": [1, None]})
    assert (first["raw"], first["span"], first["big"]) == ("AP8=", "1 day 02:00:00", 9223372036854775807)
    assert (first["code"], first["small"]) == ("00000000-0000-0000-0000-000000000001", None)
    assert set(second) == set(first)
    assert set(second.values()) == {2, None}


def test_metadata_tell_the_types(script, clinic):
    body = script.get("/home/query-getQueryDetails.api", schemaName="clinic", queryName="measured").json
    kinds = {column["name"]: column["jsonType"] for column in body["columns"]}
    assert (kinds["exact"], kinds["at"], kinds["flag"], kinds["big"]) == ("float", "date", "boolean", "int")


def test_filters_bind_the_types_of_the_columns(script, clinic):
    query = {"query.exact~gt": "0.1", "query.at~dateeq": "2020-01-02", "query.flag~eq": "true", "query.big~gt": "5e18"}
    answer = script.select("clinic", "measured", **query)
    assert [row["id"] for row in json.loads(answer.body)["rows"]] == [1]
