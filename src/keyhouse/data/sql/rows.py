"""Guarded queries as values, and what SELECT and UNION have in common: order, limits, branches of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from keyhouse.data.columns import Column, Kind
from keyhouse.data.sql.coercion import coerced
from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.terms import CAST_TYPES, Term, Workshop, cast, column_node, identifier

_MOST_KEYS = 100


SETS = {"this", "expression", "distinct", "order", "limit", "offset", "with_"}


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a guarded SELECT; `name` is its made-up name."""

    column: Column
    name: str
    kind: Kind | None


@dataclass(slots=True)
class Rows:
    """A guarded SELECT. `order` are made-up columns (hidden ones among them) by which its rows are sorted; `weight` is
    how many tables it reads when each query that it names is written out."""

    node: exp.Query
    outputs: list[Output]
    order: list[tuple[str, Kind | None, bool]] = field(default_factory=list)
    weight: int = 1


def branches_of(node: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """Take a chain of UNIONs apart from left to right; a long one nests deeply to the left."""
    branches, operators = [], []
    is_first = True
    while isinstance(node, exp.SetOperation) and (is_first or not extras_of(node, {"this", "expression", "distinct"})):
        refuse_extras(node, SETS)
        branches.append(node.expression)
        operators.append(node)
        node, is_first = node.this, False
    return [node, *reversed(branches)], list(reversed(operators))


def adapted(part: Rows, outputs: Sequence[Output], work: Workshop) -> exp.Expr:
    """Bring a branch to the kinds of all. A branch of its own order or limit, or of other kinds, becomes a subquery."""
    wanted = [output.kind for output in outputs]
    is_plain = isinstance(part.node, exp.Select) and not any(
        part.node.args.get(name) for name in ("order", "limit", "offset", "with_")
    )
    names = [output.name for output in part.outputs]
    if is_plain and [output.kind for output in part.outputs] == wanted and names == [output.name for output in outputs]:
        return part.node
    alias = work.name("u")
    select = exp.Select(expressions=[])
    for mine, output in zip(part.outputs, outputs, strict=True):
        term = Term(column_node(mine.name, alias), mine.kind)
        node = coerced(work, term, output.kind, part.node).node
        if mine.kind is None and output.kind is not None:
            node = cast(node, CAST_TYPES[output.kind])
        select.append("expressions", exp.Alias(this=node, alias=identifier(output.name)))
    select.set("from_", exp.From(this=exp.Subquery(this=part.node, alias=exp.TableAlias(this=identifier(alias)))))
    return select


def order_of_set(node: exp.Expr, outputs: Sequence[Output]) -> list[tuple[str, Kind | None, bool]]:
    """Return by which columns a UNION is sorted."""
    found = []
    for each in ordered(node):
        output = named_output(each.this, outputs)
        if output is None:
            raise refusal("A UNION is sorted by names or numbers of its columns.", each)
        found.append((output.name, output.kind, bool(each.args.get("desc"))))
    return found


def ordered(node: exp.Expr) -> list[exp.Ordered]:
    """Return the items of ORDER BY."""
    clause = node.args.get("order")
    if clause and len(clause.expressions) > _MOST_KEYS:
        raise refusal(f"Rows are sorted by at most {_MOST_KEYS} expressions.", clause)
    for each in clause.expressions if clause else []:
        if not isinstance(each, exp.Ordered) or each.args.get("with_fill"):
            raise refusal("ORDER BY takes expressions with ASC or DESC.", each)
    return clause.expressions if clause else []


def named_output(node: exp.Expr, outputs: Sequence[Output]) -> Output | None:
    """Find the column of a SELECT list that ORDER BY or GROUP BY means by its name or number."""
    if isinstance(node, exp.Literal) and not node.is_string:
        index = int(node.this) if str(node.this).isdecimal() and len(node.this) < 5 else 0
        if not 1 <= index <= len(outputs):
            raise refusal(f"There is no column number {str(node.this)[:20]} to sort or group by.", node)
        return outputs[index - 1]
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        wanted = node.name.casefold()
        return next((each for each in outputs if each.column.name.casefold() == wanted), None)
    return None


def sorted_by(order: Sequence[tuple[str, Kind | None, bool]]) -> exp.Order:
    """Sort by made-up columns, nulls first ascending and last descending as everywhere."""
    return exp.Order(
        expressions=[
            exp.Ordered(this=column_node(name), desc=descending, nulls_first=not descending)
            for name, _kind, descending in order
        ]
    )


def apply_limit(
    node: exp.Expr, made: exp.Expr, order: Sequence[tuple[str, Kind | None, bool]], is_outermost: bool
) -> None:
    """Take over LIMIT and OFFSET, and the order where they need it."""
    limit, offset = _whole(node, "limit", exp.Limit), _whole(node, "offset", exp.Offset)
    if order and (limit or offset or not is_outermost):
        made.set("order", sorted_by(order))
    if offset and not limit:
        limit = exp.Limit(expression=exp.Literal.number(2**62))  # SQLite knows no OFFSET without a LIMIT
    made.set("limit", limit)
    made.set("offset", offset)


def _whole(node: exp.Expr, name: str, kind: type[exp.Expr]) -> exp.Expr | None:
    clause = node.args.get(name)
    if clause is None:
        return None
    value = clause.args.get("expression")
    extras = {key for key, given in clause.args.items() if given and key != "expression"}
    is_number = isinstance(value, exp.Literal) and not value.is_string and str(value.this).isdecimal()
    if extras or not isinstance(clause, kind) or not is_number or len(value.this) > 18:
        raise refusal(f"{name.upper()} takes a whole number.", node)
    return kind(expression=exp.Literal.number(int(value.this)))


def extras_of(node: exp.Expr, known: set[str]) -> list[str]:
    """Return the names of what a node has beyond what is known."""
    return [name for name, value in node.args.items() if value not in (None, False, []) and name not in known]


def refuse_extras(node: exp.Expr, known: set[str]) -> None:
    """Refuse a node that has more than what is known."""
    if extras := extras_of(node, known):
        names = ", ".join(name.strip("_").upper() for name in extras)
        what = (
            "PIVOT is not understood: Keyhouse answers no pivoted queries"
            if "pivots" in extras
            else f"{names} is not understood"
        )
        raise refusal(f"{what}.", node)
