"""CPython 2.7 and 3.6 to 3.10: shlex with all printable ASCII as word characters, and its comment rules.

A character outside that set is a token of its own, so one accented letter in a password is a parse error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .reading import Found, Malformed, Reading, shown

_WORD = re.compile(r"[!-~]+")
_WIDE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class ShlexProfile:
    """Python 2.7 seeks back to the `#` and always drops that line; Python 3 follows line numbers."""

    seeks_back: bool = False


PY3 = ShlexProfile()
PY2 = ShlexProfile(seeks_back=True)


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.begin = 0
        self.line = 1
        self.ended = False
        self.pushed: list[tuple[str, int]] = []

    def token(self) -> str:
        if self.pushed:
            token, self.begin = self.pushed.pop()
            return token
        if self.ended:
            return ""
        return self._read()

    def _read(self) -> str:
        text, at, length = self.text, self.at, len(self.text)
        while at < length and text[at] in _WIDE:
            at += 1
        start, self.begin = self.at, at
        if at >= length:
            self.at, self.ended = length, True
            self.line += text.count("\n", start, length)
            return ""
        word = _WORD.match(text, at)
        if word is None:
            self.at = at + 1
            self.line += text.count("\n", start, self.at)
            return text[at]
        self._after(word.end())
        self.line += text.count("\n", start, self.at)
        return word.group()

    def _after(self, end: int) -> None:
        """The character that ended a word is consumed; when it is no blank it becomes the next token."""
        if end >= len(self.text):
            self.at, self.ended = end, True
            return
        if self.text[end] not in _WIDE:
            self.pushed.append((self.text[end], end))
        self.at = end + 1

    def push(self, token: str) -> None:
        self.pushed.append((token, self.begin))

    def rest_of_line(self) -> str:
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end + 1
        line = self.text[self.at : end]
        self.at = end
        return line

    def fail(self, message: str) -> Malformed:
        return Malformed(f"{message} ($HOME/.netrc, line {self.line})")


def read(text: str, profile: ShlexProfile = PY3) -> Reading:
    """Read as CPython up to 3.10 does; on an error the entries before it are still returned."""
    lexer = _Lexer(text)
    entries: list[Found] = []
    try:
        while _top_level(lexer, entries, profile):
            pass
    except Malformed as failure:
        return Reading(tuple(entries), str(failure))
    return Reading(tuple(entries))


def _top_level(lexer: _Lexer, entries: list[Found], profile: ShlexProfile) -> bool:
    line = lexer.line
    word = lexer.token()
    begin = lexer.begin
    if not word:
        return False
    if word[0] == "#":
        _comment(lexer, word, line, profile)
    elif word == "machine":
        _entry(lexer, "machine", lexer.token(), begin, entries)
    elif word == "default":
        _entry(lexer, "default", None, begin, entries)
    elif word == "macdef":
        lexer.token()
        while lexer.rest_of_line() not in ("", "\n"):
            pass
    else:
        raise lexer.fail(f"bad toplevel token {shown(word)}")
    return True


def _comment(lexer: _Lexer, word: str, line: int, profile: ShlexProfile) -> None:
    if profile.seeks_back:
        back = lexer.at - len(word) - 1
        if back < 0:
            raise Malformed("IOError: [Errno 22] Invalid argument")
        lexer.at = back
        lexer.rest_of_line()
    elif lexer.line == line and len(word) == 1:
        lexer.rest_of_line()


def _entry(lexer: _Lexer, keyword: str, name: str | None, begin: int, entries: list[Found]) -> None:
    login: str = ""
    account: str | None = None
    password: str | None = None
    label = name if keyword == "machine" else "default"
    while True:
        word = lexer.token()
        if word.startswith("#") or word in ("", "machine", "default", "macdef"):
            if not password:
                raise lexer.fail(f"malformed {keyword} entry {label} terminated by {shown(word)}")
            lexer.push(word)
            entries.append(Found(name, login, password, account, begin))
            return
        if word in ("login", "user"):
            login = lexer.token()
        elif word == "account":
            account = lexer.token()
        elif word == "password":
            password = lexer.token()
        else:
            raise lexer.fail(f"bad follower token {shown(word)}")
