"""The filter operators of client-api.md §9, each put into the algebra of `conditions.py`.

Which operators take nulls: `isblank`, `neqornull`, `doesnotstartwith`, `doesnotcontain`, `containsnoneof`, `notin`
without an empty item, `in` with one, `eq` with an empty value, `nomvvalue`, and of lists those that an empty list
satisfies. All others never match a null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from keyhouse.data.columns import Column, Kind
from keyhouse.data.conditions import (
    ALWAYS,
    NEVER,
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
    Search,
)
from keyhouse.data.days import day_of
from keyhouse.data.people import ME, People
from keyhouse.data.values import BadValue, convert, refuse, whole_number

# PostgreSQL takes 65,535 parameters in a statement, SQLite 32,766.
MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class _Given:
    """What a filter came with."""

    text: str
    column: Column
    today: date | None
    people: People | None

    def operand(self, text: str) -> Operand:
        if text.strip().lower() == ME and self.people and (mine := _mine(self.column, self.people)) is not None:
            return mine
        return convert(text, self.column, self.today)


def _mine(column: Column, people: People) -> Operand | None:
    """Say what `~me~` means in a column of users: my id, or my name where a lookup leads to names."""
    if column.kind is Kind.STRING:
        return people.my_name if column.field_key[-1].casefold() == "displayname" else None
    return people.my_id if column.is_user else None


def predicate_of(
    op: str, text: str, column: Column, today: date | None, people: People | None = None
) -> Predicate | None:
    """Put an operator and its value into the algebra; None for an operator that is not known. Raise BadValue."""
    if feature := ABSENT.get(op.lower()):
        raise BadValue(f"The filter operator '{op.lower()}' needs {feature}, which this server does not have")
    build = _TABLE.get(op.lower())
    return build(_Given(text, column, today, people)) if build else None


def search(text: str, columns: Iterable[Column]) -> Search:
    """Look for a text in all columns of texts that are not hidden, and for a whole number in the key as well."""
    return Search(tuple(_searched(text, columns)))


def _searched(text: str, columns: Iterable[Column]) -> Iterator[Condition]:
    number = whole_number(text)
    for column in columns:
        if column.key and column.kind is Kind.INT and number is not None:
            yield Condition(column, Compare(Order.EQ, number))
        elif column.kind is Kind.STRING and not column.hidden and not column.is_multiple:
            yield Condition(column, HasText(str(convert(text, Column(column.name), None))))


def is_known(op: str) -> bool:
    """Tell whether an operator, in any letter case, is one of the table."""
    return op.lower() in OPERATORS


def list_items(text: str) -> list[str]:
    """Split a list value: `{json:["a;b","c"]}`, else one item a line, else items between semicolons."""
    items = _json_items(text)
    if items is None:
        items = text.split("\n") if "\n" in text else text.split(";")
    if len(items) > MOST_ITEMS:
        raise BadValue(f"A filter takes at most {MOST_ITEMS} values, this one has {len(items)}")
    return items


def _json_items(text: str) -> list[str] | None:
    text = text.strip()
    if not (text.startswith("{json:") and text.endswith("}")):
        return None
    try:
        items = json.loads(text[len("{json:") : -1])
    except (ValueError, RecursionError):
        items = None
    if not isinstance(items, list) or any(isinstance(item, list | dict) for item in items):
        raise BadValue("The list in {json:[...]} is not a JSON array of plain values")
    return ["" if item is None else item if isinstance(item, str) else json.dumps(item) for item in items]


def _compare(order: Order) -> Callable[[_Given], Predicate]:
    return lambda given: Compare(order, given.operand(given.text))


def _eq(given: _Given) -> Predicate:
    return Compare(Order.EQ, given.operand(given.text)) if given.text else IsNull()


def _neq(given: _Given) -> Predicate:
    return Compare(Order.NE, given.operand(given.text)) if given.text else NotNull()


def _neq_or_null(given: _Given) -> Predicate:
    return AnyOf((Compare(Order.NE, given.operand(given.text)), IsNull())) if given.text else ALWAYS


def _day(given: _Given) -> tuple[Operand, Operand]:
    """The day of the value and the day after it. A column of texts holds ISO dates, which compare as texts."""
    first = day_of(given.text, given.today) if given.column.kind in (Kind.DATE, Kind.STRING) else None
    if first is None:
        raise refuse(given.text, given.column)
    try:
        last = first + timedelta(days=1)
    except OverflowError:
        last = datetime.max  # noqa: DTZ901
    if given.column.kind is Kind.STRING:
        return first.date().isoformat(), last.date().isoformat()
    return first, last


def _on_day(given: _Given) -> Predicate:
    first, last = _day(given)
    return AllOf((Compare(Order.GE, first), Compare(Order.LT, last)))


def _off_day(given: _Given) -> Predicate:
    first, last = _day(given)
    return AnyOf((Compare(Order.LT, first), Compare(Order.GE, last)))


def _from_day(order: Order, *, next_day: bool) -> Callable[[_Given], Predicate]:
    return lambda given: Compare(order, _day(given)[next_day])


def _has_text(*, at_start: bool) -> Callable[[_Given], Predicate]:
    return lambda given: HasText(_text(given.text, given), at_start)


def _lacks_text(*, at_start: bool) -> Callable[[_Given], Predicate]:
    return lambda given: AnyOf((HasText(_text(given.text, given), at_start, negated=True), IsNull()))


def _text(text: str, given: _Given) -> str:
    """A text to search for; what no database can hold is refused as for a column of texts."""
    convert(text, Column(given.column.name), given.today)
    return text


def _needles(given: _Given) -> list[str]:
    return [_text(item, given) for item in list_items(given.text) if item]


def _contains_one_of(given: _Given) -> Predicate:
    return AnyOf(tuple(HasText(item) for item in _needles(given)))


def _contains_none_of(given: _Given) -> Predicate:
    return AnyOf((IsNull(), AllOf((NotNull(), *(HasText(item, negated=True) for item in _needles(given))))))


def _in(given: _Given) -> Predicate:
    items = list_items(given.text)
    chosen = OneOf(tuple(given.operand(item) for item in items if item))
    return AnyOf((chosen, IsNull())) if "" in items else chosen


def _not_in(given: _Given) -> Predicate:
    items = list_items(given.text)
    others = OneOf(tuple(given.operand(item) for item in items if item), negated=True)
    return AllOf((others, NotNull())) if "" in items else AnyOf((others, IsNull()))


def _ends(given: _Given) -> tuple[Operand, Operand]:
    items = _json_items(given.text)
    ends = items if items is not None else given.text.split(",")
    if not 1 <= len(ends) <= 2 or not all(end.strip() for end in ends):
        raise BadValue(f"A filter for a range takes two values with a comma between, not '{given.text}'")
    return given.operand(ends[0]), given.operand(ends[-1])


def _between(given: _Given) -> Predicate:
    low, high = _ends(given)
    return AllOf((Compare(Order.GE, low), Compare(Order.LE, high)))


def _not_between(given: _Given) -> Predicate:
    low, high = _ends(given)
    return AnyOf((Compare(Order.LT, low), Compare(Order.GT, high)))


def _member_of(given: _Given) -> Predicate:
    if given.people is None or not given.column.is_user:
        raise BadValue(f"The filter operator 'memberof' works on columns of users; '{given.column.name}' is none")
    if not given.text.strip():
        return Compare(Order.EQ, given.people.my_id)
    group_id = whole_number(given.text)
    if group_id is None:
        raise BadValue(f"The filter operator 'memberof' takes the id of a group, not '{given.text}'")
    return OneOf(tuple(given.people.members_of(group_id)))


def _items(how: Items, *, negated: bool = False) -> Callable[[_Given], Predicate]:
    def build(given: _Given) -> Predicate:
        if not given.column.is_multiple:
            problem = f"works on columns with several values; '{given.column.name}' is none"
            raise BadValue(f"The filter operator '{how.value}' {problem}")
        wanted = () if how is Items.EMPTY else tuple(dict.fromkeys(_needles(given)))
        return HasItems(how, wanted, negated)

    return build


# What these ask for is held by modules that are not here; an answer without them would be a wrong one.
ABSENT = {
    **dict.fromkeys(("concept:insubtree", "concept:notinsubtree"), "the ontology module"),
    **dict.fromkeys(("exp:childof", "exp:parentof", "exp:lineageof"), "the lineage of experiments"),
    **dict.fromkeys(("inns", "notinns"), "named sets of values"),
}

_TABLE: dict[str, Callable[[_Given], Predicate]] = {
    "": lambda _given: ALWAYS,
    "eq": _eq,
    "neq": _neq,
    "neqornull": _neq_or_null,
    "gt": _compare(Order.GT),
    "gte": _compare(Order.GE),
    "lt": _compare(Order.LT),
    "lte": _compare(Order.LE),
    "dateeq": _on_day,
    "dateneq": _off_day,
    "dategt": _from_day(Order.GE, next_day=True),
    "dategte": _from_day(Order.GE, next_day=False),
    "datelt": _from_day(Order.LT, next_day=False),
    "datelte": _from_day(Order.LT, next_day=True),
    "startswith": _has_text(at_start=True),
    "doesnotstartwith": _lacks_text(at_start=True),
    "contains": _has_text(at_start=False),
    "doesnotcontain": _lacks_text(at_start=False),
    "containsoneof": _contains_one_of,
    "containsnoneof": _contains_none_of,
    "in": _in,
    "notin": _not_in,
    "between": _between,
    "notbetween": _not_between,
    "isblank": lambda _given: IsNull(),
    "isnonblank": lambda _given: NotNull(),
    "memberof": _member_of,
    # No column has missing-value indicators.
    **dict.fromkeys(("hasmvvalue", "hasqcvalue"), lambda _given: NEVER),
    **dict.fromkeys(("nomvvalue", "noqcvalue"), lambda _given: ALWAYS),
    "arraycontainsall": _items(Items.ALL_THERE),
    "arraycontainsany": _items(Items.ANY_THERE),
    "arraycontainsnone": _items(Items.ANY_THERE, negated=True),
    "arraymatches": _items(Items.SAME),
    "arraynotmatches": _items(Items.SAME, negated=True),
    "arrayisempty": _items(Items.EMPTY),
    "arrayisnotempty": _items(Items.EMPTY, negated=True),
}

OPERATORS = frozenset({*_TABLE, "q", "where"})
