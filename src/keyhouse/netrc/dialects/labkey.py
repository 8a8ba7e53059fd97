"""LabKey's own clients: the Java class NetrcFileParser (one regular expression) and labkey-rs (crate netrc)."""

from __future__ import annotations

import re

from .reading import Found, Malformed, Reading

_KEYWORD = re.compile(r"machine(?=[ \t\n\v\f\r])")
_LOGIN = re.compile(r"login(?=[ \t\n\v\f\r])")
_PASSWORD = re.compile(r"password(?=[ \t\n\v\f\r])")
_SPACE = " \t\n\v\f\r"
_NOT_DOT = re.compile("[\n\r\x85\u2028\u2029]")
_WORD_END = re.compile(r"[ \t\n\v\f\r]")


def java(text: str) -> Reading:
    """Find every match of `machine\\s+(.+?)\\s+login\\s+(.+?)\\s+password\\s+(.+?)\\s+`, in linear time.

    `.` stops at line ends, so each value stays within its line; the blanks between may cross lines.
    The lines are joined again with LF, hence the last one always ends.
    """
    text = re.sub(r"\r\n|\r", "\n", text)
    if text and not text.endswith("\n"):
        text += "\n"
    passwords = _Stops(text, _PASSWORD)
    logins = _Stops(text, _LOGIN)
    entries: list[Found] = []
    at = 0
    while (keyword := _KEYWORD.search(text, at)) is not None:
        entry, end = _java_match(text, keyword, logins, passwords)
        if entry is not None:
            entries.append(entry)
        at = end
    return Reading(tuple(entries))


class _Stops:
    """The keywords in a text that stand behind a blank, found by growing offset."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self.starts = [m.start() for m in pattern.finditer(text) if m.start() and text[m.start() - 1] in _SPACE]
        self.text = text
        self.size = len(pattern.pattern.partition("(")[0])
        self._verdicts: dict[int, tuple[str, int] | None] = {}

    def first_after(self, at: int) -> int:
        """Return the index of the first keyword whose leading blank is at or behind `at`."""
        low, high = 0, len(self.starts)
        while low < high:
            middle = (low + high) // 2
            if self.starts[middle] <= at:
                low = middle + 1
            else:
                high = middle
        return low


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _run_start(text: str, at: int) -> int:
    while at > 0 and text[at - 1] in _SPACE:
        at -= 1
    return at


def _value(text: str, begin: int, stops: _Stops, index: int) -> int | None:
    """Return where a lazy value that begins at `begin` ends before the keyword `index`, if it may."""
    end = _run_start(text, stops.starts[index])
    if end <= begin:
        return None
    terminator = _NOT_DOT.search(text, begin, end)
    return None if terminator is not None else end


def _java_match(
    text: str, keyword: re.Match[str], logins: _Stops, passwords: _Stops
) -> tuple[Found | None, int]:
    begin = _skip(text, keyword.end())
    line_end = _NOT_DOT.search(text, begin)
    limit = line_end.start() if line_end else len(text)
    index = logins.first_after(begin)
    while index < len(logins.starts) and _run_start(text, logins.starts[index]) <= limit:
        end = _value(text, begin, logins, index)
        tail = _tail(text, logins, passwords, index) if end is not None else None
        if end is not None and tail is not None:
            login, password, behind = tail
            return Found(text[begin:end], login, password, None, keyword.start()), behind
        index += 1
    return None, keyword.end()


def _tail(text: str, logins: _Stops, passwords: _Stops, index: int) -> tuple[str, str, int] | None:
    begin = _skip(text, logins.starts[index] + logins.size)
    stop = passwords.first_after(begin)
    if stop >= len(passwords.starts):
        return None
    end = _value(text, begin, passwords, stop)
    if end is None:
        return None
    secret = _skip(text, passwords.starts[stop] + passwords.size)
    if secret >= len(text):
        return None
    closing = _WORD_END.search(text, secret + 1)
    if closing is None or _NOT_DOT.search(text, secret, closing.start()) is not None:
        return None
    return text[begin:end], text[secret : closing.start()], _skip(text, closing.start())


def rust(text: str) -> Reading:
    """The crate `netrc` 0.4.1: any unknown word is fatal; characters are counted where bytes are sliced."""
    lexer = _Rust(text)
    entries: list[dict[str, str]] = []
    current: dict[str, str] | None = None
    try:
        while (word := lexer.next()) is not None:
            current = _rust_entry(lexer, word, current, entries)
    except Malformed as failure:
        return Reading((), str(failure))
    found = (
        Found(None if "default" in e else e["machine"], e.get("login", ""), e.get("password"), e.get("account"), int(e["at"]))
        for e in entries
    )
    return Reading(tuple(found))


def _rust_entry(
    lexer: _Rust, word: str, current: dict[str, str] | None, entries: list[dict[str, str]]
) -> dict[str, str] | None:
    if word in ("machine", "default"):
        at = str(lexer.begin)
        current = {"at": at, "machine": lexer.must()} if word == "machine" else {"at": at, "default": ""}
        entries.append(current)
    elif word in ("login", "password", "account", "port"):
        if current is None:
            raise lexer.fail(f"No machine defined for {word}")
        value = lexer.must()
        if word == "port" and not (value.removeprefix("+").isdecimal() and int(value) < 65536):
            raise lexer.fail(f"Unable to parse port number `{value}'")
        current[word] = value
    elif word == "macdef":
        lexer.must()
        lexer.macro()
        return None
    else:
        raise lexer.fail(f"Unknown entry `{word}'")
    return current


class _Rust:
    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True) if "\n" in text and "\r" not in text else _keep(text)
        self.number = 0
        self.line = b""
        self.cursor = self.start = self.begin = 0
        self._following = 0

    def next(self) -> str | None:
        while True:
            word = self._in_line()
            if word is not None:
                return word
            if self.number >= len(self.lines):
                return None
            text = self.lines[self.number]
            self.line, self.cursor, self.number = text.encode(), 0, self.number + 1
            self.start, self._following = self._following, self._following + len(text)

    def _in_line(self) -> str | None:
        rest = self._rest()
        blanks = len(rest) - len(rest.lstrip())
        self.cursor += blanks
        if self.cursor >= len(self.line):
            return None
        rest = self._rest()
        word = rest.split(None, 1)[0] if rest and not rest[0].isspace() else ""
        self.begin = self.start + self.cursor
        self.cursor += len(word)
        return word

    def _rest(self) -> str:
        try:
            return self.line[self.cursor :].decode()
        except UnicodeDecodeError:
            raise Malformed(f"thread 'main' panicked: byte index {self.cursor} is not a char boundary") from None

    def must(self) -> str:
        word = self.next()
        if word is None:
            raise self.fail("Unexpected end of file")
        return word

    def macro(self) -> None:
        self.line, self.cursor = b"", 0
        while self.number < len(self.lines):
            text = self.lines[self.number]
            self.number += 1
            self._following += len(text)
            if len(text.encode()) <= 1:
                return

    def fail(self, message: str) -> Malformed:
        return Malformed(f'Parse("{message}", {self.number})')


def _keep(text: str) -> list[str]:
    lines = text.split("\n")
    kept = [line + "\n" for line in lines[:-1]]
    return kept + [lines[-1]] if lines[-1] else kept
