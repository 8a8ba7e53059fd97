"""A query as a value, and what is left of it once a table's columns are known.

Names that a table does not have are left out, as LabKey does, and told in `Plan.ignored`: the caller logs or refuses.
A strict query refuses filters that cannot be applied, for without them the answer has more rows than were asked for.
Nulls sort first ascending and last descending, in every database and in memory. A page is always cut from one total
order: where rows tie, the primary key decides (with `distinct`, all columns do).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from keyhouse.data.columns import Column
from keyhouse.data.conditions import Condition, Search
from keyhouse.data.field_keys import encode_field_key
from keyhouse.data.filters import Filter
from keyhouse.data.lookups import Finder, Join, Names
from keyhouse.data.operators import OPERATORS, search
from keyhouse.data.people import People
from keyhouse.data.values import BadValue

if TYPE_CHECKING:
    from keyhouse.data.tables import Table


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of one table. Names are field keys as on the wire, in any letter case.

    `columns` None (or an item `*`) means all that are not hidden. `sort` has (name, descending) pairs. `max_rows` None
    means all rows, 0 the columns alone. `today` is the day that relative dates such as `-5d` count from; without it
    they are refused. `find` gives the tables that lookups lead to, as far as the caller may see them. Each row ends
    with what its lookups' values mean, if it `has_displays`, and with the values of the columns `beside`; unknown names
    among those are passed over (`RowStream.read` and `displays` tell what is where). `has_participants` has the stream
    tell whose rows they are (`RowStream.participants`), for the audit log.
    """

    columns: tuple[str, ...] | None = None
    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    max_rows: int | None = None
    distinct: bool = False
    today: date | None = None
    find: Finder | None = None
    has_displays: bool = False
    beside: tuple[str, ...] = ()
    is_strict: bool = False
    people: People | None = None
    has_participants: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A query whose names are all columns that can be read; `ignored` says what was left out, a sentence each.

    `read` begins with `columns` and ends with what shows their lookups' values and what is read beside; `displays` has
    a place in `read` for each column that is shown so. `joins` are the tables to look up in. `where` are LabKey SQL
    expressions, as texts.
    """

    columns: tuple[Column, ...]
    conditions: tuple[Condition | Search, ...]
    order: tuple[tuple[Column, bool], ...]
    offset: int
    max_rows: int | None
    distinct: bool
    ignored: tuple[str, ...]
    read: tuple[Column, ...] = ()
    displays: tuple[int | None, ...] = ()
    joins: tuple[Join, ...] = ()
    where: tuple[str, ...] = ()
    has_participants: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it takes all rows of one table: no filter limits them, and nothing is looked up."""
        return not (self.conditions or self.joins or self.where)

    @property
    def used(self) -> Iterator[Column]:
        """All columns that are read, sorted by or tested, some of them more than once."""
        yield from self.read
        yield from (column for column, _descending in self.order)
        yield from _tested(self.conditions)


def resolve(query: Query, columns: Sequence[Column], may_join: Callable[[Table], bool] | None = None) -> Plan:
    """Match a query with a table's columns. Raise BadValue for what cannot be done.

    That is a filter's value that does not fit its column, a lookup into a table that `may_join` refuses, and, of a
    strict query, any filter that would be ignored.
    """
    ignored: list[str] = []
    names = Names(columns, query.find, may_join)
    chosen = _chosen(query, names, ignored)
    conditions = tuple(_conditions(query, names, chosen, ignored))
    order = tuple(_order(query, names, chosen, ignored))
    paged = query.offset > 0 or query.max_rows is not None
    order += _tie_break(order, chosen if query.distinct else columns, query.distinct) if paged else ()
    read: tuple[Column, ...] = chosen
    displays: tuple[int | None, ...] = ()
    if not query.distinct:  # more values would make more rows distinct
        read, displays = _with_displays(names, chosen) if query.has_displays else (chosen, ())
        read = _with_those_beside(names, read, query.beside) if query.beside else read
    joins = names.joins_of([*read, *(column for column, _ in order), *_tested(conditions)])
    where = tuple(each.value for each in query.filters if each.op.lower() == "where" and each.value.strip())
    return Plan(
        *(chosen, conditions, order, max(query.offset, 0), query.max_rows, query.distinct, tuple(ignored)),
        *(read, displays, joins, where, query.has_participants),
    )


def _tested(conditions: Iterable[Condition | Search]) -> Iterator[Column]:
    for each in conditions:
        yield from (part.column for part in (each.conditions if isinstance(each, Search) else (each,)))


def _chosen(query: Query, names: Names, ignored: list[str]) -> tuple[Column, ...]:
    visible = tuple(column for column in names.columns if not column.hidden)
    if query.columns is None:
        return visible
    chosen: dict[str, Column] = {}
    for name in query.columns:
        found = names.find(name)
        if name == "*" or found:
            chosen.update((column.name, column) for column in ((found,) if found else visible))
        else:
            ignored.append(f"There is no column '{name}'")
    # Naming nothing that exists must not widen the answer to every column.
    return tuple(chosen.values()) or tuple(column for column in names.columns if column.key) or tuple(names.columns[:1])


def _with_displays(names: Names, chosen: tuple[Column, ...]) -> tuple[tuple[Column, ...], tuple[int | None, ...]]:
    read = {column.name: place for place, column in enumerate(chosen)}
    shown = [names.display_of(column) for column in chosen]
    more = list(dict.fromkeys(column for column in shown if column and column.name not in read))
    read |= {column.name: place for place, column in enumerate(more, len(chosen))}
    return (*chosen, *more), tuple(read[column.name] if column else None for column in shown)


def _with_those_beside(names: Names, read: tuple[Column, ...], beside: Iterable[str]) -> tuple[Column, ...]:
    known = {column.name: column for column in read}
    known |= {column.name: column for name in beside if (column := names.find(name)) is not None}
    return tuple(known.values())


def _conditions(
    query: Query, names: Names, chosen: Sequence[Column], ignored: list[str]
) -> Iterator[Condition | Search]:
    for each in query.filters:
        match each.op.lower():
            case "q":
                yield search(each.value, dict.fromkeys([*names.columns, *chosen]))
            case "where":
                continue
            case _:
                yield from _condition(query, names, each, ignored)


def _condition(query: Query, names: Names, wanted: Filter, ignored: list[str]) -> Iterator[Condition]:
    column = names.find(wanted.column)
    if wanted.is_needed and (column is None or column.is_blank):
        raise BadValue(
            "The view filters by a column that cannot be read here: without that filter it would show more rows than "
            "it is to show. Choose another view, or leave its filters out (query.ignoreFilter=true)"
        )
    if column is None:
        _pass_over(
            query, wanted, ignored, f"There is no column '{wanted.column}' to filter by", f". {_known(names.columns)}"
        )
    elif (condition := wanted.condition(column, query.today, query.people)) is None:
        known = ", ".join(sorted(OPERATORS - {""}))
        problem = f"There is no filter operator '{wanted.op}' (on column '{column.name}')"
        _pass_over(query, wanted, ignored, problem, f". Operators are {known}.")
    else:
        yield condition


def _pass_over(query: Query, wanted: Filter, ignored: list[str], problem: str, remedy: str) -> None:
    if query.is_strict:
        raise BadValue(problem + (f", as parameter '{wanted.parameter}' asks" if wanted.parameter else "") + remedy)
    ignored.append(problem)


def _known(columns: Sequence[Column]) -> str:
    names = ", ".join(encode_field_key(column.field_key) for column in columns if not column.hidden)
    return f"Its columns are {names if len(names) <= 2000 else names[:2000] + ' and so on'}."


def _order(query: Query, names: Names, chosen: Sequence[Column], ignored: list[str]) -> Iterator[tuple[Column, bool]]:
    seen: set[str] = set()
    for name, descending in query.sort:
        column = names.find(name)
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
