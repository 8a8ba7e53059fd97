"""CPython 3.11 and later, and uv's translation of it: a character lexer and its comment rule.

Two surprises make commented-out entries live: a token that starts with `#` hides the rest of its line only
when it stands alone, and only when the lexer has not crossed a line end to reach it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .reading import Found, Malformed, Reading, shown

_BLANK = "\n\t\r "
_PLAIN = re.compile(r"[^\n\t\r \\]*")
_QUOTED = re.compile(r'[^"\\]*')
_FAST = re.compile(r"[\n\t\r ]*+([^\n\t\r \"\\][^\n\t\r \\]*+)(?:[\n\t\r ]|\Z)")
"""A word without quotes and escapes, as nearly all are."""
_LINE = re.compile(r"machine ([^\s\"\\]+) login ([^\s\"\\]+) password ([^\s\"\\]+)\n(?=machine )")
"""A whole entry in one plain line, with another behind it: in long files nearly all are."""
_SPACES = re.compile(r"[\n\t\r ]*")


@dataclass(frozen=True, slots=True)
class LexProfile:
    """Where uv differs from CPython."""

    escape_at_end: str = ""
    macro_ends_at_blank: bool = False
    """A line of blanks ends a macro; so does the end of the file. Otherwise only an empty line does."""
    counts_comment_lines: bool = False
    message: str = "{message} ({file}, line {line})"


CPYTHON = LexProfile()
UV = LexProfile(escape_at_end=" ", macro_ends_at_blank=True, message="parsing error: {message} (line {line})")


class _Lexer:
    def __init__(self, text: str, profile: LexProfile) -> None:
        self.text, self.profile = text, profile
        self.at = self.begin = 0
        self.line = 1
        self.pushed: tuple[str, int] | None = None

    def token(self) -> str:
        if self.pushed is not None:
            token, self.begin = self.pushed
            self.pushed = None
            return token
        text = self.text
        start = self.at
        plain = _FAST.match(text, start)
        if plain is not None:
            self.begin, self.at = plain.start(1), plain.end()
            self.line += text.count("\n", start, self.at)
            return plain.group(1)
        self.begin = self.at = _end(_SPACES, text, start)
        token = ""
        if self.at < len(text):
            token = self._quoted() if text[self.at] == '"' else self._bare()
        self.line += text.count("\n", start, self.at)
        return token

    def _bare(self) -> str:
        text, parts, at, length = self.text, [], self.at, len(self.text)
        while True:
            end = _end(_PLAIN, text, at)
            parts.append(text[at:end])
            if end >= length or text[end] != "\\":
                self.at = min(end + 1, length)
                return "".join(parts)
            parts.append(text[end + 1] if end + 1 < length else self.profile.escape_at_end)
            at = min(end + 2, length)

    def _quoted(self) -> str:
        text, parts, at, length = self.text, [], self.at + 1, len(self.text)
        while True:
            end = _end(_QUOTED, text, at)
            parts.append(text[at:end])
            if end >= length or text[end] == '"':
                self.at = min(end + 1, length)
                return "".join(parts)
            parts.append(text[end + 1] if end + 1 < length else self.profile.escape_at_end)
            at = min(end + 2, length)

    def push(self, token: str) -> None:
        self.pushed = (token, self.begin)

    def plain_lines(self, entries: list[Found]) -> None:
        """Take the run of plain lines that begins with a `machine` just pushed back, as word by word would."""
        if self.pushed is None or self.pushed[0] != "machine" or self.text[self.at - 1 : self.at] != " ":
            return
        begin = first = self.pushed[1]
        lines = len(entries)
        while (line := _LINE.match(self.text, begin)) is not None:
            entries.append(Found(line[1], line[2], line[3], "", begin))
            begin = line.end()
        if begin != first:
            self.pushed, self.at = ("machine", begin), begin + len("machine ")
            self.line += len(entries) - lines

    def rest_of_line(self) -> str:
        """Read on to the next line end; the lexer's own line number does not notice, as in the original."""
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end + 1
        line = self.text[self.at : end]
        self.at = end
        return line

    def fail(self, message: str) -> Malformed:
        return Malformed(self.profile.message.format(message=message, file="$HOME/.netrc", line=self.line))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    assert match is not None
    return match.end()


def read(text: str, profile: LexProfile = CPYTHON) -> Reading:
    """Read as CPython 3.11+ (or uv) does; on an error the entries before it are still returned."""
    lexer = _Lexer(text, profile)
    entries: list[Found] = []
    try:
        while _top_level(lexer, entries):
            lexer.plain_lines(entries)
    except Malformed as failure:
        return Reading(tuple(entries), str(failure))
    return Reading(tuple(entries))


def _top_level(lexer: _Lexer, entries: list[Found]) -> bool:
    line = lexer.line
    word = lexer.token()
    begin = lexer.begin
    if not word:
        return False
    if word[0] == "#":
        if lexer.line == line and len(word) == 1:
            lexer.rest_of_line()
    elif word == "machine":
        name = lexer.token()
        if not name:
            raise lexer.fail("missing 'machine' name")
        _entry(lexer, name, begin, entries)
    elif word == "default":
        _entry(lexer, None, begin, entries)
    elif word == "macdef":
        _macro(lexer)
    else:
        raise lexer.fail(f"bad toplevel token {shown(word)}")
    return True


def _macro(lexer: _Lexer) -> None:
    lexer.token()
    while True:
        line = lexer.rest_of_line()
        if lexer.profile.macro_ends_at_blank:
            if not line.strip():
                return
        elif not line:
            raise lexer.fail("Macro definition missing null line terminator.")
        elif line == "\n":
            return


_FIELDS = {"login": "login", "user": "login", "account": "account", "password": "password"}


def _entry(lexer: _Lexer, name: str | None, begin: int, entries: list[Found]) -> None:
    values = {"login": "", "account": "", "password": ""}
    while True:
        line = lexer.line
        word = lexer.token()
        if word.startswith("#"):
            if lexer.line == line:
                lexer.rest_of_line()
        elif word in ("", "machine", "default", "macdef"):
            lexer.push(word)
            entries.append(Found(name, values["login"], values["password"], values["account"], begin))
            return
        elif word in _FIELDS:
            values[_FIELDS[word]] = lexer.token()
        else:
            raise lexer.fail(f"bad follower token {shown(word)}")
