"""Cut a netrc file into pieces without losing a byte.

This is the toolkit's own reading, the portable one: words between blanks, `"…"` with backslash escapes, full-line
comments, macro bodies up to an empty line. What each client makes of the same bytes is the business of `dialects`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_PIECE = re.compile(
    rb"""
    (?P<bom>\A\xef\xbb\xbf)
  | (?P<blank>[ \t\r\n\v\f]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<quoted>"(?:[^"\\\r\n]|\\[^\r\n])*+")
  | (?P<word>[^ \t\r\n\v\f]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_EMPTY_LINE = re.compile(rb"(?:\A|(?<=\n))(?:\r?\n|\Z)")


class Kind(Enum):
    """What a piece is."""

    BOM = "bom"
    BLANK = "blank"
    COMMENT = "comment"
    WORD = "word"
    MACRO = "macro"


@dataclass(frozen=True, slots=True)
class Token:
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
        if not _is_closed(self.raw):
            return self.raw
        return re.sub(rb"\\(.)", rb"\1", self.raw[1:-1])

    @property
    def is_unterminated(self) -> bool:
        """A quote opens and does not close on its line: here a plain word, elsewhere trouble."""
        return self.raw.startswith(b'"') and not _is_closed(self.raw)

    def __repr__(self) -> str:
        return f"Token({self.kind.name}, {len(self.raw)} bytes at {self.start})"


_CLOSED = re.compile(rb'"(?:[^"\\\r\n]|\\[^\r\n])*+"')


def _is_closed(raw: bytes) -> bool:
    return _CLOSED.fullmatch(raw) is not None


def tokens(data: bytes) -> Iterator[Token]:
    """Yield every piece of `data` in order; joined again they are `data`."""
    at, length = 0, len(data)
    state = ""
    while at < length:
        match = _PIECE.match(data, at)
        assert match is not None
        kind = Kind("word" if match.lastgroup == "quoted" else match.lastgroup)
        if kind is Kind.COMMENT and not _begins_line(data, at):
            kind = Kind.WORD
            match = _WORD.match(data, at) or match
        token = Token(kind, match.group(), at)
        yield token
        at = token.end
        if token.kind is Kind.WORD:
            state = _after(state, token.raw)
        if state == "body":
            body = _body(data, at)
            if body.raw:
                yield body
            at, state = body.end, ""


_WORD = re.compile(rb"[^ \t\r\n\v\f]+")


def _begins_line(data: bytes, at: int) -> bool:
    before = at
    while before > 0 and data[before - 1 : before] in (b" ", b"\t"):
        before -= 1
    return before == 0 or data[before - 1 : before] in (b"\n", b"\r") or data[:before] == b"\xef\xbb\xbf"


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
