"""The steps below a list lead to rows that are there."""

from hypothesis import given
from hypothesis import strategies as st

from keyhouse.console.paging import steps


def url(offset):
    return f"?offset={offset}"


@given(st.integers(0, 5000), st.integers(1, 500), st.integers(0, 5000))
def test_every_step_leads_to_a_row_that_is_there(offset, size, total):
    for step in steps(offset, size, total, url):
        if step.url and step.title in {"Next", "Last"}:
            assert int(step.url.partition("=")[2]) < total


def test_the_first_page_leads_forward_only():
    assert [step.title for step in steps(0, 100, 418, url) if step.url] == ["Next", "Last"]


def test_the_last_page_leads_back_only():
    assert [step.title for step in steps(400, 100, 418, url) if step.url] == ["First", "Previous"]


def test_a_list_on_one_page_leads_nowhere():
    assert not [step for step in steps(0, 100, 100, url) if step.url]
