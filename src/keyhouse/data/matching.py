"""Conditions judged in Python, as a database would judge them."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

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
from keyhouse.data.days import in_utc

_COMPARISONS: dict[Order, Callable[[Any, Any], bool]] = {
    Order.EQ: operator.eq,
    Order.NE: operator.ne,
    Order.GT: operator.gt,
    Order.GE: operator.ge,
    Order.LT: operator.lt,
    Order.LE: operator.le,
}


def matches(condition: Condition, value: object) -> bool:
    """Tell whether a value of the condition's column satisfies it."""
    return _holds(condition.predicate, condition.column.kind, value)


def _holds(predicate: Predicate, kind: Kind, value: object) -> bool:
    match predicate:
        case IsNull():
            return value is None
        case NotNull():
            return value is not None
        case AllOf(parts):
            return all(_holds(part, kind, value) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, kind, value) for part in parts)
        case Compare(order, operand):
            return _compares(order, comparable(kind, value), operand)
        case OneOf(operands, negated):
            found = comparable(kind, value)
            return found is not None and negated != any(_compares(Order.EQ, found, each) for each in operands)
        case HasText(needle, at_start, negated):
            return value is not None and negated != _has_text(str(value), needle, at_start)
        case HasItems(how, items, negated):
            return negated != has_items(value, how, items)


def has_items(value: object, how: Items, items: tuple[str, ...]) -> bool:
    """Tell whether a list (or the JSON text of one) has items as wanted."""
    held, wanted = set(items_of(value)), set(items)
    match how:
        case Items.ALL_THERE:
            return wanted <= held
        case Items.ANY_THERE:
            return not wanted.isdisjoint(held)
        case Items.SAME:
            return wanted == held
        case Items.EMPTY:
            return not held


def items_of(value: object) -> list[str]:
    """Read the items of a list as texts; what is no list has none."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return [str(item) for item in value if item is not None] if isinstance(value, list | tuple) else []


def _compares(order: Order, value: object, operand: Operand) -> bool:
    if value is None:
        return False
    if isinstance(value, float) and isinstance(operand, Decimal):
        return _COMPARISONS[order](value, float(operand))
    return _COMPARISONS[order](value, operand)


def _has_text(text: str, needle: str, at_start: bool) -> bool:
    text, needle = fold(text, needle), fold(needle, needle)
    return text.startswith(needle) if at_start else needle in text


def fold(text: str, needle: str) -> str:
    """Lower a text for a search: an ASCII needle folds ASCII letters alone, which is what SQLite's LIKE does."""
    return text.lower() if not needle.isascii() else "".join(c.lower() if c.isascii() else c for c in text)


def comparable(kind: Kind, value: object) -> Any:
    """Bring a value into the form in which values of its kind compare; None for a null or a misfit."""
    if value is None:
        return None
    match kind:
        case Kind.STRING:
            return value if isinstance(value, str) else str(value)
        case Kind.INT | Kind.FLOAT:
            return value if isinstance(value, int | float | Decimal) else None
        case Kind.BOOLEAN:
            return bool(value) if isinstance(value, bool | int) else None
        case Kind.DATE:
            return _moment(value)


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return in_utc(value)
    return datetime.combine(value, time()) if isinstance(value, date) else None
