"""A statement that cannot be answered, in words for its writer: what, and at which line and column."""

from __future__ import annotations

from sqlglot import exp

_LONGEST = 500


class BadStatement(ValueError):
    """A statement is refused. `line` and `column` count from 1; both are 0 where the place is not known."""

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"Error on line {line}, column {column}: {text}" if line else text)
        self.text = text
        self.line = line
        self.column = column


def refusal(text: str, node: exp.Expr | None = None) -> BadStatement:
    """Make the error of a part of a statement, with the place of the part."""
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return BadStatement(text, *(place_of(node) if node is not None else (0, 0)))


def place_of(node: exp.Expr) -> tuple[int, int]:
    """Return the line and the column where a part begins, as near as the parser remembers."""
    return min((_begin(each) for each in node.bfs() if "line" in each.meta), default=(0, 0))


def _begin(node: exp.Expr) -> tuple[int, int]:
    # The parser remembers where a word ends.
    width = int(node.meta["end"]) - int(node.meta["start"])
    return int(node.meta["line"]), max(1, int(node.meta["col"]) - width)
