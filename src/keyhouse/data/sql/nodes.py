"""Trees of the parser, taken apart: long chains without recursion, names of many parts, nothing passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlglot import exp

from keyhouse.data.sql.errors import refusal

_LONGEST_CHAIN = 500


def chain(node: exp.Expr, operator: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Yield the operands of a chain of one operator from left to right, without recursion: chains can be long."""
    operands = []
    while type(node) is operator:
        check_arguments(node)
        operands.append(node.expression)
        node = node.this
    _check_length(operands, node)
    yield node
    yield from reversed(operands)


def steps_of(node: exp.Expr) -> list[Any]:
    """Take a chain of arithmetic apart: its first operand, then each operator with its operand."""
    steps: list[Any] = []
    while isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
        check_arguments(node)
        steps.append((node, node.expression))
        node = node.this
    _check_length(steps, node)
    return [node, *reversed(steps)]


def _check_length(operands: Sequence[object], place: exp.Expr) -> None:
    # SQLite has a limit on the depth of an expression, and a chain is as deep as it is long.
    if len(operands) > _LONGEST_CHAIN:
        raise refusal(f"At most {_LONGEST_CHAIN} operators of one kind can follow one another; use IN.", place)


def parts_of(node: exp.Expr) -> Iterator[str]:
    """Yield the names of `a.b.c.d.e`, which sqlglot nests once there are more than four."""
    outer: list[str] = []
    while isinstance(node, exp.Dot):
        if not isinstance(node.expression, exp.Identifier):
            raise refusal(f"'{said(node)}' is not understood here.", node)
        outer.append(node.expression.name)
        node = node.this
    if not isinstance(node, exp.Column):
        raise refusal(f"'{said(node)}' is not understood here.", node)
    for part in node.parts:
        if not isinstance(part, exp.Identifier):
            raise refusal("* can stand in a SELECT list and in COUNT(*) only.", node)
        yield part.name
    yield from reversed(outer)


def table_names(node: exp.Table) -> list[str]:
    """Return the names of a table in FROM: folder, schema and table, as many as were written."""
    inner, names = node.this, []
    while isinstance(inner, exp.Dot) and isinstance(inner.expression, exp.Identifier):
        names.append(inner.expression.name)
        inner = inner.this
    before = [node.args.get(part) for part in ("catalog", "db")]
    first = [part for part in before if part]
    if not isinstance(inner, exp.Identifier) or not all(isinstance(part, exp.Identifier) for part in first):
        raise refusal(f"'{said(node)}' cannot stand in FROM; name a table or a query.", node)
    return [*(part.name for part in first if part), inner.name, *reversed(names)]


def said(node: exp.Expr) -> str:
    """Write a node for a message, cut short."""
    text = node.sql(dialect="", comments=False) if sum(1 for _ in node.bfs()) < 50 else node.key
    return text[:60] + ("..." if len(text) > 60 else "")


_ALLOWED: dict[type[exp.Expr], frozenset[str]] = {
    exp.Column: frozenset({"this", "table", "db", "catalog"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Like: frozenset({"this", "expression", "negate"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.Cast: frozenset({"this", "to", "_type"}),
    exp.Anonymous: frozenset({"this", "expressions"}),
    exp.DPipe: frozenset({"this", "expression", "safe"}),
    exp.Div: frozenset({"this", "expression", "typed", "safe"}),
    exp.Star: frozenset(),
}


_PLAIN = frozenset({"this", "expression"})


def check_arguments(node: exp.Expr) -> None:
    """Refuse a node with a part that the walk would pass over."""
    allowed = _ALLOWED.get(type(node), _PLAIN)
    for name, value in node.args.items():
        if value not in (None, False, []) and name not in allowed:
            raise refusal(f"'{name.strip('_')}' of '{said(node)}' is not understood.", node)
