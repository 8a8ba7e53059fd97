"""Rows on their way out: audited first, never held, and never half an answer that looks whole (keys.md, section 7)."""

import json
import logging
import sqlite3

import orjson
import pytest
from tests.site import OPERATOR

QUERY = {"schemaName": "endless", "query.queryName": "endless", "query.maxRows": "-1"}


@pytest.fixture
def endless(site, tmp_path):
    """A source with a view that never ends, and one that ends in an error after 5,000 rows."""
    from keyhouse.authz import folders

    file = tmp_path / "endless.sqlite3"
    counting = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
    with sqlite3.connect(file) as connection:
        connection.execute(f"CREATE VIEW endless AS {counting} SELECT id FROM n")
        failing = "CASE WHEN id > 5000 THEN abs(-9223372036854775807 - 1) ELSE id END AS id"
        connection.execute(f"CREATE VIEW broken AS {counting} SELECT {failing} FROM n")
    connection.close()
    site.sources.add("endless", f"sqlite:///{file}", folders.find("/home"), OPERATOR)
    return site.registry.get("/home", "endless")


def begin(script, **query):
    """Ask for rows and return the answer's pieces unread, as a server holds them while it sends."""
    started = []
    client = script.client
    environ = client._environ("GET", "/home/query-selectRows.api", QUERY | query, {"apikey": script.key}, b"")
    pieces = client.front(environ, lambda status, headers, *_: started.append(status))
    return started[0], pieces


def test_reading_is_audited_before_the_first_byte(script, endless, events):
    status, pieces = begin(script)
    [event] = events("data read")
    assert status.startswith("200")
    assert (event.schema, event.query, event.folder) == ("endless", "endless", "/home")
    assert event.details["columns"] == ["id"]
    assert events("data served") == []
    pieces.close()


def test_first_rows_leave_before_the_last_is_made(script, endless):
    _status, pieces = begin(script)
    iterator = iter(pieces)
    assert next(iterator).endswith(b'"rows":[')
    assert next(iterator).startswith(b'{"id":1},{"id":2},')
    pieces.close()


def test_client_that_goes_away_gives_the_connection_back(script, endless, events):
    _status, pieces = begin(script)
    iterator = iter(pieces)
    next(iterator), next(iterator)
    assert endless.lent == 1
    pieces.close()
    assert endless.lent == 0
    [event] = events("data served")
    assert (event.details["rows"], event.details["isComplete"], event.outcome) == (100, False, "failed")


def test_client_that_goes_away_before_the_first_byte_gives_it_back_as_well(script, endless, events):
    _status, pieces = begin(script)
    pieces.close()
    assert endless.lent == 0
    details = events("data served")[0].details
    assert (details["rows"], details["isComplete"]) == (0, False)


def test_error_in_the_middle_leaves_no_document_that_parses(script, endless, events, caplog):
    with caplog.at_level(logging.ERROR, "keyhouse.data"):
        status, pieces = begin(script, **{"query.queryName": "broken"})
        body = b"".join(pieces)
        pieces.close()
    assert status.startswith("200")
    assert b'{"id":4000}' in body
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert "ended early" in caplog.text
    assert events("data served")[0].details["isComplete"] is False
    assert endless.lent == 0


def test_error_in_a_small_page_still_has_its_status(script, endless, events):
    answer = script.get(
        "/home/query-selectRows.api",
        **QUERY | {"query.queryName": "broken", "query.offset": 4900, "query.maxRows": 500},
    )
    assert answer.status == 500
    assert answer.json["exception"] == "Source 'endless' could not answer this query"
    assert endless.lent == 0


def test_small_page_has_one_event_that_tells_its_number_of_rows(script, pbc, events):
    script.select("pbc", "lung", **{"query.maxRows": 10})
    assert [event.details["rows"] for event in events("data read")] == [10]
    assert events("data served") == []


def test_stream_has_an_event_before_it_and_one_after_it_with_its_number_of_rows(script, pbc, events):
    script.select("pbc", "lung", **{"query.maxRows": -1})
    assert ["rows" in event.details for event in events("data read")] == [False]
    [served] = events("data served")
    assert (served.details["rows"], served.details["isComplete"]) == (228, True)
    assert served.details["answer"] == events("data read")[0].sequence


def test_values_of_filters_stay_out_of_the_audit_log(script, pbc, events):
    script.select("pbc", "patients", **{"query.age~gt": "77.125"})
    [event] = events("data read")
    assert event.details["filters"] == ["age~gt"]
    assert "77.125" not in str(event.details)


def test_nothing_is_served_that_cannot_be_audited(script, endless, site, monkeypatch):
    from keyhouse.audit.events import Kind

    record = type(site.recorder).record

    def refuse_reads(self, event):
        if event.kind is Kind.DATA_READ:
            raise RuntimeError("disk full")
        record(self, event)

    monkeypatch.setattr(type(site.recorder), "record", refuse_reads)
    status, pieces = begin(script)
    body = b"".join(pieces)
    assert status.startswith("500")
    assert set(orjson.loads(body)) == {"success", "exception", "exceptionClass", "stackTrace"}
    assert endless.lent == 0
