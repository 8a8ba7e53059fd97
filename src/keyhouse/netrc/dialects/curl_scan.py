"""libcurl 7.61 to 8.20: a state machine that looks for one host while it reads.

Three scanners (strtok; quoted lines; the whole file) feed three generations of the machine. What is read
depends on the host asked for, because macros are known only outside the entry that matched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial

from . import curl_lines, curl_words
from .curl_profiles import CurlProfile
from .reading import Malformed


class Code(Enum):
    """What Curl_parsenetrc returns."""

    OK = "ok"
    NO_MATCH = "no matching entry"
    MISSING = "no such file"
    SYNTAX = "syntax error"


@dataclass(slots=True)
class Scan:
    """The outcome of one search: `at` is the offset of the matching host's name."""

    code: Code = Code.NO_MATCH
    login: str | None = None
    password: str | None = None
    at: int | None = None
    password_at: int | None = None

    def __repr__(self) -> str:
        return f"Scan(code={self.code}, login={self.login!r}, at={self.at})"


_NOTHING, _HOSTFOUND, _HOSTVALID, _MACDEF = range(4)


_PLAIN_LINE = re.compile(r"machine ([^\s\"#\\]+) login [^\s\"#\\]+ password [^\s\"#\\]+\n")
_SPEAKS = re.compile(r" (?:machine|default|macdef)(?= |\n)", re.IGNORECASE)
"""A login or password that is a keyword outside an entry."""


class _Machine:
    """The states shared by all generations; subclasses say what a value does."""

    def __init__(self, profile: CurlProfile, host: str, login: str | None, password: str | None) -> None:
        self.profile = profile
        self.host = host.lower()
        self.login = login
        self.password = password
        self.specific = login is not None
        self.state = _NOTHING
        self.keyword = ""
        self.done = False
        self.result = Scan()

    def take(self, token: str, at: int) -> None:
        word = token.lower()
        if self.state == _NOTHING:
            self._outside(word, at)
        elif self.state == _HOSTFOUND:
            self._host(word, at)
        elif self.state == _HOSTVALID:
            self._inside(token, word, at)
        elif not token:
            self.state = _NOTHING

    def passes(self, line: str) -> bool:
        """Tell whether a line outside an entry is a plain entry for another machine, of which nothing stays behind."""
        plain = _PLAIN_LINE.fullmatch(line)
        if plain is None or plain[1].lower() == self.host or _SPEAKS.search(line, plain.end(1)) or self._knows_all():
            return False
        self.new_machine(outside=True)
        return True

    def _knows_all(self) -> bool:
        """Whether the next word ends the search."""
        return False

    def _outside(self, word: str, at: int) -> None:
        if word == "macdef" and self.profile.macros:
            self.state = _MACDEF
        elif word == "machine":
            self.state = _HOSTFOUND
            self.new_machine(outside=True)
        elif word == "default":
            self._matched(at)

    def _host(self, word: str, at: int) -> None:
        if word == self.host:
            self._matched(at)
        else:
            self.state = _NOTHING

    def _matched(self, at: int) -> None:
        self.state = _HOSTVALID
        self.result.code = Code.OK
        self.matched_at = at

    matched_at: int | None = None

    def _inside(self, token: str, word: str, at: int) -> None:
        raise AssertionError

    def new_machine(self, *, outside: bool) -> None:
        """Forget what the entry before said, as far as this generation does."""

    def finish(self) -> Scan:
        self.result.login, self.result.password = self.login, self.password
        if self.result.at is None:
            self.result.at = self.matched_at
        return self.result


class _FirstGeneration(_Machine):
    """Up to 8.11.0: stop once a login and a password are known, whoever said them."""

    def __init__(self, profile: CurlProfile, host: str, login: str | None, password: str | None) -> None:
        super().__init__(profile, host, login, password)
        self.specific = bool(login)
        self.ours = profile.password_before_login

    def take(self, token: str, at: int) -> None:
        if self.login and self.password:
            self.done = True
            return
        super().take(token, at)

    def _knows_all(self) -> bool:
        return bool(self.login and self.password)

    def _inside(self, token: str, word: str, at: int) -> None:
        if self.keyword == "login":
            self.keyword = ""
            if self.specific:
                self.ours = self._same_login(token)
            else:
                self.login = token
                self.result.at = self.matched_at
        elif self.keyword == "password":
            self.keyword = ""
            if self.ours or not self.specific:
                self.password = token
                self.result.at, self.result.password_at = self.matched_at, at
        elif word in ("login", "password"):
            self.keyword = word
        elif word == "machine":
            self.state = _HOSTFOUND
            if self.profile.forgets_our_login:
                self.ours = False

    def _same_login(self, token: str) -> bool:
        assert self.login is not None
        if self.profile.exact_login:
            return self.login == token
        return self.login.lower() == token.lower()


class _SecondGeneration(_Machine):
    """8.11.1 to 8.20, and Debian's 7.88.1: login and password must both be found in one entry.

    With a login asked for, the last password seen stays behind even when its login was another's.
    """

    def __init__(self, profile: CurlProfile, host: str, login: str | None, password: str | None) -> None:
        super().__init__(profile, host, login, None)
        self.has_login = self.has_password = self.ours = False

    def new_machine(self, *, outside: bool) -> None:
        self.keyword = ""
        self.has_login = self.has_password = False
        if outside or self.profile.forgets_our_login:
            self.ours = False
        self._forget()

    def _forget(self) -> None:
        self.password = None
        if not self.specific:
            self.login = None

    def _inside(self, token: str, word: str, at: int) -> None:
        if self.keyword == "login":
            self._login(token)
        elif self.keyword == "password":
            self.password, self.keyword = token, ""
            self.result.password_at, self.result.at = at, self.matched_at
            if self.profile.counts_any_password or not self.specific or self.ours:
                self.has_password = True
        elif word in ("login", "password"):
            self.keyword = word
        elif word == "machine":
            self._next_entry()
        elif word == "default" and self.profile.default_inside:
            self._matched(at)
            self._forget()
            if self.profile.default_forgets_all:
                self.has_login = self.has_password = self.ours = False
        if self.has_login and self.has_password and self.ours:
            self.done = True

    def _login(self, token: str) -> None:
        self.keyword, self.has_login = "", True
        if self.specific:
            self.ours = self.login == token
        else:
            self.ours, self.login = True, token
            self.result.at = self.matched_at

    def _next_entry(self) -> None:
        if self.profile.password_ends_search and self._settled():
            self.done = True
            return
        self.state = _HOSTFOUND
        self.new_machine(outside=False)

    def _settled(self) -> bool:
        if not self.has_password:
            return False
        if not self.profile.counts_any_password:
            return True
        return not self.specific or self.ours or not self.has_login

    def finish(self) -> Scan:
        if self.result.code is Code.OK:
            if self.password is None and self.ours:
                self.password = ""
            elif self.login is None and self.password is None and self.profile.empty_entry_is_no_match:
                self.result.code = Code.NO_MATCH
        return super().finish()


def search(text: str, profile: CurlProfile, host: str, login: str | None = None, password: str | None = None) -> Scan:
    """Look for `host` (and `login`, when given) the way this libcurl does."""
    generation = _SecondGeneration if profile.generation == 2 else _FirstGeneration
    machine = generation(profile, host, login, password)
    try:
        if profile.scanner == "file":
            _whole_file(text, profile, machine)
        else:
            _by_line(text, profile, machine)
    except (Malformed, curl_lines.FileTooBig):
        return Scan(Code.SYNTAX)
    return machine.finish()


def _lines(text: str, profile: CurlProfile) -> Iterator[curl_lines.Line]:
    take: dict[str, Callable[[str], Iterator[curl_lines.Line]]] = {
        "chunks": curl_lines.chunks,
        "skip": curl_lines.whole_or_skipped,
        "stop": partial(curl_lines.until_too_long, limit=profile.max_line),
        "stop or end": partial(curl_lines.until_too_long_or_end, limit=profile.max_line),
        "error": partial(curl_lines.complete, limit=profile.max_line),
    }
    return take[profile.lines](text)


def _by_line(text: str, profile: CurlProfile, machine: _Machine) -> None:
    for line, start in _lines(text, profile):
        if machine.state == _MACDEF:
            if line[:1] not in ("\n", "\r"):
                continue
            machine.state = _NOTHING
        if machine.state == _NOTHING and machine.passes(line):
            continue
        tokens = curl_words.strtok(line) if profile.scanner == "strtok" else curl_words.quoted(line)
        for token, at in tokens:
            machine.take(token, start + at)
            if machine.done:
                return


def memory(text: str, profile: CurlProfile) -> tuple[str, list[tuple[int, int]]]:
    """Load the file as 8.11.0 and later do: full-line comments dropped. Return it with a map of offsets."""
    parts: list[str] = []
    origin: list[tuple[int, int]] = []
    size = 0
    for line, start in _lines(text, profile):
        if line.lstrip(" \t").startswith("#"):
            continue
        origin.append((size, start))
        parts.append(line)
        size += len(line)
        if size + 1 > profile.max_file:
            raise curl_lines.FileTooBig
    return "".join(parts), origin


def _whole_file(text: str, profile: CurlProfile, machine: _Machine) -> None:
    buffer, origin = memory(text, profile)
    at, length = 0, len(buffer)
    source = _Origin(origin)
    while at < length and not machine.done:
        while at < length and buffer[at] in " \t":
            at += 1
        if at >= length:
            return
        if machine.state == _MACDEF:
            if buffer[at] in "\n\r":
                machine.state = _NOTHING
            if profile.skips_macro_lines:
                at = buffer.find("\n", at) + 1 or length
                continue
        if buffer[at] == "\n":
            at += 1
            continue
        begin = at
        token, at = curl_words.token(buffer, at, profile)
        machine.take(token, source.of(begin))
        at += 1


class _Origin:
    """Maps growing offsets of the loaded file back to the file on disk, in one pass."""

    def __init__(self, pieces: list[tuple[int, int]]) -> None:
        self._pieces = pieces
        self._index = 0

    def of(self, offset: int) -> int:
        pieces = self._pieces
        while self._index + 1 < len(pieces) and pieces[self._index + 1][0] <= offset:
            self._index += 1
        loaded, start = pieces[self._index]
        return start + offset - loaded
