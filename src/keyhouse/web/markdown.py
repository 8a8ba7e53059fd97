"""Markdown of administrators as safe HTML. Who writes terms of use must not be able to run anything in a reader's page.

HTML in the text is shown as it was typed, links lead to web pages, mail addresses or places of this site alone, and
a picture becomes its description: the page would tell its host who reads it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_ALLOWED = ("http:", "https:", "mailto:")
_DEEPER = 2
"""A text stands below the headings of its page: what it calls its first level is the page's third."""


def render_markdown(text: str) -> SafeString:
    """Return the HTML of a Markdown text (CommonMark with tables)."""
    return mark_safe(_rendered(text))  # noqa: S308 - the renderer escapes whatever it does not write itself


@lru_cache(maxsize=64)
def _rendered(text: str) -> str:
    return str(_RENDERER.render(text))


def _is_allowed_link(url: str) -> bool:
    # The parser has decoded entities and escapes already; browsers pass over blanks and controls inside a scheme.
    plain = "".join(character for character in url if character > " ")
    if plain.startswith(("//", "\\", "/\\")):
        return False
    scheme = _SCHEME.match(plain)
    return scheme is None or scheme.group().lower() in _ALLOWED


def _link_open(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer")
    return str(renderer.renderToken(tokens, index, options, env))


def _heading(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    token.tag = f"h{min(int(token.tag[1]) + _DEEPER, 6)}"
    return str(renderer.renderToken(tokens, index, options, env))


def _cell(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # Alignment would be an inline style, which our policy for pages refuses.
    tokens[index].attrs.pop("style", None)
    return str(renderer.renderToken(tokens, index, options, env))


def _picture(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return str(escape(tokens[index].content))


def _renderer() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.validateLink = _is_allowed_link  # type: ignore[method-assign]
    made.add_render_rule("link_open", _link_open)
    made.add_render_rule("heading_open", _heading)
    made.add_render_rule("heading_close", _heading)
    made.add_render_rule("th_open", _cell)
    made.add_render_rule("td_open", _cell)
    made.add_render_rule("image", _picture)
    return made


_RENDERER = _renderer()
