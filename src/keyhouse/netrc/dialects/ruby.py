"""The Ruby gem netrc 0.11: `#` cuts anywhere, and a missing value is taken from the entries below."""

from __future__ import annotations

import re

from .reading import Found, Malformed, Reading

_TOKEN = re.compile(r"[ \t\r\n\f\v]+|[^ \t\r\n\f\v]+")
_STARTS_BLANK = re.compile(r"^[ \t\r\n\f\v]", re.MULTILINE)

_Tokens = list[tuple[str, int]]


def _lex(text: str) -> _Tokens:
    tokens: _Tokens = []
    start = 0
    for line in text.split("\n"):
        whole = line + "\n" if start + len(line) < len(text) else line
        if not whole:
            break
        mark = whole.find("#")
        cut = len(whole) if mark < 0 else len(whole[:mark].rstrip(" \t\r\n\f\v"))
        for match in _TOKEN.finditer(whole, 0, cut):
            _push(tokens, match.group(), start + match.start())
        if cut < len(whole):
            tokens.append((whole[cut:], start + cut))
        start += len(line) + 1
    return tokens


def _push(tokens: _Tokens, token: str, at: int) -> None:
    """Blanks join blanks and words join words, across the comments' edges too."""
    if tokens and tokens[-1][0][-1].isspace() == token[0].isspace():
        tokens[-1] = (tokens[-1][0] + token, tokens[-1][1])
    else:
        tokens.append((token, at))


class _Reader:
    def __init__(self, tokens: _Tokens) -> None:
        self.tokens = tokens
        self.at = 0
        self.last = {word: index for index, (word, _) in enumerate(tokens)}

    def has(self, word: str) -> bool:
        return self.last.get(word, -1) >= self.at

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise Malformed("Netrc::Error: unexpected EOF")
        self.at += 1
        return self.tokens[self.at - 1][0]

    def to(self, *words: str) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at][0] not in words:
            self.at += 1

    def blanks(self) -> None:
        while self.at < len(self.tokens) and _STARTS_BLANK.search(self.tokens[self.at][0]):
            self.at += 1

    def value(self, keyword: str) -> str:
        self.to(keyword)
        self.take()
        self.blanks()
        return self.take()


def read(text: str) -> Reading:
    """Read the file. Without a login (or password) left in the file the fields shift by two, as there."""
    reader = _Reader(_lex(text))
    entries: list[Found] = []
    try:
        reader.to("machine", "default")
        while reader.at < len(reader.tokens):
            entries.append(_item(reader))
    except Malformed as failure:
        return Reading((), str(failure))
    return Reading(tuple(entries))


def _item(reader: _Reader) -> Found:
    word, begin = reader.tokens[reader.at]
    reader.take()
    name: str | None = None
    if word != "default":
        reader.blanks()
        name = reader.take()
    fields: list[str | None] = []
    for keyword in ("login", "password"):
        if reader.has(keyword):
            fields.append(reader.value(keyword))
    reader.to("machine", "default")
    fields += [None, None]
    return Found(name, fields[0], fields[1], None, begin)
