"""The small algebra that every filter operator is put into.

A comparison with a null is never true, as in SQL; where an operator wants nulls it says so with `IsNull`. So an
operator is written once and means the same in a database (`clauses.py`) and in Python (`matching.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from keyhouse.data.columns import Column

Operand: TypeAlias = str | int | Decimal | bool | datetime


class Order(Enum):
    """The six comparisons."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@dataclass(frozen=True, slots=True)
class IsNull: ...


@dataclass(frozen=True, slots=True)
class NotNull: ...


@dataclass(frozen=True, slots=True)
class Compare:
    order: Order
    operand: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equal to one of the operands, or to none of them; never true of a null."""

    operands: tuple[Operand, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class HasText:
    """The value as text has `needle` in it (or begins with it), whatever the case; never true of a null.

    How a number with a point, a truth value or a date reads as a text is each database's own affair.
    """

    needle: str
    at_start: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Predicate, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Predicate, ...] = ()


class Items(Enum):
    """How the items of a list compare with those that are wanted. A null is a list without items."""

    ALL_THERE = "arraycontainsall"
    ANY_THERE = "arraycontainsany"
    SAME = "arraymatches"
    EMPTY = "arrayisempty"


@dataclass(frozen=True, slots=True)
class HasItems:
    """The value is a list whose items, as texts, are among `items` as `how` says; order and repetition do not count."""

    how: Items
    items: tuple[str, ...] = ()
    negated: bool = False


Predicate: TypeAlias = IsNull | NotNull | Compare | OneOf | HasText | HasItems | AllOf | AnyOf

ALWAYS = AllOf()
NEVER = AnyOf()


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate on one column, its texts already converted to the column's kind."""

    column: Column
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Search:
    """At least one of the conditions, each on a column of its own."""

    conditions: tuple[Condition, ...]
