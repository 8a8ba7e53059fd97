"""Lists whose rows are in PostgreSQL: the same answers as from the SQLite file of the default."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.labkey.conftest import Script
from tests.site import Client, issue

pytestmark = pytest.mark.postgres
TYPES = ["string", "multiLine", "int", "long", "double", "float", "decimal", "boolean", "dateTime", "date", "time"]
ROW = {
    "string": "ä'\"",
    "multiLine": "a\nb",
    "int": -5,
    "long": 2**40,
    "double": 0.1,
    "float": 1.5,
    "decimal": 12.25,
    "boolean": True,
    "dateTime": "2020-02-03 04:05:06.000",
    "date": "2020-02-03 00:00:00.000",
    "time": "04:05:06",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def program(site, admin, request):
    """A program of the administrator of a site whose lists are in PostgreSQL, or in the file of the default."""
    from keyhouse.data.managed import ManagedDatabase
    from keyhouse.lists.service import Lists
    from keyhouse.web.front import Front
    from keyhouse.web.inner import Inner

    if request.param == "sqlite":
        yield Script(Client(Front(site, Inner()), keeps_cookies=False), issue(site, admin))
        return
    database = ManagedDatabase(request.getfixturevalue("postgres_url"), Path(), 30)
    moved = replace(site, lists=Lists(database, site.recorder, site.clock, site.lists.renamed))
    yield Script(Client(Front(moved, Inner()), keeps_cookies=False), issue(site, admin))
    database.close()


def ask(program, action, body):
    answer = program.post(f"/home/{action}.api", body)
    assert answer.status == 200, answer.text
    return answer.json


def make(program, *fields, **more):
    given = [{"name": "Key", "rangeURI": "int"}, *fields]
    design = {"name": "samples", "fields": given, **more}
    return ask(
        program, "property-createDomain", {"kind": "IntList", "domainDesign": design, "options": {"keyName": "Key"}}
    )


def insert(program, *rows):
    return ask(program, "query-insertRows", {"schemaName": "lists", "queryName": "samples", "rows": list(rows)})


def save(program, domain):
    body = {"schemaName": "lists", "queryName": "samples", "domainDesign": domain}
    return program.post("/home/property-saveDomain.api", body)


def rows(program, **more):
    answer = program.select("lists", "samples", **more)
    assert answer.status == 200, answer.text
    return answer.json["rows"]


def test_values_of_every_type_come_back_as_they_were_sent(program):
    make(program, *({"name": kind, "rangeURI": kind} for kind in TYPES))
    insert(program, ROW, {})
    assert rows(program) == [{"Key": 1, **ROW}, {"Key": 2, **dict.fromkeys(TYPES)}]


def test_rows_are_filtered_and_sorted_by_every_type(program):
    make(program, *({"name": kind, "rangeURI": kind} for kind in TYPES))
    insert(program, ROW, {})
    for kind, value in ROW.items():
        found = rows(program, **{f"query.{kind}~eq": str(value), "query.sort": f"-{kind}"})
        assert [row["Key"] for row in found] == [1], kind


def test_design_is_changed_with_its_rows(program):
    made = make(program, {"name": "n"}, {"name": "gone"})
    insert(program, {"n": "12", "gone": "x"}, {"n": "13"})
    key, number, _gone = made["fields"]
    number |= {"name": "number", "rangeURI": "int", "required": True}
    answer = save(
        program,
        {**made, "fields": [key, number, {"name": "new"}], "indices": [{"columnNames": ["number"], "unique": True}]},
    )
    assert answer.status == 200, answer.text
    assert rows(program) == [{"Key": 1, "number": 12, "new": None}, {"Key": 2, "number": 13, "new": None}]


@pytest.mark.parametrize(
    ("change", "more", "text"),
    [
        ({"rangeURI": "int"}, {}, "Could not convert value 'a' of field 'n' in row 1"),
        ({"required": True}, {}, "it has no value in row 3"),
        ({"scale": 1}, {}, ""),
        ({}, {"indices": [{"columnNames": ["n"], "unique": True}]}, "The values of 'n' are not unique"),
    ],
)
def test_change_that_rows_forbid_is_refused(program, change, more, text):
    made = make(program, {"name": "n"})
    insert(program, {"n": "a"}, {"n": "a"}, {"n": None})
    before = rows(program)
    made["fields"][1] |= change
    answer = save(program, {**made, **more})
    assert (answer.status, text in answer.text) == ((400, True) if text else (200, True))
    assert rows(program) == before


def test_deleted_list_is_gone(program):
    make(program, {"name": "n"})
    ask(program, "property-deleteDomain", {"schemaName": "lists", "queryName": "samples"})
    assert program.select("lists", "samples").status == 404
    make(program, {"name": "n"})
    assert rows(program) == []
