"""Bodies as LabKey's lenient parser takes them; what is no JSON at all stays refused."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.web import lenient_json

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"rows": [{"a": 1,},],}', {"rows": [{"a": 1}]}),
        ("{name: 'new test group 1'}", {"name": "new test group 1"}),
        ("{email: 'a@b.test', sendEmail: false}", {"email": "a@b.test", "sendEmail": False}),
        (r"""{'it\'s "so"': -1.5e3}""", {'it\'s "so"': -1500.0}),
    ],
)
def test_recorded_bodies_are_read(text, value):
    assert lenient_json.loads(text.encode()) == value


@given(_VALUES)
def test_strict_json_means_the_same(value):
    assert lenient_json.loads(orjson.dumps(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "{", "{a b}", "{a: bare}", "[1 2]", "{,}", "{1: 2}", '{"a": 1} x', "'\n'", "[" * 60 + "]" * 60, "[1-2]"],
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError):
        lenient_json.loads(text.encode())


def test_long_bodies_are_refused_unread():
    with pytest.raises(ValueError, match="too long"):
        lenient_json.loads(b"[" + b"1," * lenient_json.MOST_BYTES + b"]")
