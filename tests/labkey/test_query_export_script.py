"""`query-exportScript`: texts and statuses of the original, the rows of the page, and no key."""

import pytest

from keyhouse.scripts.languages import LANGUAGES

ASKED = {
    "schemaName": "pbc",
    "query.queryName": "LUNG",
    "query.age~gte": "80",
    "query.sort": "-age",
    "query.containerFilterName": "allFolders",
    "query.param.p": "1",
}


def export(script, **more):
    return script.get("/home/query-exportScript.view", **ASKED, **more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_plain_text_with_the_selection_and_no_key(script, pbc, events, language):
    answer = export(script, scriptType=language)
    assert answer.status == 200
    assert answer.header("Content-Type") == "text/plain;charset=utf-8"
    assert "lung" in answer.text
    assert "age" in answer.text and "80" in answer.text
    assert script.key not in answer.text
    event = events("script exported")[-1]
    assert event.comment == f"Exported to script type {language}"
    assert (event.schema, event.query) == ("pbc", "lung")
    assert "80" not in str(event.details)


def test_script_names_the_columns_that_the_page_shows(script, pbc):
    text = export(script, scriptType="py").text
    assert "columns='" in text
    assert "columns='age,sex'" in export(script, scriptType="py", **{"query.columns": "age,sex"}).text


def test_options_of_the_selection_are_in_the_script(script, pbc):
    text = export(script, scriptType="java").text
    assert 'ContainerFilter.valueOf("AllFolders")' in text
    assert 'Map.entry("p", "1")' in text
    assert 'cmd.addSort("age", Sort.Direction.DESCENDING);' in text


@pytest.mark.parametrize("language", ["url", "curl", "julia", "stata", "duckdb"])
def test_script_that_is_an_address_leaves_the_filters_of_the_view_out_where_the_page_does(script, pbc, language):
    without = {"query.ignoreFilter": "1", "scriptType": language}
    assert "query.ignoreFilter=1" in export(script, **without).text
    assert "ignoreFilter" not in export(script, scriptType=language).text


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({}, 404, "Missing required parameter: scriptType."),
        ({"scriptType": "cobol"}, 404, "Export script type not found: cobol"),
        ({"scriptType": "r", "query.viewName": "none"}, 404, "does not exist"),
    ],
)
def test_what_cannot_be_written_is_told_in_the_words_of_the_original(script, pbc, more, status, words):
    answer = export(script, **more)
    assert answer.status == status
    assert words in answer.json["exception"]


def test_who_may_not_read_gets_no_script(front, pbc):
    from tests.site import Client

    assert Client(front).get("/home/query-exportScript.view", **ASKED, scriptType="r").status == 401
