"""A view's JSON: whatever a client sends is read or refused by name, and what was read is written as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.queries.definition import ViewColumn, ViewDefinition, ViewError, ViewFilter, flag, read

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
keys = texts.map(str.strip).filter(bool)
definitions = st.builds(
    ViewDefinition,
    columns=st.lists(st.builds(ViewColumn, keys, texts.map(str.strip)), min_size=1, max_size=5).map(tuple),
    filters=st.lists(st.builds(ViewFilter, keys, texts.map(str.strip), texts), max_size=3).map(tuple),
    sort=st.lists(st.tuples(keys, st.booleans()), max_size=3).map(tuple),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
views = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("columns", "filter", "sort", "aggregates", "containerFilter"), anything)
)


@given(definitions)
@settings(max_examples=100)
def test_definition_is_read_as_it_was_written(definition):
    assert read(definition.as_json()) == definition


@given(views)
@settings(max_examples=300)
def test_any_json_is_read_or_refused_by_the_name_of_a_member(view):
    try:
        found = read(view, "views[0]")
    except ViewError as error:
        assert "views[0]" in str(error) or "at least one field" in str(error)
    else:
        assert found.columns


def test_column_can_be_named_in_each_of_the_ways_that_clients_have():
    columns = ["a", {"fieldKey": "b"}, {"key": "c", "name": "x"}, {"name": "d"}, {"fieldKey": ["e", "f"]}]
    assert [column.field_key for column in read({"columns": columns}).columns] == ["a", "b", "c", "d", "e/f"]


@pytest.mark.parametrize(
    ("given_as", "falls"), [("-", True), ("DESC", True), ("+", False), ("ASC", False), (None, False)]
)
def test_direction_of_a_sort_is_a_sign_or_a_word(given_as, falls):
    sort = [{"fieldKey": "a", "dir": given_as}]
    assert read({"columns": ["a"], "sort": sort}).sort == (("a", falls),)


def test_values_of_filters_become_texts():
    filters = [{"fieldKey": "a", "op": "eq", "value": value} for value in (1, 2.5, True, None, "x")]
    assert [each.value for each in read({"columns": ["a"], "filter": filters}).filters] == ["1", "2.5", "true", "", "x"]


def test_aggregates_of_both_kinds_are_kept():
    view = {
        "columns": ["a"],
        "aggregates": [{"fieldKey": "a", "type": "SUM"}],
        "analyticsProviders": [{"fieldKey": "a", "name": "AGG_MEAN", "label": "Mean", "isSummaryStatistic": True}],
    }
    kept = read(view).aggregates
    assert [dict(each) for each in kept] == [
        {"fieldKey": "a", "type": "SUM"},
        {"fieldKey": "a", "name": "AGG_MEAN", "label": "Mean"},
    ]


@pytest.mark.parametrize(
    ("value", "meant"), [(True, True), ("true", True), ("False", False), (None, False), ("", False)]
)
def test_flags_are_true_or_false(value, meant):
    assert flag({"shared": value}, "shared", "views[0]") is meant


@pytest.mark.parametrize("value", ["perhaps", 3, [], {}])
def test_flag_that_is_neither_is_named(value):
    with pytest.raises(ViewError, match=r"'views\[0\].shared'"):
        flag({"shared": value}, "shared", "views[0]")
