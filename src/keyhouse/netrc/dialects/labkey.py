"""LabKey's own clients: the Java class NetrcFileParser (one regular expression) and labkey-rs (crate netrc)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from .reading import Found, Malformed, Reading, shown

_KEYWORD = re.compile(r"machine(?=[ \t\n\v\f\r])")
_LOGIN = re.compile(r"(?<![ \t\n\v\f\r])[ \t\n\v\f\r]+login(?=[ \t\n\v\f\r])")
_PASSWORD = re.compile(r"(?<![ \t\n\v\f\r])[ \t\n\v\f\r]+password(?=[ \t\n\v\f\r])")
_BLANKS = re.compile(r"[ \t\n\v\f\r]+")
_NOT_DOT = re.compile("[\n\r\x85\u2028\u2029]")
Span = tuple[int, ...]
_WORD_END = re.compile(r"[ \t\n\v\f\r]")


def java(text: str) -> Reading:
    """Find every match of `machine\\s+(.+?)\\s+login\\s+(.+?)\\s+password\\s+(.+?)\\s+`, in linear time.

    `.` stops at line ends, so each value stays within its line; the blanks between may cross lines. The lines are
    joined again with LF, hence the last one always ends. Whether a `login` leads to a match depends on nothing
    before it, so each is judged once, from the end of the file to its beginning.
    """
    text = re.sub(r"\r\n|\r", "\n", text)
    if text and not text.endswith("\n"):
        text += "\n"
    passwords = _Stops(text, _PASSWORD, lambda end: _secret(text, end))
    logins = _Stops(text, _LOGIN, lambda end: _behind_login(passwords, end))
    entries: list[Found] = []
    at = 0
    while (keyword := _KEYWORD.search(text, at)) is not None:
        begin = _skip(text, keyword.end())
        match = logins.value(begin)
        if match is None:
            at = keyword.end()
            continue
        machine_end, login, login_end, secret, secret_end = match
        entries.append(
            Found(text[begin:machine_end], text[login:login_end], text[secret:secret_end], None, keyword.start())
        )
        at = _skip(text, secret_end)
    return Reading(tuple(entries))


def _skip(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def _blank_value(text: str, start: int, end: int) -> int | None:
    """Where no word stands between two keywords the expression gives back blanks: the last but one may be a value."""
    for at in range(end - 2, start, -1):
        if _NOT_DOT.match(text, at) is None:
            return at
    return None


def _secret(text: str, keyword_end: int) -> Span | None:
    """The last value: at least one character of a line, up to the first blank."""
    begin = _skip(text, keyword_end)
    if begin >= len(text):
        blank = _blank_value(text, keyword_end, begin)
        return None if blank is None else (blank, blank + 1)
    if _NOT_DOT.match(text, begin):
        return None
    closing = _WORD_END.search(text, begin + 1)
    return None if closing is None else (begin, closing.start())


def _behind_login(passwords: _Stops, keyword_end: int) -> Span | None:
    begin = _skip(passwords.text, keyword_end)
    tail = passwords.value(begin)
    if tail is not None:
        return begin, *tail
    index = bisect_left(passwords.ends, keyword_end)
    if index == len(passwords.ends) or passwords.ends[index] != keyword_end:
        return None
    blank = _blank_value(passwords.text, keyword_end, begin)
    return None if blank is None else (blank, blank + 1, *passwords.tails[index])


class _Stops:
    """All places where a keyword stands behind a blank, each with what follows it if that leads to a match."""

    def __init__(self, text: str, keyword: re.Pattern[str], judge: Callable[[int], Span | None]) -> None:
        self.text = text
        self.ends: list[int] = []
        """Where the blank before the keyword begins: there a value before it ends."""
        self.tails: list[Span] = []
        self._line_end = -1
        for match in keyword.finditer(text):
            tail = judge(match.end())
            if tail is not None:
                self.ends.append(match.start())
                self.tails.append(tail)

    def value(self, begin: int) -> Span | None:
        """Return where a value that begins at `begin` ends, and the tail behind it; ask with growing offsets."""
        index = bisect_right(self.ends, begin)
        if index == len(self.ends):
            return None
        if self._line_end < begin:
            terminator = _NOT_DOT.search(self.text, begin)
            self._line_end = terminator.start() if terminator else len(self.text)
        end = self.ends[index]
        return None if end > self._line_end else (end, *self.tails[index])


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
    return Reading(tuple(_rust_found(values) for values in entries))


def _rust_found(values: dict[str, str]) -> Found:
    machine = None if "default" in values else values["machine"]
    return Found(machine, values.get("login", ""), values.get("password"), values.get("account"), int(values["at"]))


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
            raise lexer.fail(f"Unable to parse port number {shown(value)}")
        current[word] = value
    elif word == "macdef":
        lexer.must()
        lexer.macro()
        return None
    else:
        raise lexer.fail(f"Unknown entry {shown(word)}")
    return current


_RUST_SPACE = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_RUST_WORD = re.compile(f"([{_RUST_SPACE}]*)([^{_RUST_SPACE}]*)")


class _Rust:
    """Words line by line. In a line that is not ASCII the cursor counts characters and slices bytes, so it lags."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True) if text.isascii() and not _ODD_ENDS.search(text) else _keep(text)
        self.number = 0
        self.line = ""
        self.offsets: dict[int, int] | None = None
        self.cursor = self.start = self.begin = self.size = 0
        self._following = 0

    def next(self) -> str | None:
        while True:
            word = self._in_line()
            if word is not None:
                return word
            if self.number >= len(self.lines):
                return None
            self._load(self.lines[self.number])

    def _load(self, line: str) -> None:
        self.line, self.cursor, self.number = line, 0, self.number + 1
        self.start, self._following = self._following, self._following + len(line)
        self.offsets = None if line.isascii() else _character_at(line)
        self.size = len(line.encode())

    def _in_line(self) -> str | None:
        match = self._match()
        blanks = len(match.group(1))
        self.cursor += blanks
        if self.cursor >= self.size:
            return None
        if blanks:
            match = self._match()
        word = "" if match.group(1) else match.group(2)
        self.begin = self.start + match.start()
        self.cursor += len(word)
        return word

    def _match(self) -> re.Match[str]:
        at = self.cursor
        if self.offsets is not None:
            if at not in self.offsets:
                raise Malformed(f"thread 'main' panicked: byte index {at} is not a char boundary")
            at = self.offsets[at]
        match = _RUST_WORD.match(self.line, at)
        assert match is not None
        return match

    def must(self) -> str:
        word = self.next()
        if word is None:
            raise self.fail("Unexpected end of file")
        return word

    def macro(self) -> None:
        self.line, self.cursor, self.offsets, self.size = "", 0, None, 0
        while self.number < len(self.lines):
            line = self.lines[self.number]
            self.number += 1
            self._following += len(line)
            if len(line) <= 1 and line.isascii():
                return

    def fail(self, message: str) -> Malformed:
        return Malformed(f'Parse("{message}", {self.number})')


_ODD_ENDS = re.compile("[\r\v\f\x1c-\x1e]")


def _character_at(line: str) -> dict[int, int]:
    """Map each byte offset where a character begins, and the end, to the character's index."""
    offsets, at = {}, 0
    for index, char in enumerate(line):
        offsets[at] = index
        at += len(char.encode())
    offsets[at] = len(line)
    return offsets


def _keep(text: str) -> list[str]:
    lines = text.split("\n")
    kept = [f"{line}\n" for line in lines[:-1]]
    return [*kept, lines[-1]] if lines[-1] else kept
