"""Conditions as SQL. Values travel as bound parameters only; names come from reflection, never from a request."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from keyhouse.data.columns import Kind
from keyhouse.data.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    HasItems,
    HasText,
    IsNull,
    Items,
    NotNull,
    OneOf,
    Operand,
    Order,
    Predicate,
)

_COMPARISONS: dict[Order, Callable[[Any, Any], Any]] = {
    Order.EQ: operator.eq,
    Order.NE: operator.ne,
    Order.GT: operator.gt,
    Order.GE: operator.ge,
    Order.LT: operator.lt,
    Order.LE: operator.le,
}


class Moment(GenericFunction[datetime]):
    """A date column as it compares. SQLite keeps dates as texts in many forms: a function of ours reads them."""

    type = sa.DateTime()
    inherit_cache = True


class Folded(GenericFunction[str]):
    """A text in lower case. SQLite's own `lower` knows ASCII only."""

    type = sa.String()
    inherit_cache = True


class Holds(GenericFunction[bool]):
    """Whether a list that SQLite keeps as a JSON text has items as wanted: a function of ours reads it."""

    type = sa.Boolean()
    name = "keyhouse_holds"
    inherit_cache = True


@compiles(Moment)
def _plain_moment(element: Moment, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(Moment, "sqlite")
def _sqlite_moment(element: Moment, compiler: SQLCompiler, **kw: Any) -> str:
    return f"keyhouse_moment({compiler.process(element.clauses, **kw)})"


@compiles(Folded)
def _plain_folded(element: Folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


@compiles(Folded, "sqlite")
def _sqlite_folded(element: Folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"keyhouse_lower({compiler.process(element.clauses, **kw)})"


def to_clause(condition: Condition, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Say a condition in SQL about a column of a table."""
    return _clause(condition.predicate, condition.column.kind, column)


def _clause(predicate: Predicate, kind: Kind, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    match predicate:
        case IsNull():
            return column.is_(None)
        case NotNull():
            return column.is_not(None)
        case AllOf(parts):
            return sa.and_(sa.true(), *(_clause(part, kind, column) for part in parts))
        case AnyOf(parts):
            return sa.or_(sa.false(), *(_clause(part, kind, column) for part in parts))
        case Compare(order, operand):
            left = comparable(kind, column)
            return _COMPARISONS[order](left, _bound(operand, column))  # type: ignore[no-any-return]
        case OneOf(operands, negated):
            return _one_of(operands, negated, kind, column)
        case HasText(needle, at_start, negated):
            found = _has_text(column, needle, at_start)
            return sa.not_(found) if negated else found
        case HasItems(how, items, negated):
            held = _has_items(column, how, items)
            return sa.not_(held) if negated else held


def _has_items(column: sa.ColumnElement[Any], how: Items, items: tuple[str, ...]) -> sa.ColumnElement[bool]:
    if not isinstance(column.type, sa.ARRAY):
        return Holds(column, sa.literal(how.value), sa.literal(json.dumps(items)))
    held = sa.func.coalesce(sa.cast(column, ARRAY(sa.Text())), sa.cast(array([]), ARRAY(sa.Text())))
    texts = sa.func.array_remove(held, sa.cast(sa.null(), sa.Text()), type_=ARRAY(sa.Text()))
    wanted = sa.cast(array([sa.literal(item, sa.Text()) for item in items]), ARRAY(sa.Text()))
    match how:
        case Items.ALL_THERE:
            return texts.op("@>", is_comparison=True)(wanted)
        case Items.ANY_THERE:
            return texts.op("&&", is_comparison=True)(wanted)
        case Items.SAME:
            return sa.and_(texts.op("@>", is_comparison=True)(wanted), texts.op("<@", is_comparison=True)(wanted))
        case Items.EMPTY:
            return sa.func.cardinality(texts) == 0


def comparable(kind: Kind, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Bring a column into the form in which values of its kind compare and sort."""
    if kind is Kind.DATE:
        return Moment(column)
    return as_text(column) if kind is Kind.STRING else column


def as_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Read a column that is no text (a UUID, a time, JSON) as one; PostgreSQL compares no text with them."""
    return (
        column
        if isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
        else sa.cast(column, sa.Text())
    )


def _one_of(
    operands: tuple[Operand, ...], negated: bool, kind: Kind, column: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    if not operands:
        return column.is_not(None) if negated else sa.false()
    left, bound = comparable(kind, column), [_bound(operand, column) for operand in operands]
    return left.not_in(bound) if negated else left.in_(bound)


def _has_text(column: sa.ColumnElement[Any], needle: str, at_start: bool) -> sa.ColumnElement[bool]:
    text = as_text(column)
    if not needle.isascii():
        text, needle = Folded(text), needle.lower()
    search = text.istartswith if at_start else text.icontains
    return search(needle, autoescape=True)


def _bound(operand: Operand, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Bind a value with the widest type of its kind: PostgreSQL would fail to cast 5000000000 to a column's INTEGER."""
    match operand:
        case bool():
            return sa.literal(operand, sa.Boolean())
        case int():
            return sa.literal(operand, sa.BigInteger())
        case Decimal():
            return _bound_number(operand, column.type)
        case datetime():
            return sa.literal(operand, sa.DateTime())
        case str():
            return sa.literal(operand, sa.Text())


def _bound_number(operand: Decimal, type_: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    if isinstance(type_, sa.REAL):
        # 1.1 in single precision is not 1.1 in double precision.
        return sa.cast(sa.literal(float(operand), sa.Double()), sa.REAL())
    if isinstance(type_, sa.Numeric) and not isinstance(type_, sa.Float):
        return sa.literal(operand, sa.Numeric())
    return sa.literal(float(operand), sa.Double())
