"""What may stand beside aggregates: PostgreSQL refuses columns that are not grouped, SQLite takes any row's value."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.functions import AGGREGATES
from keyhouse.data.sql.templates import Template
from keyhouse.data.sql.terms import Term


def _aggregate_names() -> frozenset[str]:
    names = {"string_agg", "keyhouse_group_concat", "keyhouse_group_concat_distinct"}
    for postgres, sqlite, *_rest in AGGREGATES.values():
        for text in (postgres, sqlite):
            first = next(iter(Template(text)._tree.find_all(exp.Anonymous)))
            names.add(str(first.this).lower())
    return frozenset(names)


_NAMES = _aggregate_names()


def is_aggregate(node: exp.Expr) -> bool:
    """Tell whether a built node takes all rows of a group together."""
    return isinstance(node, exp.WithinGroup) or (isinstance(node, exp.Anonymous) and str(node.this).lower() in _NAMES)


def check_groups(
    terms: Sequence[Term], keys: Sequence[exp.Expr], having: exp.Expr | None, is_grouped: bool, place: exp.Expr
) -> None:
    """Refuse a column that is neither grouped nor in an aggregate, where there are groups."""
    nodes = [term.node for term in terms] + ([having] if having is not None else [])
    if not is_grouped and having is None and not any(_has_aggregate(node) for node in nodes):
        return
    for node in nodes:
        if _is_loose(node, keys):
            raise refusal(
                "Each column beside an aggregate, and of HAVING, must appear in the GROUP BY clause or be used in an"
                " aggregate function.",
                place,
            )


def _has_aggregate(node: exp.Expr) -> bool:
    return any(is_aggregate(each) for each in node.walk(prune=lambda each: isinstance(each, exp.Query)))


def _is_loose(node: exp.Expr, keys: Sequence[exp.Expr]) -> bool:
    pending = [node]
    while pending:
        each = pending.pop()
        if is_aggregate(each) or any(each == key for key in keys):
            continue
        if isinstance(each, exp.Column):
            return True
        if not isinstance(each, exp.Query):  # a subquery names its own columns
            pending.extend(each.iter_expressions())
    return False
