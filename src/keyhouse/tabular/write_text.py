"""Rows as CSV or TSV, a piece at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from keyhouse.data import Column
from keyhouse.tabular.values import day_of, is_day, text_of

_FIRST_PIECE, _PIECE = 100, 1000
_FORMULA = re.compile(r"[=+\-@\t\r]")
_BYTE_ORDER_MARK = "\ufeff".encode()


@dataclass(frozen=True)
class TextForm:
    """How cells are written. Null is nothing at all, an empty text is a pair of quotes.

    With `is_guarded`, texts that a spreadsheet program would run as a formula begin with an apostrophe, which changes
    the data: it is for files that people open by a double click. `has_mark` makes Excel read the file as UTF-8.
    """

    delimiter: str = ","
    quote: str = '"'
    line_end: str = "\r\n"
    is_guarded: bool = False
    has_mark: bool = False


def write_text(
    columns: Sequence[Column], titles: Sequence[str] | None, rows: Iterable[Sequence[Any]], form: TextForm
) -> Iterator[bytes]:
    """Write a header, unless `titles` is None, and rows."""
    writers = [_writer(column, form) for column in columns]
    yield (_BYTE_ORDER_MARK if form.has_mark else b"") + _header(titles, form)
    remaining = iter(rows)
    size = _FIRST_PIECE
    while batch := list(islice(remaining, size)):
        lines = (
            form.delimiter.join(["" if value is None else write(value) for write, value in zip(writers, row)])  # noqa: B905 rows may carry more than their columns
            for row in batch
        )
        yield (form.line_end.join(lines) + form.line_end).encode("utf-8", "replace")
        size = _PIECE


def _header(titles: Sequence[str] | None, form: TextForm) -> bytes:
    if titles is None:
        return b""
    quoted = _quoter(form)
    return (form.delimiter.join(quoted(title) for title in titles) + form.line_end).encode("utf-8", "replace")


def _writer(column: Column, form: TextForm) -> Callable[[Any], str]:
    quoted = _quoter(form)
    if is_day(column):
        return lambda value: quoted(text_of(day_of(value)))
    if form.is_guarded:
        return lambda value: quoted(_guarded(value))
    return lambda value: quoted(value if type(value) is str else text_of(value))


def _guarded(value: Any) -> str:
    text = text_of(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _quoter(form: TextForm) -> Callable[[str], str]:
    """Quote what would be read otherwise: delimiters, quotes, line ends, and blanks at either end."""
    quote = form.quote
    special = re.compile(rf"^$|^\s|\s$|[\r\n\\{re.escape(form.delimiter + quote)}]").search

    def quoted(text: str) -> str:
        return f"{quote}{text.replace(quote, quote * 2)}{quote}" if special(text) else text

    return quoted
