"""Clients that split at white space and walk the words: aria2, lftp, JGit, Bazel."""

from __future__ import annotations

import re

from .reading import Found, Reading, shown

_WORDS = re.compile(r"[^ \t\n]+")
_ARIA2_WORDS = re.compile(r"[^ \t]+")
_NON_SPACE = re.compile(r"[^ \t\n\x0b\f\r]+")


def aria2(text: str) -> Reading:
    """Unknown words are fatal before the first machine and ignored after it; a NUL hides its line's end."""
    text = re.sub("\0[^\n]*\n?", "", text)
    entries: list[Found] = []
    values: dict[str, str] | None = None
    begin, start, pending = 0, 0, ""
    lines = iter(text.split("\n"))
    for line in lines:
        for match in () if line.startswith("#") else _ARIA2_WORDS.finditer(line.rstrip("\r\n")):
            word = match.group().strip(" \t\r\n\v\f\0")
            if not word:
                continue
            if pending:
                start += _aria2_value(values, pending, word, lines)
                pending = ""
            elif word in ("machine", "default"):
                _aria2_store(entries, values, begin)
                values, begin = {"default": ""} if word == "default" else {}, start + match.start()
                pending = word if word == "machine" else ""
            elif values is None:
                return Reading(
                    (), f"Netrc:parse error. {shown(word)} encountered where 'machine' or 'default' expected."
                )
            elif word in ("login", "password", "account", "macdef"):
                pending = word
        start += len(line) + 1
    if pending:
        return Reading((), "Netrc:parse error. EOF reached where a token expected.")
    _aria2_store(entries, values, begin)
    return Reading(tuple(entries))


def _aria2_value(values: dict[str, str] | None, key: str, word: str, lines: object) -> int:
    """Keep a value; a macro's name instead swallows lines up to an empty one. Return what was swallowed."""
    if key != "macdef":
        assert values is not None
        values[key] = word
        return 0
    skipped = 0
    for line in lines:  # type: ignore[attr-defined]
        skipped += len(line) + 1
        if not line or line.startswith("\r"):
            break
    return skipped


def _aria2_store(entries: list[Found], values: dict[str, str] | None, begin: int) -> None:
    if values is not None:
        name = None if "default" in values else values.get("machine", "")
        entries.append(Found(name, values.get("login", ""), values.get("password", ""), values.get("account"), begin))


def lftp(text: str, host: str, user: str | None = None) -> Found | None:
    """Search as lftp does; a login forgets the password before it, `default` is nobody's."""
    state = _Lftp(host, user)
    position = 0
    while (match := _NON_SPACE.search(text, position)) is not None:
        word = match.group()[:255]
        position = match.start() + len(word)
        if word.startswith("#"):
            position = text.find("\n", position) + 1 or len(text)
        elif word == "macdef":
            position = _lftp_macro(text, position)
        elif word == "default":
            state.mine = False
        elif word in ("machine", "login", "password", "account"):
            if word == "machine" and state.found:
                break
            value = _NON_SPACE.search(text, position)
            if value is None:
                break
            position = value.start() + len(value.group()[:255])
            state.take(word, value.group()[:255].partition("\0")[0], match.start())
    return state.result() if state.found else None


class _Lftp:
    def __init__(self, host: str, user: str | None) -> None:
        self.host, self.user = host, user
        self.mine = self.host_found = self.user_found = False
        self.values: dict[str, str] = {}
        self.begin = 0

    @property
    def found(self) -> bool:
        return self.host_found and self.user_found

    def take(self, word: str, value: str, at: int) -> None:
        if word == "machine":
            self.mine = self.host_found = value.lower() == self.host
            self.user_found, self.values, self.begin = False, {}, at
        elif not self.mine:
            return
        elif word == "login":
            self.values = {"login": value}
            self.user_found = self.user is None or value.lower() == self.user.lower()
        elif self.user is None or self.values.get("login", "").lower() == self.user.lower():
            self.values.setdefault(word, value)

    def result(self) -> Found:
        password = self.values.get("password")
        if password is not None:
            password = re.sub(r"\\([0-7]{1,3})", _octal, password)
        return Found(self.host, self.values.get("login"), password, self.values.get("account"), self.begin)


def _octal(match: re.Match[str]) -> str:
    code = int(match.group(1), 8) & 0xFF
    return chr(code) if code else match.group()


def _lftp_macro(text: str, position: int) -> int:
    position = text.find("\n", position) + 1 or len(text)
    while position < len(text):
        end = text.find("\n", position) + 1 or len(text)
        blank = not text[position:end].strip(" \t\n")
        position = end
        if blank:
            break
    return position


def jgit(text: str) -> Reading:
    """JGit: pairs within a line; an entry is kept when a field it already has comes again."""
    state = _Jgit()
    start = 0
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        state.line(line, start)
        start += len(line) + 1
    state.keep()
    return Reading(tuple(state.entries))


class _Jgit:
    def __init__(self) -> None:
        self.entries: list[Found] = []
        self.values: dict[str, str] = {}
        self.begin = 0
        self.in_macro = self.had_macro = False

    def keep(self) -> bool:
        values = self.values
        if not {"machine", "login", "password"} <= values.keys():
            return False
        name = None if values["machine"] == "default" else values["machine"]
        self.entries.append(Found(name, values["login"], values["password"], values.get("account"), self.begin))
        return True

    def line(self, line: str, start: int) -> None:
        if self.in_macro:
            self.in_macro = bool(line)
            return
        words = _NON_SPACE.finditer(line)
        for match in words:
            command = match.group().lower()
            if command.startswith("#"):
                return
            if command == "default":
                self.put("machine", "default", start + match.start())
            elif command in ("machine", "login", "password", "account", "macdef"):
                value = next(words, None)
                self.put(command, None if value is None else value.group(), start + match.start())

    def put(self, field: str, value: str | None, at: int) -> None:
        if field in self.values and self.keep():
            self.values, self.had_macro = {}, False
        if value is None:
            return
        if field == "machine":
            self.begin = at
        self.values[field] = value
        if field == "macdef" and not self.had_macro:
            self.in_macro = self.had_macro = True


def bazel(text: str) -> Reading:
    """Bazel's parse_netrc: comments only in column 1, every unknown word is fatal."""
    entries: list[Found] = []
    values: dict[str, str] = {}
    name: str | None = None
    started = False
    command, macro = "", False
    begin = start = 0
    for line in text.split("\n"):
        if line.startswith("#"):
            start += len(line) + 1
            continue
        if macro:
            macro = bool(line)
            start += len(line) + 1
            continue
        for match in _WORDS.finditer(line):
            word = match.group().strip()
            if not word:
                continue
            if command == "machine":
                if started:
                    entries.append(Found(name, values.get("login"), values.get("password"), None, begin))
                values, name, started, begin, command = {}, word, True, start + match.start(), ""
            elif command == "macdef":
                macro, command = True, ""
            elif command:
                values[command], command = word, ""
            elif word in ("machine", "login", "password", "account", "macdef"):
                command = word
            elif word == "default":
                if started:
                    entries.append(Found(name, values.get("login"), values.get("password"), None, begin))
                values, name, started, begin = {}, None, True, start + match.start()
            else:
                return Reading((), f"Fail: Unexpected token {shown(word)} while reading $HOME/.netrc")
        start += len(line) + 1
    if started:
        entries.append(Found(name, values.get("login"), values.get("password"), values.get("account"), begin))
    return Reading(tuple(entries))
