"""wget2: words in pairs within a line, the last entry of a machine wins."""

from __future__ import annotations

from .reading import C_SPACE, Found, Reading


def read(text: str) -> Reading:
    """Read the file; nothing is an error."""
    entries: list[Found] = []
    state = _State(entries)
    start = 0
    for line in text.split("\n"):
        state.line(line.partition("\0")[0], start)
        start += len(line) + 1
    state.store()
    return Reading(tuple(entries))


class _State:
    def __init__(self, entries: list[Found]) -> None:
        self.entries = entries
        self.values: dict[str, str] | None = None
        self.begin = 0
        self.in_macro = False

    def store(self) -> None:
        values = self.values
        if values is not None:
            name = None if "default" in values else values.get("machine", "")
            self.entries.append(Found(name, values.get("login"), values.get("password"), None, self.begin))

    def line(self, line: str, start: int) -> None:
        body = line.lstrip(C_SPACE)
        if body.startswith("#"):
            return
        if not body.rstrip("\r"):
            self.in_macro = False
            return
        if self.in_macro:
            return
        at, length = 0, len(line)
        while at < length:
            key, begin, at = _word(line, at)
            if key in ("machine", "default"):
                self.store()
                self.values, self.begin = {}, start + begin
            if key == "default":
                self.values = {"default": ""}
            elif self.values is not None:
                value, _, at = _word(line, at)
                self.pair(key, value)

    def pair(self, key: str, value: str) -> None:
        assert self.values is not None
        if key in ("machine", "login", "password"):
            self.values.setdefault(key, value)
        elif key == "macdef":
            self.in_macro = True


def _word(line: str, at: int) -> tuple[str, int, int]:
    length = len(line)
    while at < length and line[at] in C_SPACE:
        at += 1
    begin = at
    while at < length and line[at] not in C_SPACE:
        at += 1
    return line[begin:at], begin, at
