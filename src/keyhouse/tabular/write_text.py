"""Rows as CSV or TSV, a piece at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from keyhouse.data import Column
from keyhouse.tabular.values import is_day, moment_text, number_text, text_of, with_days

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
    yield (_BYTE_ORDER_MARK if form.has_mark else b"") + _header(titles, form)
    writers, width = _Writers(form), len(columns)
    days = [place for place, column in enumerate(columns) if is_day(column)]
    remaining = iter(rows)
    size = _FIRST_PIECE
    while batch := list(islice(remaining, size)):
        cells = (with_days(row, days) for row in batch) if days else batch
        lines = [form.delimiter.join([writers[type(value)](value) for value in row[:width]]) for row in cells]
        yield (form.line_end.join(lines) + form.line_end).encode("utf-8", "replace")
        size = _PIECE


def _header(titles: Sequence[str] | None, form: TextForm) -> bytes:
    if titles is None:
        return b""
    write = _Writers(form)[str]
    return (form.delimiter.join(write(title) for title in titles) + form.line_end).encode("utf-8", "replace")


class _Writers(dict[type, Callable[[Any], str]]):
    """What writes a value, by its type. Most types need no look at each value's text, which is most of the time."""

    def __init__(self, form: TextForm) -> None:
        quoted = _quoter(form)
        text = (lambda text: quoted(_guarded(text))) if form.is_guarded else quoted
        # A list is text as well, and begins as its first item does; a Decimal is a number, and may be negative.
        self._other = lambda value: text(text_of(value))
        super().__init__(
            {
                type(None): lambda _: "",
                bool: lambda value: "true" if value else "false",
                int: str,
                float: number_text,
                datetime: moment_text,
                Decimal: lambda value: quoted(text_of(value)),
                str: text,
            }
        )

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        return self.setdefault(kind, self._other)


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _quoter(form: TextForm) -> Callable[[str], str]:
    """Quote what would be read otherwise: delimiters, quotes, line ends, and blanks at either end."""
    quote = form.quote
    special = re.compile(rf"[\r\n\\{re.escape(form.delimiter + quote)}]").search

    def quoted(text: str) -> str:
        if text and not special(text) and not text[0].isspace() and not text[-1].isspace():
            return text
        return f"{quote}{text.replace(quote, quote * 2)}{quote}"

    return quoted
