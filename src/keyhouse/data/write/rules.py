"""What values must be beside their type, as whoever designs a list says: in a range, or like a pattern.

Who designs writes the pattern, others write the texts, and both may mean harm. Patterns that would swell when they are
compiled are refused; matching is stopped after a time, for the whole of a request.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from time import monotonic
from typing import Any
from urllib.parse import unquote

import regex

from keyhouse.data.days import moment
from keyhouse.data.values import BadValue
from keyhouse.data.write.values import shown

Test = Callable[[Any], bool]
LONGEST_PATTERN = 1000
_LARGEST = 5000
_COUNT = re.compile(r"\{(\d+)(?:,\d*)?\}", re.ASCII)
_VERBOSE = re.compile(r"\(\?[a-z]*x", re.ASCII | re.IGNORECASE)
_MATCH_SECONDS, _REQUEST_SECONDS, _SECONDS_A_VALUE = 0.5, 5.0, 0.001
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, limit: bool(value == limit),
    "neq": lambda value, limit: bool(value != limit),
    "gt": lambda value, limit: bool(value > limit),
    "gte": lambda value, limit: bool(value >= limit),
    "lt": lambda value, limit: bool(value < limit),
    "lte": lambda value, limit: bool(value <= limit),
}


class BadRule(ValueError):
    """A rule that nobody can follow; the text says why."""


@dataclass(frozen=True)
class Rule:
    """One rule for the values of a column.

    `expression` is a regular expression that the whole text must match (or, where it `is_reversed`, must not), or a
    range such as `~gte=1&~lt=10` if it `is_range`. `label` is what errors call the column, and `message` ends them.
    """

    expression: str
    label: str
    message: str = ""
    is_range: bool = False
    is_reversed: bool = False

    def check(self) -> None:
        """Raise BadRule if the rule cannot be followed."""
        _limits(self.expression) if self.is_range else _compiled(self.expression)

    @property
    def size(self) -> int:
        """Estimate how much a pattern takes to be compiled."""
        return len(self.expression) if self.is_range else _size(self.expression)

    def test(self, patience: Patience) -> Test:
        """Return what tells whether a value keeps the rule. Raises BadRule; what it returns raises BadValue."""
        if self.is_range:
            limits = _limits(self.expression)
            return lambda value: all(_is_within(value, op, limit) for op, limit in limits)
        pattern = _compiled(self.expression)
        return lambda value: patience.matches(pattern, shown(value), self.label) is not self.is_reversed

    def broken_by(self, value: Any) -> BadValue:
        """Make the error of a value, in the words that clients look for."""
        text = f"Value '{shown(value)[:200]}' for field '{self.label}' is invalid. {self.message}"
        return BadValue(text.rstrip())


class Patience:
    """How long the patterns of one request may still take together: some time, and a little more with each value."""

    def __init__(self, seconds: float = _REQUEST_SECONDS) -> None:
        self._left = seconds

    def matches(self, pattern: regex.Pattern[str], text: str, label: str) -> bool:
        """Tell whether a whole text matches; raise BadValue where there is no time left to find out."""
        begun = monotonic()
        try:
            if self._left <= 0:
                raise TimeoutError
            # Concurrent: the other requests of this process go on meanwhile.
            return pattern.fullmatch(text, timeout=_MATCH_SECONDS, concurrent=True) is not None
        except TimeoutError:
            self._left = 0
            raise BadValue(
                f"The regular expression of field '{label}' takes too long; nobody knows whether its values are valid."
            ) from None
        finally:
            if self._left > 0:
                self._left = min(_REQUEST_SECONDS, self._left + _SECONDS_A_VALUE - (monotonic() - begun))


@lru_cache(512)
def _compiled(text: str) -> regex.Pattern[str]:
    if len(text) > LONGEST_PATTERN:
        raise BadRule(f"it has more than {LONGEST_PATTERN} characters")
    if _VERBOSE.search(text):
        raise BadRule("comments in it are not known")
    if _size(text) > _LARGEST:
        raise BadRule("its counts, as in (abc){100}, make it too large")
    try:
        # Sets within sets, as Java's patterns have them.
        return regex.compile(text, regex.V1, cache_pattern=False)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise BadRule(str(error) or "it is nested too deep") from None


def _size(text: str) -> int:
    """Estimate the size of a pattern when it is compiled, never below it.

    What is counted is written out as often as it must be there: four nested counts of a thousand would fill the memory.
    """
    size, factor = len(text), 1
    for found in _COUNT.finditer(text):
        before, count = text[: found.start()].rstrip()[-1:], min(int(found[1][:6]), _LARGEST + 1)
        if before in set(")}+*?"):
            factor *= max(1, count)
        else:
            size += count * (len(text) if before == "]" else 1)
    return size * factor


def _limits(expression: str) -> list[tuple[str, float | datetime]]:
    limits = []
    for part in filter(None, map(str.strip, expression.split("&"))):
        name, equals, text = part.partition("=")
        op = name.rpartition("~")[2].removeprefix("date")
        limit = _limit(unquote(text))
        if op not in _ORDER or not equals or limit is None:
            known = ", ".join(_ORDER)
            raise BadRule(f"'{part[:100]}' is no limit; one is written ~gte=1, with one of {known}")
        limits.append((op, limit))
    if not limits:
        raise BadRule("it has no limits")
    return limits


def _limit(text: str) -> float | datetime | None:
    number = _number(text)
    return moment(text, None) if number is None else number


def _is_within(value: Any, op: str, limit: float | datetime) -> bool:
    if isinstance(limit, datetime):
        at = datetime.combine(value, time()) if type(value) is date else value
        return isinstance(at, datetime) and _ORDER[op](at, limit)
    number = _number(shown(value))
    return number is not None and _ORDER[op](number, limit)


def _number(text: str) -> float | None:
    try:
        number = float("x" if "_" in text else text)  # 1_0 is a number in Python alone
    except ValueError:
        return None
    return number if number - number == 0 else None
