"""Markdown of administrators: what it may become in a reader's page, and what it never does."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.web.markdown import render_markdown

TAGS = {
    *("p", "h3", "h4", "h5", "h6", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "br"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "rel", "title", "class", "start"}
PIECES = [
    "<script>",
    "<img src=x onerror=y>",
    "javascript:",
    "[a](",
    "![b](",
    ")",
    "\n\n",
    "# ",
    "|a|b|\n|:-:|-|\n",
    "`",
]


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join))
@settings(max_examples=200)
def test_no_text_makes_anything_that_can_run_or_be_fetched(text):
    for tag, attributes in Tags(render_markdown(text)).found:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES
        href = (attributes.get("href") or "").lower()
        assert not href.startswith(("javascript", "data", "vbscript", "file", "//"))


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVa&#x73;cript:x", "data:text/html,x", "//evil.example", "vbscript:x", "ftp://x"],
)
def test_a_link_to_anything_but_a_page_or_a_mail_address_is_shown_as_text(address):
    assert "<a" not in render_markdown(f"[read]({address})")


@pytest.mark.parametrize("address", ["https://a.example/x", "http://a.example", "mailto:irb@a.example", "/home/x.view"])
def test_a_link_tells_the_other_site_nothing_and_gives_it_no_hold_on_the_page(address):
    assert render_markdown(f"[read]({address})") == f'<p><a href="{address}" rel="noopener noreferrer">read</a></p>\n'


def test_html_is_shown_as_it_was_typed():
    assert render_markdown("a <b>c</b>") == "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"


def test_a_picture_becomes_its_description_as_its_host_would_learn_who_reads():
    assert render_markdown("![the ward](https://a.example/x.png)") == "<p>the ward</p>\n"


def test_headings_stand_below_those_of_the_page():
    assert render_markdown("# One\n##### Five") == "<h3>One</h3>\n<h6>Five</h6>\n"
