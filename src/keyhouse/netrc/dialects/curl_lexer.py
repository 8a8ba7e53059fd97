"""libcurl 8.21 and later: a lexer whose keywords count only unquoted, and a scanner of whole entries."""

from __future__ import annotations

from dataclasses import dataclass

from . import curl_lines
from .curl_profiles import CurlProfile
from .curl_scan import Code, Scan, _Origin, memory
from .curl_words import unquote
from .reading import Malformed

_END = ""
_LITERAL = "literal"
_JUNK = "junk"
_KEYWORDS = frozenset({"machine", "default", "account", "login", "password", "macdef"})


class _Lexer:
    def __init__(self, buffer: str, limit: int) -> None:
        self.buffer, self.limit = buffer, limit
        self.at = self.begin = 0
        self.kind = _END
        self.literal = ""
        self.pushed = False

    def next(self, *, literal: bool = False) -> str:
        if self.pushed:
            self.pushed = False
            return self.kind
        self.at = self.begin = self._skip_blanks(self.at)
        if self.begin >= len(self.buffer):
            self.kind = _END
        elif self.buffer[self.begin] == '"':
            self.literal, self.at = unquote(self.buffer, self.begin, self.limit)
            self.kind = _LITERAL
        else:
            self._word(literal)
        return self.kind

    def _word(self, literal: bool) -> None:
        buffer, at, length = self.buffer, self.begin, len(self.buffer)
        while at < length and buffer[at] not in " \t\r\n":
            at += 1
        word, self.at = buffer[self.begin : at], at
        if not word:
            raise Malformed("syntax error")
        if literal:
            if len(word) + 1 > self.limit:
                raise Malformed("syntax error")
            self.literal, self.kind = word, _LITERAL
        else:
            self.kind = word.lower() if word.lower() in _KEYWORDS else _JUNK

    def _skip_blanks(self, at: int) -> int:
        buffer, length = self.buffer, len(self.buffer)
        while at < length:
            while at < length and buffer[at] in " \t":
                at += 1
            while at < length and buffer[at] == "\r":
                at += 1
            if at < length and buffer[at] == "\n":
                at += 1
            else:
                break
        return at

    def skip_macro(self) -> None:
        """Go to the first empty line; blanks and carriage returns do not count."""
        buffer, length = self.buffer, len(self.buffer)
        at = buffer.find("\n", self.at)
        while at >= 0:
            at += 1
            while at < length and buffer[at] in " \t\r":
                at += 1
            if at >= length or buffer[at] == "\n":
                break
            at = buffer.find("\n", at)
        self.at = at if at >= 0 else length


@dataclass(slots=True)
class _Entry:
    matches: bool = False
    login: str | None = None
    password: str | None = None
    at: int = 0
    password_at: int | None = None


def search(text: str, profile: CurlProfile, host: str, login: str | None = None) -> Scan:
    """Look for `host`, and for `login` within it when one is given."""
    try:
        buffer, origin = memory(text, profile)
        found = _scan(_Lexer(buffer, profile.max_token), host.lower(), login or None)
    except (Malformed, curl_lines.FileTooBig):
        return Scan(Code.SYNTAX)
    if found is None:
        return Scan(Code.NO_MATCH)
    at = _Origin(origin).of(found.at)
    password_at = None if found.password_at is None else _Origin(origin).of(found.password_at)
    return Scan(Code.OK, login or found.login, found.password, at, password_at)


def _scan(lexer: _Lexer, host: str, login: str | None) -> _Entry | None:
    entry = _Entry()
    while True:
        kind = lexer.next()
        if kind in (_END, "machine", "default", "macdef"):
            if _wanted(entry, login):
                return entry
            entry = _Entry()
        if kind == _END:
            return None
        _step(lexer, kind, host, entry)


def _step(lexer: _Lexer, kind: str, host: str, entry: _Entry) -> None:
    entry.at = lexer.begin if kind in ("machine", "default") else entry.at
    if kind == "machine":
        if lexer.next(literal=True) == _LITERAL:
            entry.matches = lexer.literal.lower() == host
        else:
            lexer.pushed = True
    elif kind == "default":
        entry.matches = True
    elif kind in ("login", "password", "account"):
        _value(lexer, kind, entry)
    elif kind == "macdef":
        lexer.skip_macro()


def _value(lexer: _Lexer, kind: str, entry: _Entry) -> None:
    if lexer.next(literal=True) != _LITERAL:
        lexer.pushed = True
    elif entry.matches and kind == "login":
        entry.login = lexer.literal
    elif entry.matches and kind == "password":
        entry.password, entry.password_at = lexer.literal, lexer.begin


def _wanted(entry: _Entry, login: str | None) -> bool:
    if not entry.matches:
        return False
    if entry.login is None:
        return entry.password is not None
    if login is None:
        return True
    return login == entry.login and entry.password is not None
