"""Saved queries on pages: written, looked at, saved, read with parameters and deleted; all without a script."""

from urllib.parse import unquote

import pytest

from tests.console.pages import ADMIN, ANALYST, Controls, sign_in, submit, words

FOLDER = "/home/Liver study"
NEW = f"{FOLDER}/query-newQuery.view?schemaName=clinical"
NAMES = "schemaName=clinical&query.queryName=Old"
SOURCE = f"{FOLDER}/query-sourceQuery.view?{NAMES}"
GRID = f"{FOLDER}/query-executeQuery.view?{NAMES}"
OLD = "SELECT patient_id, age FROM patients WHERE age > 75"


@pytest.fixture
def writer(client, admin, study):
    sign_in(client, ADMIN)
    return client


def follow(client, answer):
    assert answer.status == 303, words(answer)
    path, _, query = answer.header("Location").removeprefix("/labkey").partition("?")
    return client.get(f"{unquote(path)}?{query}")


def write(client, address=NEW, **fields):
    return submit(client, address, **{"name": "Old", "sql": OLD, "do": "save", **fields})


def test_query_is_written_saved_and_shown(writer):
    assert "Tables here: " in words(writer.get(NEW))
    page = follow(writer, write(writer, description="Seventy-five and over"))
    assert "The query is saved." in words(page)
    assert "Seventy-five and over" in words(page)
    assert "Edit the query" in words(page)
    assert "Seventy-five and over · in clinical" in words(writer.get(f"{FOLDER}/project-begin.view"))


def test_preview_shows_first_rows_and_saves_nothing(writer):
    page = write(writer, do="preview")
    assert page.status == 200
    assert "Preview" in words(page)
    assert [attrs.get("scope") for attrs in Controls(page.text).all("th")] == ["col", "col"]
    assert writer.get(GRID).status == 404


def test_preview_is_in_the_log_before_it_leaves(writer):
    from keyhouse.audit.models import AuditEvent

    write(writer, do="preview")
    event = AuditEvent.objects.filter(kind="data read").latest("sequence")
    assert (event.schema, event.details["columns"]) == ("clinical", ["patient_id", "age"])


def test_preview_asks_for_the_values_of_parameters(writer):
    statement = "PARAMETERS (Least INTEGER) SELECT age FROM patients WHERE age > Least"
    page = write(writer, do="preview", sql=statement)
    assert "Value of Least, for the preview" in words(page)
    assert "No rows" in words(page)
    assert "No rows" not in words(write(writer, do="preview", sql=statement, **{"param.Least": "75"}))
    assert "param.Least" not in words(write(writer, do="preview", sql=statement, **{"param.Least": "many"}))


@pytest.mark.parametrize("do", ["preview", "save"])
def test_fault_is_shown_at_its_line(writer, do):
    page = write(writer, do=do, sql="SELECT age\nFROM nowhere\nWHERE age > 1")
    assert page.status == 400
    assert "Line 2: Query or table not found: nowhere" in words(page)
    faulty = [attrs for attrs in Controls(page.text).all("li") if attrs.get("class") == "is-faulty"]
    assert [attrs["value"] for attrs in faulty] == ["2"]
    assert "FROM nowhere" in words(page), "what was typed is still there"
    assert writer.get(GRID).status == 404


def test_faulty_query_is_saved_only_if_that_is_asked_for(writer):
    page = follow(writer, write(writer, sql="SELECT age FROM nowhere", save_faulty="true"))
    assert "The query is saved." in words(page)
    broken = writer.get(GRID)
    assert "Query 'Old': Error on line 1" in words(broken)
    assert "Edit the query" in words(broken)


def test_query_is_changed_and_deleted_after_a_question(writer):
    write(writer)
    assert OLD in words(writer.get(SOURCE)).replace("&gt;", ">")
    follow(writer, write(writer, SOURCE, sql="SELECT sex FROM patients"))
    assert len(Controls(writer.get(GRID).text).all("th")) == 1
    assert "Delete the query Old?" in words(submit(writer, SOURCE, do="delete"))
    assert writer.get(GRID).status == 200
    assert "The query was deleted." in words(follow(writer, submit(writer, SOURCE, do="delete", confirmed="1")))
    assert writer.get(GRID).status == 404


def test_names_that_are_taken_or_missing_are_refused(writer):
    write(writer)
    assert "There is a query 'Old' already" in words(write(writer))
    assert "There is a table 'patients'" in words(write(writer, name="patients"))
    assert "A query needs a name" in words(write(writer, name=" "))
    assert "Write a statement" in words(write(writer, name="Empty", sql=""))


def test_reader_fills_in_parameters_on_the_grid(writer, analyst):
    write(writer, sql="PARAMETERS (Least INTEGER) SELECT age FROM patients WHERE age > Least")
    writer.cookies.clear()
    sign_in(writer, ANALYST)
    page = writer.get(GRID)
    assert "This query needs a value for Least." in words(page)
    assert any(attrs.get("name") == "query.param.Least" for attrs in Controls(page.text).all("input"))
    rows = writer.get(f"{GRID}&query.param.Least=75")
    assert rows.status == 200
    assert len(Controls(rows.text).all("th")) == 1
    links = [attrs.get("href") or "" for attrs in Controls(rows.text).all("a")]
    assert any("query.sort=age" in link and "query.param.Least=75" in link for link in links)


def test_only_administrators_see_and_change_the_text(writer, analyst):
    write(writer)
    writer.cookies.clear()
    sign_in(writer, ANALYST)
    assert writer.get(GRID).status == 200
    assert "Edit the query" not in words(writer.get(GRID))
    assert writer.get(SOURCE).status == 403
    assert writer.get(NEW).status == 403
    assert write(writer, SOURCE).status == 403
    assert "New query" not in words(writer.get(f"{FOLDER}/project-begin.view"))


def test_what_there_is_not_is_not_found(writer):
    assert writer.get(f"{FOLDER}/query-newQuery.view?schemaName=x").status == 404
    assert writer.get(SOURCE).status == 404
