"""Attack: a name or value that ends its string in an exported script, so that somebody else's machine runs the rest.

Whoever may name a list, a column or a view, or only send a link with a filter, would write code that a colleague
downloads, trusts and runs. Each script is run by its own interpreter with its client library replaced by one that
tells what it was asked: that must be the hostile text itself, and nothing else may have happened.
"""

import re
import shlex
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.scripts import quoting
from keyhouse.scripts.languages import LANGUAGES
from keyhouse.scripts.place import Place
from keyhouse.scripts.selection import ScriptFilter, Selection
from tests.scripts.conftest import call_of, run  # noqa: F401 a fixture

HOSTILE = [
    "it's",
    'say "x"',
    "`touch pwned`",
    "$(touch pwned)",
    "${x} $x @x %x &x #{x} #x",
    "%sysexec touch pwned; %let x=1;",
    "\\",
    "\\\\'",
    "\\'; system('touch pwned'); '",
    '\\"); system("touch pwned"); ("',
    "line\nend\r\nand\ttab\vand\fmore",
    "*/ ; // /* -- #",
    "</script><script>alert(1)</script><!--",
    "\u0022+Runtime.getRuntime().exec(\u0022",
    "\\u0022);System.exit(1);//",
    "\\u000aSystem.exit(1);",
    "Zürich 日本 \U0001f600",
    "\u202eevil\u2066\u2028\u2029\u0085\ufeff\x7f\x01",
    "'+'",
    '"."',
    "{json:[\"a\"]}",
    "__END__\n=cut\n",
    "'\"`'\"`",
]  # fmt: skip


def selection_of(texts):
    """Put the texts wherever somebody may have chosen one."""
    first, second = texts[0], texts[-1]
    return Selection(
        Place("https://data.example.org/labkey", f"/home/{first}"),
        schema=first,
        query=second,
        view=second,
        columns=(first,),
        filters=tuple(ScriptFilter(text, "eq", text) for text in texts),
        sort="",
        parameters=(("p", first), ("q", second)),
    )


@pytest.mark.parametrize("language", ["py", "r", "js", "pl", "java"])
def test_hostile_texts_arrive_as_they_are(call_of, language, tmp_path):  # noqa: F811
    texts = [text for text in HOSTILE if not (language == "r" and "~" in text)]
    selection = selection_of(texts)
    asked = call_of(language, LANGUAGES[language].write(selection))
    assert asked["filters"] == [[text, "eq", text] for text in texts]
    assert (asked["schema"], asked["query"], asked["view"]) == (texts[0], texts[-1], texts[-1])
    assert asked["folder"] == f"/home/{texts[0]}"
    assert asked["parameters"] == {"p": texts[0], "q": texts[-1]}
    assert not list(Path.cwd().glob("pwned")) and not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("language", ["curl", "duckdb"])
def test_shell_scripts_run_curl_with_one_address_and_nothing_else(language, tmp_path):
    for program in ("curl", "duckdb"):
        fake = tmp_path / program
        fake.write_text('#!/bin/sh\nfor each in "$@"; do printf "%s\\n" "$each"; done >"$0.asked"\n')
        fake.chmod(0o700)
    selection = selection_of(HOSTILE)
    script = tmp_path / "script.sh"
    script.write_text(LANGUAGES[language].write(selection), "ascii")
    run("/bin/sh", script, cwd=tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin")
    address = (tmp_path / "curl.asked").read_text().splitlines()[-1]
    assert set(selection.asked) <= set(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("language", ["url", "curl", "julia", "stata", "duckdb"])
def test_scripts_that_hold_an_address_hold_nothing_else_that_was_chosen(language):
    """The address is percent-encoded; with it taken out, hostile and harmless selections give the same script."""
    hostile, harmless = (LANGUAGES[language].write(selection_of(texts)) for texts in (HOSTILE, ["x"]))
    address = r"https://[A-Za-z0-9\-._~%/?&=+]+"
    assert re.sub(address, "", hostile) == re.sub(address, "", harmless)


@pytest.mark.parametrize("language", ["r", "py", "js", "java", "pl", "sas"])
def test_comments_hold_nothing_that_was_chosen_but_the_encoded_address(language):
    comment = {"js": "//", "java": " *", "sas": "   "}.get(language, "#")
    hostile, harmless = (LANGUAGES[language].write(selection_of(texts)).split("\n\n") for texts in (HOSTILE, ["x"]))
    address = r"https://[A-Za-z0-9\-._~%/?&=+]+"
    heads = [
        re.sub(address, "", "\n".join(line for line in text[0].splitlines() if comment in line))
        for text in (hostile, harmless)
    ]
    assert heads[0] == heads[1]


SAS_LITERAL = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'x?')


def sas_value(literal):
    if literal.endswith("x"):
        return bytes.fromhex(literal[1:-2]).decode()
    return literal[1:-1].replace(literal[0] * 2, literal[0])


@pytest.mark.parametrize("text", HOSTILE)
def test_sas_reads_one_literal_in_which_no_macro_is_resolved(text):
    literal = quoting.sas(text)
    assert SAS_LITERAL.fullmatch(literal)
    assert sas_value(literal) == text
    assert literal.startswith("'") or not re.search("[&%]", literal)
    assert all(character.isprintable() for character in literal)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_one_word_of_the_shell(text):
    assert shlex.split(quoting.shell(text)) == [text]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_one_literal_of_python(text):
    import ast

    assert ast.literal_eval(quoting.python(text)) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_literal_has_a_line_end_or_an_unescaped_quote(text):
    for write in (quoting.r, quoting.javascript, quoting.java, quoting.perl, quoting.julia, quoting.python):
        literal = write(text)
        assert len(literal.splitlines()) == 1
        inside = re.sub(r"\\.", "", literal[1:-1])
        assert literal[0] == literal[-1]
        assert literal[0] not in inside
        assert not inside.endswith("\\")
    assert "$" not in re.sub(r"\\.", "", quoting.julia(text))
    assert "<" not in quoting.javascript(text)
    perl = quoting.perl(text)
    assert perl.startswith("'") or not re.search(r"[$@]", re.sub(r"\\.", "", perl))
