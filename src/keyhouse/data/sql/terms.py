"""The parts that a guarded statement is made of: typed expressions, bound values, and copies with a budget.

What is built here has no name and no value of the client's in it. Names are made up (`t0`, `c3`, `o1`), values are
placeholders whose values travel beside the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import sqlalchemy as sa
from sqlglot import exp

from keyhouse.data.columns import Column, Kind
from keyhouse.data.sql.errors import BadStatement
from keyhouse.data.sql.types import sql_type

Value: TypeAlias = str | int | float | bool | datetime | Decimal | None
_MOST_COPIED = 20_000


@dataclass(frozen=True, slots=True)
class Term:
    """An expression and the kind of its values. `kind` None is that of NULL alone.

    `column` is set where the expression is a column and nothing else; `constant` where it is written in the statement.
    """

    node: exp.Expr
    kind: Kind | None
    column: Column | None = None
    constant: Value = None
    has_aggregate: bool = False


@dataclass
class Workshop:
    """Makes the parts of one statement for one kind of database."""

    dialect: str
    bound: dict[tuple[Kind | None, str], sa.BindParameter[object]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _copied: int = 0

    def name(self, letter: str) -> str:
        """Make up a name that is nowhere else in the statement."""
        number = self._numbers[letter] = self._numbers.get(letter, -1) + 1
        return f"{letter}{number}"

    def bind(self, value: Value, kind: Kind | None) -> exp.Expr:
        """Let a value travel beside the statement. Equal values are one parameter, so that PostgreSQL sees that an
        expression of GROUP BY and one of SELECT are the same."""
        if value is None:
            return exp.Null()
        known = (kind, repr(value))
        if known not in self.bound:
            carried = float(value) if isinstance(value, Decimal) else value
            self.bound[known] = sa.bindparam(self.name("k"), carried, type_=sql_type(kind), unique=False)
        return exp.Placeholder(this=self.bound[known].key)

    def constant(self, value: Value, kind: Kind | None) -> Term:
        """Make a term of a value that is written in the statement."""
        return Term(self.bind(value, kind), kind, constant=value)

    def again(self, node: exp.Expr) -> exp.Expr:
        """Copy an expression that is needed twice. Nested copies grow like the powers of two, so there is an end."""
        self._copied += sum(1 for _each in node.bfs())
        if self._copied > _MOST_COPIED:
            raise BadStatement("This statement is too complex; write it with a WITH clause or as several queries.")
        return node.copy()


def identifier(name: str) -> exp.Identifier:
    """Write a made-up name."""
    return exp.Identifier(this=name, quoted=False)


def column_node(name: str, relation: str | None = None) -> exp.Column:
    """Write a made-up column of a made-up relation."""
    return exp.Column(this=identifier(name), table=relation and identifier(relation))


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Call a function of the database by exactly this name; sqlglot translates none of them."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast(node: exp.Expr, type_: str) -> exp.Cast:
    """Cast to one of the few types that both databases have."""
    return exp.Cast(this=node, to=exp.DataType.build(type_))


_LOOSE = (exp.Binary, exp.Not, exp.Neg, exp.Is, exp.In, exp.Between, exp.Like, exp.Connector, exp.Case)


def wrapped(node: exp.Expr) -> exp.Expr:
    """Put an operator into parentheses, so that it stays the operand it is."""
    return exp.Paren(this=node) if isinstance(node, _LOOSE) else node


def chained(operator: type[exp.Binary], parts: Sequence[exp.Expr]) -> exp.Expr:
    """Join operands from left to right without nesting parentheses: SQLite's parser has a small stack."""
    node = wrapped(parts[0])
    for part in parts[1:]:
        node = operator(this=node, expression=wrapped(part))
    return node


CAST_TYPES = {
    Kind.STRING: "text",
    Kind.INT: "bigint",
    Kind.FLOAT: "double",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "timestamp",
}
