"""What a FROM clause brings in: tables, subqueries and queries, their columns, and lookups through their columns.

A relation is a made-up name (`r0`) over a body: a table of the database (`t0`, made by SQLAlchemy with its rows and
columns restricted), or a guarded SELECT. Following a lookup joins the target to the body, inside the relation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from keyhouse.data.columns import Column, Kind, Lookup
from keyhouse.data.sql.catalog import Catalog
from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.terms import Term, Workshop, cast, column_node, identifier

_MOST_LOOKUPS = 20


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a relation: what is known of it, and its made-up name inside the body."""

    column: Column
    inside: str


@dataclass(slots=True)
class _Joined:
    on: Field
    key: Field
    target: Relation
    shown: dict[str, str] = field(default_factory=dict)


Opener = Callable[[Lookup, Catalog, exp.Expr], "Relation | None"]


@dataclass
class Relation:
    """`label` is the name under which the statement speaks of it; `body` makes the SQL that it stands for."""

    work: Workshop
    name: str
    label: str
    catalog: Catalog
    body: exp.Expr
    fields: Sequence[Field]
    open_target: Opener
    note: Callable[[Column], None] = lambda _column: None
    _joined: dict[str, _Joined] = field(default_factory=dict)
    _used: dict[str, Field] = field(default_factory=dict)

    def use(self, found: Field) -> None:
        """Remember that a column is needed."""
        self._used[found.inside] = found
        self.note(found.column)

    def field(self, name: str) -> Field | None:
        """Find a column, in this letter case if there is one, else in any."""
        alike = [each for each in self.fields if each.column.name.casefold() == name.casefold()]
        exact = [each for each in alike if each.column.name == name]
        return next(iter(exact or alike), None)

    def key_for(self, lookup: Lookup) -> Field | None:
        """Find the column that a lookup's values stand in: the key, where the lookup names none."""
        if lookup.column:
            return self.field(lookup.column)
        keys = [each for each in self.fields if each.column.key]
        return keys[0] if len(keys) == 1 else None

    def term(self, found: Field, rest: Sequence[str], place: exp.Expr) -> Term:
        """Return a column, or the one at the end of a path of lookups that begins there."""
        self.use(found)
        if not rest:
            return Term(column_node(found.inside, self.name), found.column.kind, found.column)
        inside, column = self._through(found, rest, place)
        return Term(column_node(inside, self.name), column.kind, column)

    def source(self) -> exp.Expr:
        """Return what stands in FROM, with all the lookups that were followed."""
        alias = exp.TableAlias(this=identifier(self.name))
        if not self._joined:
            return _aliased(self.body, alias)
        base = self.work.name("b")
        select = exp.Select(
            expressions=[
                *(_shown(column_node(each.inside, base), each.inside) for each in self._used.values()),
                *(
                    _shown(column_node(inner, joined.target.name), outer)
                    for joined in self._joined.values()
                    for inner, outer in joined.shown.items()
                ),
            ]
        )
        select.set("from_", exp.From(this=_aliased(self.body, exp.TableAlias(this=identifier(base)))))
        select.set("joins", [_join(joined, base) for joined in self._joined.values()])
        return exp.Subquery(this=select, alias=alias)

    def _through(self, found: Field, rest: Sequence[str], place: exp.Expr) -> tuple[str, Column]:
        joined = self._target(found, place)
        further = joined.target.field(rest[0])
        if further is None:
            raise refusal(f"Could not resolve column: {found.column.name}.{'.'.join(rest)}", place)
        joined.target.use(further)
        if len(rest) > 1:
            inside, column = joined.target._through(further, rest[1:], place)
        else:
            inside, column = further.inside, further.column
        if inside not in joined.shown:
            joined.shown[inside] = self.work.name("x")
        return joined.shown[inside], column

    def _target(self, found: Field, place: exp.Expr) -> _Joined:
        if found.inside in self._joined:
            return self._joined[found.inside]
        lookup = found.column.lookup
        target = self.open_target(lookup, self.catalog, place) if lookup else None
        key = target.key_for(lookup) if target and lookup else None
        if target is None or key is None:
            raise refusal(f"Column '{found.column.name}' looks up nothing that can be read here.", place)
        if len(self._joined) >= _MOST_LOOKUPS:
            raise refusal(f"At most {_MOST_LOOKUPS} lookups of one table can be followed in one statement.", place)
        target.use(key)
        self._joined[found.inside] = _Joined(found, key, target)
        return self._joined[found.inside]


def _aliased(body: exp.Expr, alias: exp.TableAlias) -> exp.Expr:
    if isinstance(body, exp.Query) and not isinstance(body, exp.Table):
        return exp.Subquery(this=body, alias=alias)
    return exp.Table(this=identifier(body.name), alias=alias)


def _shown(node: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=node, alias=identifier(name))


def _join(joined: _Joined, base: str) -> exp.Join:
    left: exp.Expr = column_node(joined.on.inside, base)
    right: exp.Expr = column_node(joined.key.inside, joined.target.name)
    kinds = {joined.on.column.kind, joined.key.column.kind}
    if len(kinds) > 1 and not kinds <= {Kind.INT, Kind.FLOAT}:
        left, right = cast(left, "text"), cast(right, "text")
    return exp.Join(this=joined.target.source(), side="LEFT", on=exp.EQ(this=left, expression=right))
