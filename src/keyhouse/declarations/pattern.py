r"""Patterns that IRB numbers must match, in time that grows with their length alone.

An administrator writes the pattern and anybody signed in writes the text, so Python's own expressions, which try ways
one after the other, could be made to try for years. Here all ways are followed at once (Thompson, 1968).

Known are characters, ``.``, classes as ``[A-Z0-9]``, ``\d \w \s`` and their opposites, groups, ``|`` and the
quantifiers ``* + ? {2} {2,} {2,4}``. The whole text must match; ``^`` and ``$`` around it may be there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_PATTERN = 200
LONGEST_TEXT = 100
_MOST_STEPS = 5000
_COUNT = re.compile(r"\{(\d{1,3})(?:(,)(\d{1,3})?)?\}", re.ASCII)
_KNOWN_ESCAPES = frozenset("dDwWsS")
_SIMPLE = {"*": (0, None), "+": (1, None), "?": (0, 1)}

Node = tuple[Any, ...]


class BadPattern(ValueError):
    """A pattern is not one; the text says why."""


@dataclass(frozen=True)
class Pattern:
    """A pattern as a program: a step ``one`` takes a character, ``fork`` goes on elsewhere, ``end`` matches."""

    steps: Sequence[Node]

    def matches(self, text: str) -> bool:
        """Tell whether the whole text matches; one that is too long does not."""
        if len(text) > LONGEST_TEXT:
            return False
        at = self._from({0})
        for character in text:
            at = self._from({step + 1 for step in at if self._takes(step, character)})
        return any(self.steps[step][0] == "end" for step in at)

    def _takes(self, step: int, character: str) -> bool:
        kind, *rest = self.steps[step]
        return kind == "one" and rest[0].fullmatch(character) is not None

    def _from(self, places: set[int]) -> set[int]:
        """Follow all forks; each place is entered once, so loops of nothing end."""
        seen: set[int] = set()
        todo = list(places)
        while todo:
            step = todo.pop()
            if step not in seen:
                seen.add(step)
                todo += self.steps[step][1:] if self.steps[step][0] == "fork" else ()
        return seen


def read(text: str) -> Pattern:
    """Read a pattern; raises `BadPattern`."""
    if len(text) > LONGEST_PATTERN:
        raise BadPattern(f"A pattern has at most {LONGEST_PATTERN} characters.")
    reader = _Reader(text.removeprefix("^"))
    if reader.text.endswith("$") and not reader.text.endswith(r"\$"):
        reader.text = reader.text[:-1]
    node = reader.choice()
    if reader.place < len(reader.text):
        raise BadPattern("A bracket ) closes nothing.")
    writer = _Writer()
    writer.write(node)
    writer.step("end")
    return Pattern(writer.steps)


@dataclass
class _Reader:
    text: str
    place: int = 0

    @property
    def next(self) -> str:
        return self.text[self.place : self.place + 1]

    def choice(self) -> Node:
        ways = [self._sequence()]
        while self.next == "|":
            self.place += 1
            ways.append(self._sequence())
        return ("choice", ways)

    def _sequence(self) -> Node:
        parts = []
        while self.next and self.next not in "|)":
            parts.append(self._repeated(self._atom()))
        return ("sequence", parts)

    def _repeated(self, node: Node) -> Node:
        if self.next in _SIMPLE and self.next:
            low, high = _SIMPLE[self.next]
            self.place += 1
        elif found := _COUNT.match(self.text, self.place):
            low = int(found[1])
            high = low if not found[2] else int(found[3]) if found[3] else None
            self.place = found.end()
        else:
            return node
        if high is not None and high < low:
            raise BadPattern(f"In {{{low},{high}}} the second number is less than the first.")
        if self.next and self.next in "*+?":
            raise BadPattern(f"Two quantifiers stand one after the other: {self.text[self.place - 1 : self.place + 1]}")
        return ("repeat", node, low, high)

    def _atom(self) -> Node:
        character = self.next
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        if character in "*+?{^$":
            raise BadPattern(f"The character {character} cannot stand here; write \\{character} for itself.")
        self.place += 1
        return _one("." if character == "." else re.escape(character))

    def _group(self) -> Node:
        self.place += 3 if self.text.startswith("(?:", self.place) else 1
        if self.next == "?":
            raise BadPattern("Groups that begin with (? are not known, except (?:.")
        node = self.choice()
        if self.next != ")":
            raise BadPattern("A bracket ( is not closed.")
        self.place += 1
        return node

    def _class(self) -> Node:
        found = re.compile(r"\[\^?\]?(?:\\.|[^\]\[\\])*\]").match(self.text, self.place)
        if found is None:
            raise BadPattern("A class [ is not closed, or has a bracket in it; write \\[ for the bracket itself.")
        self.place = found.end()
        return _one(found[0])

    def _escape(self) -> Node:
        escape = self.text[self.place : self.place + 2]
        if len(escape) < 2 or (escape[1].isalnum() and escape[1] not in _KNOWN_ESCAPES):
            raise BadPattern(f"{escape} is not known.")
        self.place += 2
        return _one(escape)


def _one(text: str) -> Node:
    try:
        return ("one", re.compile(text, re.ASCII))
    except re.error as error:
        raise BadPattern(f"{text} is not a class of characters: {error}.") from None


@dataclass
class _Writer:
    steps: list[Node] = field(default_factory=list)

    def step(self, *step: Any) -> int:
        if len(self.steps) >= _MOST_STEPS:
            raise BadPattern("The pattern repeats too much.")
        self.steps.append(step)
        return len(self.steps) - 1

    def write(self, node: Node) -> None:
        match node:
            case ("one", test):
                self.step("one", test)
            case ("sequence", parts):
                for part in parts:
                    self.write(part)
            case ("choice", ways):
                self._choice(ways)
            case ("repeat", again, low, high):
                self._repeat(again, low, high)

    def _choice(self, ways: Sequence[Node]) -> None:
        ends = []
        for way in ways[:-1]:
            fork = self.step("fork")
            self.write(way)
            ends.append(self.step("fork"))
            self.steps[fork] = ("fork", fork + 1, len(self.steps))
        self.write(ways[-1])
        for end in ends:
            self.steps[end] = ("fork", len(self.steps))

    def _repeat(self, node: Node, low: int, high: int | None) -> None:
        for _ in range(low):
            # A step of its own each time: a group of nothing that is repeated must reach the limit as well.
            self.step("fork", len(self.steps) + 1)
            self.write(node)
        if high is None:
            fork = self.step("fork")
            self.write(node)
            self.step("fork", fork)
            self.steps[fork] = ("fork", fork + 1, len(self.steps))
            return
        forks = []
        for _ in range(high - low):
            forks.append(self.step("fork"))
            self.write(node)
        for fork in forks:
            self.steps[fork] = ("fork", fork + 1, len(self.steps))
