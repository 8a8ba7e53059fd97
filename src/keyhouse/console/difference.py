"""What changed from one text to another, for people: lines, and inside changed lines the words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_LINES = 2_000
_MOST_WORDS = 600
_MOST_CHARACTERS = 30_000
"""The time that a comparison takes grows with the square of what is compared, and anybody who writes terms can have one
made. Longer texts are compared as a whole, longer lines as lines, and in texts of more characters all lines are."""


@dataclass(frozen=True)
class Piece:
    """Some words of a line."""

    text: str
    is_changed: bool


@dataclass(frozen=True)
class Line:
    """One line: ``same``, ``removed`` or ``added``."""

    kind: str
    pieces: list[Piece]


def difference(old: str, new: str) -> list[Line]:
    """Return the lines of both texts in the order of reading, what was removed before what stands there now."""
    before, after = old.splitlines(), new.splitlines()
    if before == after:
        return list(_lines("equal", before, after, False))
    has_words = len(old) + len(new) <= _MOST_CHARACTERS
    return [
        line
        for kind, low, high, start, end in _opcodes(before, after)
        for line in _lines(kind, before[low:high], after[start:end], has_words)
    ]


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Iterable[tuple[str, int, int, int, int]]:
    if max(len(before), len(after)) > _MOST_LINES:
        return [("replace", 0, len(before), 0, len(after))]
    return SequenceMatcher(None, before, after).get_opcodes()


def _lines(kind: str, before: Sequence[str], after: Sequence[str], has_words: bool) -> Iterator[Line]:
    if kind == "equal":
        yield from (Line("same", [Piece(text, False)]) for text in before)
    elif kind == "replace" and has_words and len(before) == len(after):
        pairs = [_words(*pair) for pair in zip(before, after, strict=True)]
        yield from (Line("removed", removed) for removed, _added in pairs)
        yield from (Line("added", added) for _removed, added in pairs)
    else:
        yield from (Line("removed", [Piece(text, True)]) for text in before)
        yield from (Line("added", [Piece(text, True)]) for text in after)


def _words(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > _MOST_WORDS:
        return [Piece(old, True)], [Piece(new, True)]
    removed, added = [], []
    for kind, low, high, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        is_changed = kind != "equal"
        removed += [Piece("".join(before[low:high]), is_changed)] if high > low else []
        added += [Piece("".join(after[start:end]), is_changed)] if end > start else []
    return removed, added
