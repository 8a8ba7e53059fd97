"""Each script asks for exactly the rows of the page; run by its own interpreter where that is installed."""

import ast
import re
import shlex
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from keyhouse.scripts.languages import LANGUAGES
from keyhouse.scripts.place import Place
from keyhouse.scripts.selection import ScriptFilter, Selection

PLACE = Place("https://data.example.org:8443/labkey", "/home/Liver study")
FULL = Selection(
    PLACE,
    "clinical",
    "patients",
    view="elders",
    columns=("age", "sex"),
    filters=(ScriptFilter("age", "gt", "40"), ScriptFilter("sex", "isblank"), ScriptFilter("x", "where", "a=1")),
    sort="-age,sex",
    container_filter="allfolders",
    parameters=(("low", "1"), ("high", "2")),
    made_on=date(2026, 1, 2),
)
BARE = Selection(PLACE, "clinical", "patients")
RUN = ["py", "r", "js", "pl", "java"]


def asked_by(selection):
    return {
        "url": selection.place.base_url,
        "folder": selection.place.folder,
        "schema": selection.schema,
        "query": selection.query,
        "view": selection.view,
        "columns": ",".join(selection.columns),
        "filters": [[each.column, each.op, each.value] for each in selection.filters],
        "sort": selection.sort,
        "containerFilter": selection.container_filter,
        "parameters": dict(selection.parameters),
    }


@pytest.mark.parametrize("selection", [FULL, BARE], ids=["full", "bare"])
@pytest.mark.parametrize("language", RUN)
def test_script_asks_for_the_rows_of_the_page(call_of, language, selection):
    asked = call_of(language, LANGUAGES[language].write(selection))
    assert asked == {name: value for name, value in asked_by(selection).items() if name in asked}
    assert len(asked) >= 9


@pytest.mark.parametrize("language", ["py", "r", "js"])
@pytest.mark.parametrize("selection", [FULL, BARE], ids=["full", "bare"])
def test_script_leaves_the_filters_of_the_view_out_where_the_page_does(call_of, language, selection):
    asked = call_of(language, LANGUAGES[language].write(replace(selection, ignores_view_filter=True)))
    assert asked == {**call_of(language, LANGUAGES[language].write(selection)), "ignores": True}


@pytest.mark.parametrize("language", ["pl", "java", "sas"])
def test_script_whose_client_cannot_leave_the_filters_of_a_view_out_says_so(language):
    script = LANGUAGES[language].write(replace(FULL, ignores_view_filter=True))
    assert "FEWER ROWS MAY COME" in script
    assert "FEWER ROWS" not in LANGUAGES[language].write(FULL)


@pytest.mark.parametrize("language", ["curl", "julia", "stata", "duckdb", "url"])
def test_address_of_a_script_has_all_that_was_chosen(language):
    script = LANGUAGES[language].write(FULL)
    (address,) = {each for each in re.findall(r"https://[^\s'\"]+", script) if "format=" in each or language == "url"}
    parts = urlsplit(address)
    assert unquote(parts.path).startswith("/labkey/home/Liver study/query-")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    assert set(FULL.asked) <= set(pairs)
    assert ("query.sex~isblank", "") in pairs


def test_script_of_sas_names_its_macros_and_what_they_lack():
    script = LANGUAGES["sas"].write(FULL)
    assert '%labkeySelectRows(dsn=mydata,\n    baseUrl="https://data.example.org:8443/labkey",' in script
    assert 'schemaName="clinical"' in script
    assert 'filter=%labkeyMakeFilter("age","GREATER_THAN","40","sex","MISSING")' in script
    assert "THE ROWS ARE NOT FILTERED BY IT" in script
    assert "THOSE OF THIS QUERY ARE MISSING" in script
    assert "NOT FILTERED" not in LANGUAGES["sas"].write(BARE)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("r", ["library(Rlabkey)", 'schemaName="clinical"', 'makeFilter(c("age", "GREATER_THAN", "40")', '"rname"']),
        ("py", ["import labkey", "schema_name='clinical'", "query_name='patients'", "version 2.0.0 and later"]),
        ("js", ["LABKEY.Query.selectRows({", "requiredVersion: 9.1", "schemaName: 'clinical'",
                "LABKEY.Filter.create('age', '40', LABKEY.Filter.Types.GREATER_THAN)"]),
        ("java", ['SelectRowsCommand cmd = new SelectRowsCommand("clinical", "patients");',
                  'cmd.addFilter("age", "40", Filter.Operator.GT);', "cmd.setRequiredVersion(9.1);"]),
        ("pl", ["use LabKey::Query;", "-schemaName => 'clinical'", "LabKey::Query::selectRows("]),
    ],
)  # fmt: skip
def test_script_is_spelt_as_the_original_spells_it(language, words):
    script = LANGUAGES[language].write(FULL)
    assert [word for word in words if word not in script] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_script_holds_a_key_and_each_shows_the_netrc_line_without_one(language):
    script = LANGUAGES[language].write(FULL)
    assert not re.search(r"kh[ks]_|password\s*[=:(]", script)
    if language != "url":
        assert "machine data.example.org login apikey password <your API key>" in script


def test_port_is_no_part_of_the_machine_s_name():
    assert ":8443" not in FULL.netrc_line()


@pytest.mark.parametrize("language", ["curl", "duckdb"])
def test_shell_scripts_pass_netrc_and_fail_on_errors(language):
    words = shlex.split(LANGUAGES[language].write(FULL), comments=True)
    assert {"--netrc", "--fail"} <= set(words)


def test_python_script_names_host_folder_and_context():
    tree = ast.parse(LANGUAGES["py"].write(FULL))
    call = next(
        each for each in ast.walk(tree) if isinstance(each, ast.Call) and getattr(each.func, "id", "") == "APIWrapper"
    )
    assert [ast.literal_eval(each) for each in call.args] == ["data.example.org:8443", "home/Liver study", "labkey"]
