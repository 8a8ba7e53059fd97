"""A query as a value, and what is left of it once a table's columns are known.

Names that a table does not have are left out, as LabKey does, and told in `Plan.ignored`: the caller logs or refuses.
Nulls sort first ascending and last descending, in every database and in memory. A page is always cut from one total
order: where rows tie, the primary key decides (with `distinct`, all columns do).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from keyhouse.data.columns import Column
from keyhouse.data.conditions import Condition
from keyhouse.data.filters import Filter

_ESCAPE = re.compile(r"\$([DSABTCP])", re.IGNORECASE)
_ESCAPED = {"D": "$", "S": "/", "A": "&", "B": "}", "T": "~", "C": ",", "P": "."}


def decode_field_key(text: str) -> tuple[str, ...]:
    """Split a field key at its slashes and undo the `$` escapes of each part (client-api.md §8.1)."""
    return tuple(_ESCAPE.sub(lambda found: _ESCAPED[found[1].upper()], part) for part in text.split("/"))


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of one table. Names are field keys as on the wire, in any letter case.

    `columns` None (or an item `*`) means all that are not hidden. `sort` has (name, descending) pairs. `max_rows` None
    means all rows, 0 the columns alone. `today` is the day that relative dates such as `-5d` count from; without it
    they are refused.
    """

    columns: tuple[str, ...] | None = None
    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    max_rows: int | None = None
    distinct: bool = False
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A query whose names are all columns of the table; `ignored` says what was left out, a sentence each."""

    columns: tuple[Column, ...]
    conditions: tuple[Condition, ...]
    order: tuple[tuple[Column, bool], ...]
    offset: int
    max_rows: int | None
    distinct: bool
    ignored: tuple[str, ...]


def find_column(columns: Iterable[Column], name: str) -> Column | None:
    """Find a column by its field key or its name: in this letter case if there is one, else in any."""
    known = tuple(columns)
    for wanted in _readings(name):
        exact = [column for column in known if column.name == wanted]
        alike = [column for column in known if column.name.casefold() == wanted.casefold()]
        if exact or alike:
            return (exact or alike)[0]
    return None


def resolve(query: Query, columns: Sequence[Column]) -> Plan:
    """Match a query with a table's columns. Raise BadValue for a filter's value that does not fit its column."""
    ignored: list[str] = []
    chosen = _chosen(query, columns, ignored)
    conditions = tuple(_conditions(query, columns, ignored))
    order = tuple(_order(query, columns, chosen, ignored))
    paged = query.offset > 0 or query.max_rows is not None
    order += _tie_break(order, chosen if query.distinct else columns, query.distinct) if paged else ()
    return Plan(chosen, conditions, order, max(query.offset, 0), query.max_rows, query.distinct, tuple(ignored))


def _readings(name: str) -> Iterator[str]:
    parts = decode_field_key(name)
    if len(parts) == 1:
        yield parts[0]
    yield name


def _chosen(query: Query, columns: Sequence[Column], ignored: list[str]) -> tuple[Column, ...]:
    visible = tuple(column for column in columns if not column.hidden)
    if query.columns is None:
        return visible
    chosen: dict[str, Column] = {}
    for name in query.columns:
        found = find_column(columns, name)
        if name == "*" or found:
            chosen.update((column.name, column) for column in ((found,) if found else visible))
        else:
            ignored.append(f"There is no column '{name}'")
    # Naming nothing that exists must not widen the answer to every column.
    return tuple(chosen.values()) or tuple(column for column in columns if column.key) or tuple(columns[:1])


def _conditions(query: Query, columns: Sequence[Column], ignored: list[str]) -> Iterator[Condition]:
    for each in query.filters:
        column = find_column(columns, each.column)
        if column is None:
            ignored.append(f"There is no column '{each.column}' to filter by")
        elif (condition := each.condition(column, query.today)) is None:
            ignored.append(f"There is no filter operator '{each.op}' (on column '{column.name}')")
        else:
            yield condition


def _order(
    query: Query, columns: Sequence[Column], chosen: Sequence[Column], ignored: list[str]
) -> Iterator[tuple[Column, bool]]:
    seen: set[str] = set()
    for name, descending in query.sort:
        column = find_column(columns, name)
        if column is None:
            ignored.append(f"There is no column '{name}' to sort by")
        elif query.distinct and column not in chosen:
            ignored.append(f"Distinct rows cannot be sorted by column '{name}', which they do not have")
        elif column.name not in seen:
            seen.add(column.name)
            yield column, descending


def _tie_break(
    order: Sequence[tuple[Column, bool]], columns: Iterable[Column], distinct: bool
) -> tuple[tuple[Column, bool], ...]:
    sorted_by = {column.name for column, _descending in order}
    return tuple((each, False) for each in columns if (each.key or distinct) and each.name not in sorted_by)
