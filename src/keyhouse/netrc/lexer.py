"""Cut a netrc file into pieces without losing a byte.

This is the toolkit's own reading, the portable one: words between blanks, `"…"` with backslash escapes, full-line
comments, macro bodies up to an empty line. What each client makes of the same bytes is the business of `dialects`.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

_PIECE = re.compile(
    rb"""
    (?P<bom>\A\xef\xbb\xbf)
  | (?P<comment>(?:\A|(?<=[\r\n])|(?<=\A\xef\xbb\xbf))[ \t]*\#[^\r\n]*)
  | (?P<lines>[ \t\r\n\v\f]*[\r\n])
  | (?P<blank>[ \t\v\f]+)
  | (?P<quoted>"(?:[^"\\\r\n]|\\[^\r\n])*+")
  | (?P<word>[^ \t\r\n\v\f]+)
    """,
    re.VERBOSE,
)
_EMPTY_LINE = re.compile(rb"(?:\A|(?<=\n))(?:\r?\n|\Z)")


class Kind(Enum):
    """What a piece is."""

    BOM = "bom"
    BLANK = "blank"
    COMMENT = "comment"
    WORD = "word"
    MACRO = "macro"


class Token(NamedTuple):
    """A piece of the file: its bytes as they stand there and where they begin."""

    kind: Kind
    raw: bytes
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.raw)

    @property
    def value(self) -> bytes:
        """What the word means: quotes taken off, escapes undone."""
        return meaning(self.raw)

    @property
    def is_unterminated(self) -> bool:
        """A quote opens and does not close on its line: here a plain word, elsewhere trouble."""
        return self.raw.startswith(b'"') and not _is_closed(self.raw)

    def __repr__(self) -> str:
        return f"Token({self.kind.name}, {len(self.raw)} bytes at {self.start})"


def meaning(raw: bytes) -> bytes:
    """Return what a word means: quotes taken off, escapes undone."""
    if not raw.startswith(b'"') or not _is_closed(raw):
        return raw
    return re.sub(rb"\\(.)", rb"\1", raw[1:-1])


_CLOSED = re.compile(rb'"(?:[^"\\\r\n]|\\[^\r\n])*+"')


def _is_closed(raw: bytes) -> bool:
    return _CLOSED.fullmatch(raw) is not None


_KINDS = (None, Kind.BOM, Kind.COMMENT, Kind.BLANK, Kind.BLANK, Kind.WORD, Kind.WORD)
"""By the number of the expression's group."""


def tokens(data: bytes) -> list[Token]:
    """Return every piece of `data` in order; joined again they are `data`."""
    pieces: list[Token] = []
    at: int | None = 0
    while at is not None:
        at = _until_macro(data, at, pieces)
    return pieces


def _until_macro(data: bytes, at: int, pieces: list[Token]) -> int | None:
    """Add the pieces up to the end of a macro; return where to go on, None at the end of the file."""
    state, make = "", tuple.__new__
    for match in _PIECE.finditer(data, at):
        kind, raw = _KINDS[match.lastindex or 0], match[0]
        pieces.append(make(Token, (kind, raw, match.start())))  # the constructor would take half of all the time
        if kind is Kind.WORD:
            state = _after(state, raw)
            if state == "body":
                body = _body(data, match.end())
                if body.raw:
                    pieces.append(body)
                return body.end
    return None


_WORD = re.compile(
    rb"""
    \A\xef\xbb\xbf
  | (?:\A|(?<=[\r\n])|(?<=\A\xef\xbb\xbf))[ \t]*\#[^\r\n]*
  | ("(?:[^"\\\r\n]|\\[^\r\n])*+" | [^ \t\r\n\v\f]+)
    """,
    re.VERBOSE,
)


def words(data: bytes) -> list[bytes]:
    """Return the words alone, as `tokens` finds them, in a fraction of its time."""
    if b"macdef" in data:
        return [token.raw for token in tokens(data) if token.kind is Kind.WORD]
    return [word for word in _WORD.findall(data) if word]


def starts(data: bytes) -> list[int]:
    """Return the offset of each word, likewise."""
    if b"macdef" in data:
        return [token.start for token in tokens(data) if token.kind is Kind.WORD]
    return [match.start() for match in _WORD.finditer(data) if match.lastindex]


_TAKE_A_VALUE = (b"machine", b"login", b"user", b"password", b"account")


def _after(state: str, word: bytes) -> str:
    """What may come behind a word: a value, a macro's name, a macro's body or anything."""
    if state == "macro":
        return "body"
    if state == "value":
        return ""
    if word == b"macdef":
        return "macro"
    return "value" if word in _TAKE_A_VALUE else ""


def _body(data: bytes, at: int) -> Token:
    """The body begins with the next line and ends with an empty one, or the end of the file."""
    line_end = data.find(b"\n", at)
    if line_end < 0:
        return Token(Kind.MACRO, data[at:], at)
    empty = _EMPTY_LINE.search(data, line_end + 1)
    end = empty.end() if empty else len(data)
    return Token(Kind.MACRO, data[at:end], at)
