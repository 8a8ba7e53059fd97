"""formats.py, links.py: what people read of a value, and where a link may lead."""

from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.data import Column, Kind

NOON = datetime(2020, 1, 2, 13, 4, 5)


@pytest.fixture
def link_of():
    """Make the link of a column with a URL, in the folder /home below /labkey."""
    from keyhouse.labkey import links

    def url(name: str, container: str | None = None, **_query: str) -> str:
        return f"/labkey/home/{name}"

    call = SimpleNamespace(context_path="/labkey", url=url)
    return lambda text, **more: links.link_of(call, Column("c", url=text, **more))


@pytest.mark.parametrize(
    ("kind", "pattern", "value", "written"),
    [
        (Kind.FLOAT, "0.00", 1.5, "1.50"),
        (Kind.FLOAT, "0.##", 1.5, "1.5"),
        (Kind.FLOAT, "#,##0.0", Decimal("-1234567.25"), "-1,234,567.2"),
        (Kind.FLOAT, "0%", 0.256, "26%"),
        (Kind.INT, "000", 7, "007"),
        (Kind.INT, "'no. '0", 7, "no. 7"),
        (Kind.FLOAT, "0.0", float("nan"), None),
        (Kind.DATE, "dd.MM.yyyy HH:mm", NOON, "02.01.2020 13:04"),
        (Kind.DATE, "yyyy-MM-dd'T'HH:mm:ss", NOON, "2020-01-02T13:04:05"),
        (Kind.DATE, "MMM yyyy 'at 100%'", date(2020, 1, 2), "Jan 2020 at 100%"),
        (Kind.DATE, "", "not a date", None),
    ],
)
def test_values_are_written_as_java_formats_say(kind, pattern, value, written):
    from keyhouse.labkey.formats import format_of

    assert format_of(Column("c", kind, format=pattern))(value) == written


@pytest.mark.parametrize(("kind", "pattern"), [(Kind.STRING, "0.0"), (Kind.FLOAT, None), (Kind.FLOAT, "0.0.0")])
def test_other_values_are_left_as_they_are(kind, pattern):
    from keyhouse.labkey.formats import format_of

    assert format_of(Column("c", kind, format=pattern)) is None


@given(st.text(max_size=12), st.sampled_from([Kind.INT, Kind.FLOAT, Kind.DATE]), st.floats() | st.integers())
def test_no_pattern_fails(pattern, kind, number):
    from keyhouse.labkey.formats import format_of

    write = format_of(Column("c", kind, format=pattern))
    if write is not None:
        assert isinstance(write(NOON if kind is Kind.DATE else number), str | None)


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("https://example.org/${c}", "https://example.org/a%20%26%2F"),
        ("https://example.org/${c:htmlEncode}?x=${c|raw}", "https://example.org/a%20%26%2F?x=a%20%26%2F"),
        ("/list/details.view?listId=1&pk=${c}", "/labkey/home/list-details.view?listId=1&pk=a%20%26%2F"),
        ("/files/${c}.txt", "/labkey/files/a%20%26%2F.txt"),
        ("mailto:${c}", "mailto:a%20%26%2F"),
    ],
)
def test_links_have_the_quoted_values_of_their_row(link_of, template, url):
    link = link_of(template)
    assert set(link.fields) == {"c"}
    assert link.rendered([0] * len(link.fields))(("a &/",)) == url


def test_link_without_a_value_is_none(link_of):
    link = link_of("https://example.org/${c}/${lookup/name}")
    assert link.fields == ("c", "lookup/name")
    assert link.rendered([0, 1])((1, None)) is None


def test_fields_of_a_looked_up_column_are_those_of_its_own_row(link_of):
    assert link_of("https://example.org/${id}", path=("a", "c")).fields == ("a/id",)


@pytest.mark.parametrize(
    "template",
    ["javascript:alert(1)", " javascript:alert(1)", "JavaScript:${c}", "data:text/html,x", "//evil.org/${c}", "${c}"],
)
def test_link_that_could_run_a_script_or_leave_unseen_is_left_out(link_of, template):
    assert link_of(template) is None
