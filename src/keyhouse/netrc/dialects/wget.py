"""wget 1.x and cadaver (neon's old copy of it): lines, comments at any token start, entries need a login."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .reading import C_SPACE, Found, Reading, shown


@dataclass(frozen=True, slots=True)
class WgetProfile:
    """The two copies differ in quoting, keywords and messages."""

    escapes: bool = True
    quotes_inside: bool = False
    """Quotes of both kinds open anywhere in a token (cadaver); otherwise only `"` at its start."""
    line_size: int = 0
    takes: tuple[tuple[str, str], ...] = ()
    unknown: str = ""
    premature: str = ""


_COMMON = (("account", "account"), ("login", "login"), ("macdef", "macdef"), ("machine", "machine"))
WGET = WgetProfile(
    takes=(*_COMMON, ("password", "password"), ("port", "port"), ("force", "force")),
    unknown="wget: $HOME/.netrc:{line}: unknown token {token}",
    premature="wget: $HOME/.netrc:{line}: warning: {token} token appears before any machine name",
)
CADAVER = WgetProfile(
    escapes=False,
    quotes_inside=True,
    line_size=8192,
    takes=(*_COMMON, ("password", "password"), ("passwd", "password"), ("user", "login")),
    unknown="$HOME/.netrc:{line}: warning: unknown token {token}",
    premature="$HOME/.netrc:{line}: warning: found {token} before any host names",
)


@dataclass(slots=True)
class _Draft:
    machine: str | None
    at: int
    login: str | None = None
    password: str | None = None


class _Reader:
    def __init__(self, profile: WgetProfile) -> None:
        self.profile = profile
        self.takes = dict(profile.takes)
        self.pending = ""
        self.current: _Draft | None = None
        self.entries: list[Found] = []
        self.warnings: list[str] = []

    def store(self) -> None:
        draft = self.current
        if draft is not None and draft.login is not None:
            self.entries.append(Found(draft.machine, draft.login, draft.password, None, draft.at))

    def take(self, word: str, at: int, line: int) -> None:
        if self.pending:
            self._value(word, at, line)
            self.pending = ""
        elif word == "default":
            self.store()
            self.current = _Draft(None, at)
        elif word in self.takes:
            self.pending = self.takes[word]
        else:
            self._warn(self.profile.unknown, word, line)

    def _value(self, token: str, at: int, line: int) -> None:
        if self.pending == "machine":
            self.store()
            self.current = _Draft(token, at)
        elif self.current is None:
            self._warn(self.profile.premature, self.pending, line)
        elif self.pending == "login":
            self.current.login = token
        elif self.pending == "password":
            self.current.password = token

    def _warn(self, message: str, token: str, line: int) -> None:
        if len(self.warnings) < 20:
            self.warnings.append(message.format(line=line, token=shown(token)))


_PLAIN_LINE = re.compile(r"machine ([\w.-]+) login ([\w.@-]+) password ([\w.-]+)\n", re.ASCII)
"""A whole entry in the spelling that nobody can misread: nearly all lines of a long file are such."""


def read(text: str, profile: WgetProfile = WGET) -> Reading:
    """Read the file; unknown words are only warned of."""
    reader = _Reader(profile)
    start = 0
    for number, line in enumerate(_lines(text, profile.line_size), 1):
        if reader.pending or (plain := _PLAIN_LINE.fullmatch(line)) is None:
            _line(reader, line, start, number)
        else:
            reader.store()
            reader.current = _Draft(plain[1], start + len("machine "), plain[2], plain[3])
        start += len(line)
    reader.store()
    return Reading(tuple(reader.entries), None, tuple(reader.warnings))


def _lines(text: str, size: int) -> Iterator[str]:
    start, length = 0, len(text)
    while start < length:
        end = text.find("\n", start) + 1 or length
        if size and end - start > size - 1:
            end = start + size - 1
        yield text[start:end]
        start = end


def _line(reader: _Reader, line: str, start: int, number: int) -> None:
    nul = line.find("\0")
    line = line if nul < 0 else line[:nul]
    if not line.strip(C_SPACE):
        if reader.pending == "macdef":
            reader.pending = ""
        return
    if reader.pending == "macdef":
        return
    split = _anywhere if reader.profile.quotes_inside else _escaped
    for token, at in split(line.rstrip(C_SPACE) if reader.profile.quotes_inside else line):
        reader.take(token, start + at, number)
        if reader.pending == "macdef":
            return


_WORD = re.compile(r"[^ \t\n\v\f\r]+")


def _plain(line: str) -> Iterator[tuple[str, int]]:
    """What the loop of `_escaped` finds where nothing is quoted or escaped, in a third of its time."""
    for match in _WORD.finditer(line):
        if match[0].startswith("#"):
            return
        yield match[0], match.start()


def _escaped(line: str) -> Iterator[tuple[str, int]]:
    """wget: `"` at a token's start, backslash everywhere; a quoted token ends at its quote."""
    if '"' not in line and "\\" not in line:
        yield from _plain(line)
        return
    at, length = 0, len(line)
    while True:
        while at < length and line[at] in C_SPACE:
            at += 1
        if at >= length or line[at] == "#":
            return
        begin = at
        quoted = line[at] == '"'
        at += quoted
        parts: list[str] = []
        while at < length and (line[at] != '"' if quoted else line[at] not in C_SPACE):
            if line[at] == "\\":
                at += 1
                if at >= length:
                    break
            parts.append(line[at])
            at += 1
        yield "".join(parts), begin
        # Behind a closing quote one more character is lost: the terminator is written over it.
        at += 2 if quoted else 1


def _anywhere(line: str) -> Iterator[tuple[str, int]]:
    """cadaver: quotes of both kinds, anywhere in a token; no escapes."""
    at, length = 0, len(line)
    while at < length:
        while at < length and line[at] in C_SPACE:
            at += 1
        if at >= length or line[at] == "#":
            return
        begin, quote, parts = at, "", []
        while at < length and (quote or line[at] not in C_SPACE):
            char = line[at]
            if quote:
                if char == quote:
                    quote = ""
                else:
                    parts.append(char)
            elif char in "\"'":
                quote = char
            else:
                parts.append(char)
            at += 1
        yield "".join(parts), begin
        at += 1
