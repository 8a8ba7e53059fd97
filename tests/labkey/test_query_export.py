"""Exports: every row, in each form, with the same meaning of parameters as `selectRows`, and in the log."""

import csv
import io
import json
import sqlite3

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.site import OPERATOR, Client

from keyhouse.tabular import TabularError, read, rows_of, write_workbook

LUNG = {"schemaName": "pbc", "query.queryName": "lung"}
OLD = {**LUNG, "query.age~gte": "80", "query.sort": "age,status", "query.columns": "age,sex,status"}


def export(script, action="exportRowsTsv", folder="/home", **query):
    return script.get(f"{folder}/query-{action}.view", **query)


def table(answer, delimiter="\t"):
    assert answer.status == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text), delimiter=delimiter))


def test_export_has_the_rows_of_select_rows(script, pbc):
    rows = script.select("pbc", "lung", **{name: OLD[name] for name in OLD if name.startswith("query.")}).json["rows"]
    found = table(export(script, **OLD))
    assert found[0] == ["age", "sex", "status"]
    assert found[1:] == [[str(row["age"]), row["sex"], str(row["status"])] for row in rows]


def test_export_has_every_row_whatever_page_is_shown(script, pbc):
    found = table(export(script, **LUNG, **{"query.maxRows": "5", "query.offset": "100"}))
    assert len(found) == 229
    assert len(table(export(script, **LUNG, maxRows="5"))) == 6


def test_post_means_the_same(script, pbc):
    form = script.client.post("/home/query-exportRowsTsv.view", {"apikey": script.key}, form=OLD)
    body = script.client.post("/home/query-exportRowsTsv.api", {"apikey": script.key}, json=OLD)
    assert form.text == body.text == export(script, **OLD).text


def test_parameters_may_have_the_prefix_of_another_region(script, pbc):
    asked = {"dataRegionName": "other", "other.schemaName": "pbc", "other.queryName": "lung", "other.age~gte": "80"}
    assert len(table(export(script, **asked))) == 5


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ({"headerType": "None"}, "80"),
        ({"headerType": "Caption"}, "Age\tSex\tStatus"),
        ({"headerType": "FieldKey"}, "age\tsex\tstatus"),
        ({"headerType": "DisplayFieldKey"}, "age\tsex\tstatus"),
        ({"exportAlias.age": "Years"}, "Years\tsex\tstatus"),
        ({"excludeColumn": "sex"}, "age\tstatus"),
        ({"delim": "COMMA"}, "age,sex,status"),
        ({"delim": "SEMICOLON"}, "age;sex;status"),
        ({"byteOrderMark": "true"}, "\ufeffage\tsex\tstatus"),
    ],
)
def test_options_of_the_original_shape_the_file(script, pbc, more, first):
    assert export(script, **OLD, **more).text.splitlines()[0].startswith(first)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"headerType": "Loud"}, "headerType"),
        ({"delim": "DOT"}, "delim"),
        ({"quote": "NONE"}, "quote"),
        ({"excludeColumn": "age,sex,status"}, "no column"),
        ({"query.age~gt": "old"}, "old"),
        ({"maxRows": "many"}, "maxRows"),
    ],
)
def test_wrong_option_is_refused_by_name(script, pbc, more, words):
    answer = export(script, **OLD | more)
    assert answer.status == 400
    assert words in answer.json["exception"]


@pytest.mark.parametrize("action", ["exportRowsExcel", "exportRowsXLSX"])
def test_workbook_has_captions_and_numbers(script, pbc, action):
    answer = export(script, action, **OLD)
    assert answer.header("Content-Type").endswith("spreadsheetml.sheet")
    with read(io.BytesIO(answer.body)) as sheet:
        assert sheet.header == ("Age", "Sex", "Status")
        assert [row[0] for row in rows_of(sheet)] == [80, 80, 81, 82]


@pytest.mark.parametrize("form", ["csv", "tsv", "xlsx", "parquet", "arrow", "json", "ndjson"])
def test_each_form_has_the_same_rows_and_a_name_that_says_what_it_is(script, pbc, form):
    answer = export(script, "exportRows", **OLD, format=form)
    assert answer.status == 200
    ending = "arrows" if form == "arrow" else form
    name = answer.header("Content-Disposition")
    assert name.startswith('attachment; filename="lung_') and name.endswith(f'.{ending}"')
    assert answer.header("Cache-Control") == "no-store"
    ages = {
        "csv": lambda body: [int(row["age"]) for row in csv.DictReader(io.StringIO(body.decode()))],
        "tsv": lambda body: [int(row["age"]) for row in csv.DictReader(io.StringIO(body.decode()), delimiter="\t")],
        "xlsx": lambda body: [row[0] for row in rows_of(read(io.BytesIO(body)))],
        "parquet": lambda body: parquet.read_table(io.BytesIO(body)).column("age").to_pylist(),
        "arrow": lambda body: pa.ipc.open_stream(body).read_all().column("age").to_pylist(),
        "json": lambda body: [row["age"] for row in json.loads(body)],
        "ndjson": lambda body: [json.loads(line)["age"] for line in body.splitlines()],
    }
    assert ages[form](answer.body) == [80, 80, 81, 82]


def test_unknown_format_is_told_the_known_ones(script, pbc):
    answer = export(script, "exportRows", **OLD, format="sas7bdat")
    assert answer.status == 400
    assert "csv, tsv, xlsx" in answer.json["exception"]


def test_without_pyarrow_parquet_says_what_to_install(script, pbc, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    answer = export(script, "exportRows", **OLD, format="parquet")
    assert answer.status == 501
    assert "pip install 'keyhouse[arrow]'" in answer.json["exception"]


def test_workbook_of_too_many_rows_names_what_to_take_instead(script, pbc, monkeypatch):
    monkeypatch.setattr(write_workbook, "MOST_ROWS", 100)
    answer = export(script, "exportRowsXLSX", **LUNG)
    assert answer.status == 400
    assert "CSV, Parquet or Arrow" in answer.json["exception"]
    assert export(script, "exportRowsXLSX", **LUNG, maxRows="99").status == 200


def test_export_is_in_the_log_before_its_first_byte_and_with_its_rows_after(script, pbc, events):
    export(script, **OLD)
    exported, served = events("data exported")[-1], events("data served")[-1]
    assert exported.sequence < served.sequence
    assert exported.details == {
        "columns": ["age", "sex", "status"],
        "form": "tsv",
        "phiOfColumns": "NotPHI",
        "filters": ["age~gte"],
        "sort": ["age", "status"],
    }
    assert (exported.schema, exported.query, exported.folder) == ("pbc", "lung", "/home")
    assert (served.details["rows"], served.details["isComplete"]) == (4, True)
    assert (served.details["answer"], served.details["columns"]) == (exported.sequence, ["age", "sex", "status"])
    assert not any("80" in str(event.details) + event.comment for event in (exported, served))


def test_program_without_a_key_is_challenged_and_a_browser_is_led_to_the_sign_in_page(front, pbc):
    path = "/home/query-exportRowsTsv.view?schemaName=pbc&query.queryName=lung"
    assert Client(front).get(path).status == 401
    answer = Client(front).get(path, {"User-Agent": "Mozilla/5.0"})
    assert answer.status == 302
    assert "login-login.view" in answer.header("Location")


@pytest.fixture
def odd(site, tmp_path):
    """A source with names and values that files stumble over, and a view that fails after 5,000 rows."""
    from keyhouse.authz import folders

    file = tmp_path / "odd.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute('CREATE TABLE "a/b "";evil" (id INTEGER PRIMARY KEY, "x,y" TEXT)')
        connection.execute("""INSERT INTO "a/b "";evil" VALUES (1, '=HYPERLINK("http://x")'), (2, ''), (3, NULL)""")
        counting = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
        failing = "CASE WHEN id > 5000 THEN abs(-9223372036854775807 - 1) ELSE id END AS id"
        connection.execute(f"CREATE VIEW broken AS {counting} SELECT {failing} FROM n")
    connection.close()
    site.sources.add("odd", f"sqlite:///{file}", folders.find("/home"), OPERATOR)


def test_name_of_the_file_says_nothing_that_a_header_could_mistake(script, odd):
    answer = export(script, **{"schemaName": "odd", "query.queryName": 'a/b ";evil'})
    assert answer.header("Content-Disposition").startswith('attachment; filename="a_b_evil_')


def test_formulas_are_left_as_they_are_unless_guarding_is_asked_for(script, odd):
    asked = {"schemaName": "odd", "query.queryName": 'a/b ";evil', "delim": "COMMA"}
    assert table(export(script, **asked), ",")[1] == ["1", '=HYPERLINK("http://x")']
    assert table(export(script, **asked, guardFormulas="true"), ",")[1] == ["1", '\'=HYPERLINK("http://x")']
    assert export(script, **asked).text.splitlines()[2:] == ['2,""', "3,"]


READERS = {
    "csv": lambda body: list(rows_of(read(io.BytesIO(body), "x.csv"))),
    "tsv": lambda body: list(rows_of(read(io.BytesIO(body), "x.tsv"))),
    "json": json.loads,
    "ndjson": lambda body: [json.loads(line) for line in body.splitlines()],
    "arrow": lambda body: pa.ipc.open_stream(body).read_all(),
    "parquet": lambda body: parquet.read_table(io.BytesIO(body)),
}


@pytest.mark.parametrize("form", READERS)
def test_file_that_ended_early_cannot_be_mistaken_for_a_whole_one(script, odd, pbc, events, form):
    answer = export(script, "exportRows", **{"schemaName": "odd", "query.queryName": "broken"}, format=form)
    assert answer.status == 200
    with pytest.raises((TabularError, ValueError, pa.ArrowInvalid, OSError)):
        READERS[form](answer.body)
    served = events("data served")[-1]
    assert served.outcome == "failed"
    assert served.details["isComplete"] is False
    assert served.details["rows"] <= 5000
    assert len(READERS[form](export(script, "exportRows", **OLD, format=form).body)) == 4


def test_workbook_whose_rows_fail_has_a_status_of_its_own(script, odd):
    answer = export(script, "exportRowsXLSX", **{"schemaName": "odd", "query.queryName": "broken"}, maxRows="6000")
    assert answer.status == 500
