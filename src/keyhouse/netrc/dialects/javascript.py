"""The npm packages netrc 0.1.4, netrc-parser 3.1.6 (Heroku) and netrc-reader 0.1.1."""

from __future__ import annotations

import re

from .reading import Found, Reading, shown

JS_SPACE = " \t\n\v\f\r\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_SPACE = f"[{JS_SPACE}]"
_WORD = re.compile(r"[^ \t\n\r]+")
_MACHINE = re.compile(rf"machine{_SPACE}+")
_DOT_ENDS = re.compile("[\n\r\u2028\u2029]")
_PROPERTY = re.compile(rf"({_SPACE}+)([^{JS_SPACE}]+){_SPACE}+([^{JS_SPACE}]+)")
_KEY_LINE = re.compile(rf"(password|login|account|macdef){_SPACE}+")
_MACHINE_LINE = re.compile(rf"machine{_SPACE}+")


def npm(text: str) -> Reading:
    """`netrc`: `#` cuts a line anywhere, then words in pairs; a pair before any machine is a crash."""
    words: list[tuple[str, int]] = []
    start = 0
    for line in text.split("\n"):
        words += [(m.group(), start + m.start()) for m in _WORD.finditer(line.partition("#")[0])]
        start += len(line) + 1
    entries: list[Found] = []
    values: dict[str, str] | None = None
    name, begin = "", 0
    pairs = [(words[i], words[i + 1]) for i in range(0, len(words) - 1, 2)]
    for (key, at), (value, _) in pairs:
        if key == "machine":
            _store(entries, name, values, begin)
            values, name, begin = {}, value, at
        elif values is None:
            return Reading((), f"TypeError: Cannot set properties of null (setting {shown(key)})")
        else:
            values[key] = value
    _store(entries, name, values, begin)
    return Reading(tuple(entries))


def _store(entries: list[Found], name: str, values: dict[str, str] | None, begin: int) -> None:
    if values is not None:
        entries.append(Found(name, values.get("login"), values.get("password"), values.get("account"), begin))


def heroku(text: str) -> Reading:
    """`netrc-parser`: `machine` anywhere in a line opens an entry; further lines only when indented."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    entries: list[Found] = []
    seen: set[str] = set()
    number = 0
    while number < len(lines):
        line, start = lines[number], starts[number]
        number += 1
        head = _heroku_machine(line)
        if head is None:
            continue
        begin, body = head
        host, *words = body.split(" ")
        values: dict[str, str | None] = {}
        if " " in body.strip(JS_SPACE):
            for index in range(0, len(words), 2):
                values[words[index]] = words[index + 1] if index + 1 < len(words) else None
        else:
            while number < len(lines) and (pair := _heroku_property(lines[number])) is not None:
                values[pair[0]] = pair[1]
                number += 1
        if host not in seen:
            seen.add(host)
            entries.append(Found(host, values.get("login"), values.get("password"), None, start + begin))
    return Reading(tuple(entries))


def _heroku_machine(line: str) -> tuple[int, str] | None:
    at = 0
    while (keyword := _MACHINE.search(line, at)) is not None:
        begin = keyword.end()
        at = begin
        if begin >= len(line) or line[begin] == "#":
            continue
        comment = line.find("#", begin)
        if comment < 0:
            return keyword.start(), line[begin:]
        if _DOT_ENDS.search(line, comment) is None:
            return keyword.start(), line[begin:comment]
        at = comment
    return None


def _heroku_property(line: str) -> tuple[str, str] | None:
    match = _PROPERTY.match(line)
    if match is None:
        return None
    rest = line[match.end() :]
    if rest:
        comment = rest.lstrip(JS_SPACE)
        if comment == rest or not comment.startswith("#") or _DOT_ENDS.search(comment):
            return None
    return match.group(2), match.group(3)


def reader(text: str) -> Reading:
    """`netrc-reader`: one setting a line; a value runs to the end of its line or to ` #`."""
    entries: dict[str, tuple[dict[str, str], int]] = {}
    current = ""
    start = 0
    for raw in text.split("\n"):
        line = raw.strip(JS_SPACE)
        begin = start + len(raw) - len(raw.lstrip(JS_SPACE))
        start += len(raw) + 1
        if not line or line.startswith("#"):
            continue
        if line.startswith("machine"):
            opened = _reader_machine(line)
            if opened is not None:
                current = opened[0]
                entries[current] = (opened[1], begin)
        elif line.startswith("default"):
            current = "default"
            entries[current] = ({}, begin)
        elif current in entries and (match := _KEY_LINE.match(line)):
            value = _to_comment(line, match.end())
            if value is not None:
                entries[current][0][match.group(1)] = value
    found = (
        Found(None if name == "default" else name, v.get("login"), v.get("password"), v.get("account"), at)
        for name, (v, at) in entries.items()
    )
    return Reading(tuple(found))


def _reader_machine(line: str) -> tuple[str, dict[str, str]] | None:
    match = _MACHINE_LINE.match(line)
    body = _to_comment(line, match.end()) if match else None
    if body is None:
        return None
    name, *words = body.split(" ")
    values = {
        words[i]: words[i + 1]
        for i in range(0, len(words) - 1, 2)
        if words[i] in ("login", "password", "account", "macdef") and words[i + 1]
    }
    return name, values


def _to_comment(line: str, begin: int) -> str | None:
    """Emulate `.+?(?=\\s+#|$)` without trying every position."""
    if begin >= len(line):
        return None
    comment = line.find("#", begin + 1)
    while comment >= 0:
        end = len(line[:comment].rstrip(JS_SPACE)) if line[comment - 1] in JS_SPACE else comment
        if end < comment:
            end = max(end, begin + 1)
            break
        comment = line.find("#", comment + 1)
    value = line[begin:end] if comment >= 0 and end < comment else line[begin:]
    return None if _DOT_ENDS.search(value) else value
