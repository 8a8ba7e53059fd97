"""What an administrator enters becomes settings of the right types, or a sentence that says why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.signin.entered import ConfigurationError, domains_of, parse
from keyhouse.signin.method import Field, FieldKind

FIELDS = [
    *(Field(kind.value, kind.value, kind=kind) for kind in FieldKind if kind is not FieldKind.CHOICE),
    Field("choice", "choice", kind=FieldKind.CHOICE, choices=(("a", "A"), ("b", "B"))),
]


def problem(**texts):
    with pytest.raises(ConfigurationError) as raised:
        parse(FIELDS, texts)
    return dict(raised.value.problems)


def test_each_kind_is_read_as_what_it_is():
    texts = {"text": " x ", "lines": "a\r\nb\r", "flag": "on", "number": "-5", "choice": "b", "file": "-----BEGIN\n"}
    read = parse(FIELDS, {**texts, "url": "https://idp.example.org/x"})
    assert read == {
        "text": "x",
        "lines": "a\nb",
        "flag": True,
        "number": -5,
        "choice": "b",
        "file": "-----BEGIN",
        "url": "https://idp.example.org/x",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "a\nb"},
        {"url": "http://idp.example.org"},
        {"url": "javascript:alert(1)"},
        {"flag": "perhaps"},
        {"number": "1e9"},
        {"choice": "c"},
        {"file": "x" * 1_048_577},
        {"lines": "a\0b"},
        {"unknown": "x"},
    ],
)
def test_what_is_none_is_refused_under_its_name(wrong):
    assert list(problem(**wrong)) == list(wrong)


def test_addresses_of_directories_are_left_to_their_method():
    assert parse(FIELDS, {"url": "ldaps://dc.example.org"}) == {"url": "ldaps://dc.example.org"}


def test_domains_have_one_spelling():
    assert domains_of(["@Example.ORG", "example.org", "", "münchen.example"]) == [
        "example.org",
        "xn--mnchen-3ya.example",
    ]


@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]), st.text()))
def test_any_text_is_read_or_refused(texts):
    try:
        assert set(parse(FIELDS, texts)) == set(texts)
    except ConfigurationError as error:
        assert error.problems


@given(st.lists(st.text()))
def test_any_domains_are_read_or_refused(texts):
    try:
        assert all(domain == domain.lower() for domain in domains_of(texts))
    except ConfigurationError as error:
        assert error.problems[0][0] == "domains"
