"""Emacs auth-source 28: any `key value` pairs; quotes of both kinds; `#` at a token's start is a comment."""

from __future__ import annotations

import re

from .reading import Found, Malformed, Reading

_THING = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^ \t\n]+)")
_BARE = re.compile(r"([^ \t\n]+)")


class _Buffer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.begin = 0
        self.last = {quote: text.rfind(quote) for quote in "'\""}

    def _interesting(self) -> None:
        text, length = self.text, len(self.text)
        while self.at < length and text[self.at] in "#\n":
            self.at = text.find("\n", self.at) + 1 or length
        while self.at < length and text[self.at] in "\t ":
            self.at += 1

    def one(self) -> str | None:
        self._interesting()
        self.begin = self.at
        match = self._thing()
        if match is None:
            return None
        self.at = match.end()
        self._interesting()
        return match.group(match.lastindex or 0)

    def _thing(self) -> re.Match[str] | None:
        if self.last.get(self.text[self.at : self.at + 1], -1) == self.at:  # a quote that nothing closes
            return _BARE.match(self.text, self.at)
        return _THING.match(self.text, self.at)

    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1


Pairs = list[tuple[str, str | None]]


def pairs(text: str) -> tuple[list[tuple[Pairs, int]], str | None]:
    """Return the entries as lists of pairs, with the error that stopped the reading."""
    buffer = _Buffer(text)
    entries: list[tuple[Pairs, int]] = []
    current: Pairs = []
    begin = 0
    try:
        while (item := buffer.one()) is not None:
            if current and item in ("default", "machine"):
                entries.append((current, begin))
                current = []
            if not current:
                begin = buffer.begin
            if item == "default":
                current.append(("machine", None))
            elif (value := buffer.one()) is not None:
                if value == "machine":
                    raise Malformed(
                        '(error "auth-source-netrc-parse-entries: '
                        f'Unexpected \u2018machine\u2019 token at line {buffer.line()}")'
                    )
                current.append((item, value))
    except Malformed as failure:
        return [], str(failure)
    if current:
        entries.append((current, begin))
    return entries, None


def read(text: str) -> Reading:
    """Read the file; the last of equal keys counts, except that it is looked for in a fixed order."""
    entries, error = pairs(text)
    return Reading(tuple(entry(p, at) for p, at in entries), error)


def first(of: Pairs, *keys: str) -> str | None:
    """Return the value of the first of `keys` that is present; the latest pair counts."""
    for key in keys:
        for name, value in reversed(of):
            if name == key:
                return value
    return None


def entry(of: Pairs, at: int) -> Found:
    login, password = None, None
    for name, value in of:
        if name in ("login", "account", "user"):
            login = value
        elif name in ("password", "secret"):
            password = value
    return Found(first(of, "machine", "host"), login, password, None, at)
