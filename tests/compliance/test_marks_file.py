"""Files of marks: what is written is read back, and what is wrong is told with its line."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyhouse.compliance.marks_file import FORMATS, FileError, Said, TableSaid, parse, write
from keyhouse.core.phi import PhiLevel

# A letter first: what is filtered out, and alphabets of all of Unicode, take long to draw on a busy machine.
_NAMES = st.builds(str.__add__, st.sampled_from("aZé日"), st.text("aB é\"'\\.,;=[]{}#*\x7f日🦊\u00a0", max_size=8))
_LEVELS = st.sampled_from(PhiLevel)
_TABLES = st.builds(TableSaid, st.dictionaries(_NAMES, _LEVELS, min_size=1, max_size=4), st.just("") | _NAMES)
_SAID = st.builds(Said, st.dictionaries(_NAMES, _TABLES, max_size=3), st.none() | _LEVELS)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(_SAID, st.sampled_from(FORMATS))
def test_what_is_written_is_read_back(said, format_):
    assert parse(write(said, format_), format_) == said


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80), st.sampled_from(FORMATS))
def test_any_text_is_read_or_refused(text, format_):
    try:
        parse(text, format_)
    except FileError:
        return


@pytest.mark.parametrize(
    ("format_", "text", "told"),
    [
        ("csv", "table,column,level,participant\npatients,ssn,Secret,\n", "Line 2: 'Secret' is no PHI level of 'ssn'"),
        ("csv", "a,b\n", "Line 1: the header must be"),
        ("csv", "table,column,level\np,id,PHI\np,name\n", "Line 3: there are 2 values"),
        ("csv", "table,column,level,participant\np,a,,yes\np,b,,yes\n", "Line 3: table 'p' has two"),
        ("toml", '[tables.p]\nlevels.ssn = "Secret"\n', "Line 2: 'Secret' is no PHI level of 'ssn'"),
        ("toml", '[tables.p]\nlevel = "PHI"\n', "Line 2: 'level' means nothing here"),
        ("toml", "default = \n", "line 1"),
        ("json", '{\n "tables": {"p": {"levels": {\n "ssn": 3}}}}', "Line 3: '3' is no PHI level"),
        ("json", '{\n "tables": [', "line 2"),
        ("json", "[]", "Line 1"),
        ("json", '{"default": ' + "9" * 5000 + "}", "This is no JSON"),
        ("toml", "default = " + "9" * 5000, "This is no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(format_, text, told):
    with pytest.raises(FileError) as error:
        parse(text, format_)
    assert told in str(error.value)
