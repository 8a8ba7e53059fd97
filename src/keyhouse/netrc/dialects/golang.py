"""Go's cmd/go: pairs of words within a line; an entry is done as soon as all three values are known."""

from __future__ import annotations

import re

from .reading import Found, Reading

_FIELD = re.compile("[^\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def fields(line: str) -> list[tuple[str, int]]:
    """Split at Unicode white space, as strings.Fields does, keeping the offsets."""
    return [(match.group(), match.start()) for match in _FIELD.finditer(line)]


def read(text: str) -> Reading:
    """Read the file; nothing is an error."""
    entries: list[Found] = []
    values: dict[str, str] = {}
    start = begin = 0
    in_macro = False
    for line in text.split("\n"):
        words = [] if in_macro else fields(line)
        if in_macro:
            in_macro = line != ""
        for (word, at), (value, _) in zip(words[::2], words[1::2], strict=False):
            if word == "machine":
                values, begin = {"machine": value}, start + at
            elif word in ("login", "password"):
                values[word] = value
            elif word == "macdef":
                in_macro = True
            if len(values) == 3:
                entries.append(Found(values["machine"], values["login"], values["password"], None, begin))
                values = {}
        if len(words) % 2 and words[-1][0] == "default":
            break
        start += len(line) + 1
    return Reading(tuple(entries))
