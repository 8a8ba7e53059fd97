"""The walk over SELECT, UNION and WITH: each clause is guarded and built anew, with made-up names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from keyhouse.data.columns import Column, Kind, caption_of
from keyhouse.data.phi import level_of
from keyhouse.data.sql.coercion import common_kind
from keyhouse.data.sql.context import MOST_COLUMNS, Scope
from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.expressions import Expressions
from keyhouse.data.sql.grouping import check_groups
from keyhouse.data.sql.nodes import table_names
from keyhouse.data.sql.relations import Relation
from keyhouse.data.sql.rows import (
    SETS,
    Output,
    Rows,
    adapted,
    apply_limit,
    branches_of,
    extras_of,
    named_output,
    order_of_set,
    ordered,
    refuse_extras,
)
from keyhouse.data.sql.terms import Term, cast, identifier

_MOST_SELECTS = 100
_DEEPEST = 10  # SQLite's parser has a small stack
_SELECT = {"expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct", "with_"}
_SIDES = {("", ""), ("", "INNER"), ("LEFT", ""), ("LEFT", "OUTER"), ("RIGHT", ""), ("RIGHT", "OUTER")} | {
    ("FULL", ""),
    ("FULL", "OUTER"),
    ("", "CROSS"),
}


class Selects:
    """Guards the queries of one statement."""

    def __init__(self) -> None:
        self._number = self._depth = 0

    def rows(self, node: exp.Expr, scope: Scope, is_outermost: bool = False) -> Rows:
        """Guard a query. At the outermost its order is told, not only kept: what is put around it must sort again."""
        self._number += 1
        if self._number > _MOST_SELECTS:
            raise refusal(f"A statement can have at most {_MOST_SELECTS} SELECTs.", node)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise refusal(f"SELECTs can stand at most {_DEEPEST} deep in one another.", node)
        try:
            return self._rows(node, scope, is_outermost)
        finally:
            self._depth -= 1

    def _rows(self, node: exp.Expr, scope: Scope, is_outermost: bool) -> Rows:
        while isinstance(node, exp.Subquery | exp.Paren) and not extras_of(node, {"this"}):
            node = node.this
        if isinstance(node, exp.Subquery):
            raise refusal("What stands behind this query in parentheses is not understood.", node)
        if isinstance(node, exp.Select):
            return _Select(self, node, scope, is_outermost).rows()
        if isinstance(node, exp.SetOperation):
            return self._set(node, scope, is_outermost)
        raise refusal(f"Only SELECT is understood here, not {node.key.upper()}.", node)

    def subquery(self, node: exp.Expr, scope: Scope, columns: int | None = None) -> Rows:
        """Guard a query inside an expression."""
        rows = self.rows(node, scope.inner())
        if columns is not None and len(rows.outputs) != columns:
            raise refusal("A subquery in an expression has one column.", node)
        return rows

    def with_queries(self, node: exp.Expr, scope: Scope) -> tuple[Scope, exp.With | None]:
        """Guard the queries of WITH; each sees those before it, none itself."""
        clause = node.args.get("with_")
        if clause is None:
            return scope, None
        if clause.args.get("recursive"):
            raise refusal("WITH RECURSIVE is not understood: Keyhouse runs no recursive queries.", clause)
        known, made = dict(scope.queries), []
        for each in clause.expressions:
            alias = each.args["alias"]
            if alias.args.get("columns") or each.args.get("materialized") is not None:
                raise refusal("A query of WITH is written: name AS (SELECT ...).", each)
            scope = replace(scope, queries=known)
            before = scope.context.weight
            rows = self.rows(each.this, replace(scope, relations=[]))
            weight = max(1, scope.context.weight - before)
            name = scope.context.work.name("w")
            made.append(exp.CTE(this=rows.node, alias=exp.TableAlias(this=identifier(name))))
            table: exp.Expr = exp.Table(this=identifier(name))
            known = {**known, alias.name.casefold(): Rows(table, rows.outputs, weight=weight)}  # type: ignore[arg-type]
        return replace(scope, queries=known), exp.With(expressions=made)

    def _set(self, node: exp.SetOperation, scope: Scope, is_outermost: bool) -> Rows:
        refuse_extras(node, SETS)
        scope, with_ = self.with_queries(node, scope)
        branches, operators = branches_of(node)
        parts = [self.rows(branch, replace(scope, relations=[])) for branch in branches]
        if len({len(part.outputs) for part in parts}) > 1:
            raise refusal("All SELECTs of a UNION have the same number of columns.", node)
        outputs = [
            self._unified([part.outputs[index] for part in parts], node) for index in range(len(parts[0].outputs))
        ]
        work = scope.context.work
        made: exp.Expr = adapted(parts[0], outputs, work)
        for operator, part in zip(operators, parts[1:], strict=True):
            made = type(operator)(
                this=made, expression=adapted(part, outputs, work), distinct=bool(operator.args.get("distinct"))
            )
        rows = Rows(made, outputs)  # type: ignore[arg-type]
        made.set("with_", with_)
        rows.order = order_of_set(node, outputs)
        apply_limit(node, made, rows.order, is_outermost)
        return rows

    def _unified(self, outputs: Sequence[Output], place: exp.Expr) -> Output:
        terms = [Term(exp.Null(), output.kind) for output in outputs]
        kind = common_kind(terms, place)
        column = outputs[0].column
        if any(output.column.lookup != column.lookup for output in outputs):
            column = replace(column, lookup=None)
        columns = [output.column for output in outputs]
        # One branch that may be seen makes a column that has values.
        shown = [each for each in columns if not each.is_blank]
        column = replace(column, is_blank=not shown, phi=max(shown or columns, key=level_of).phi)
        return Output(replace(column, kind=kind or Kind.STRING), outputs[0].name, kind)


class _Select:
    """One SELECT on its way: FROM first, as it says what names mean; then what uses the names."""

    def __init__(self, selects: Selects, node: exp.Select, scope: Scope, is_outermost: bool) -> None:
        self._selects, self._node, self._is_outermost = selects, node, is_outermost
        refuse_extras(node, _SELECT)
        outer, self._with = selects.with_queries(node, scope)
        self._scope = replace(outer, relations=[]) if outer is not scope or scope.relations else scope
        self._context = scope.context
        self._work = scope.context.work
        self._outputs: list[Output] = []
        self._terms: list[Term] = []
        self._names: dict[str, int] = {}
        self._made = exp.Select(expressions=[])

    def rows(self) -> Rows:
        """Build it."""
        self._bring_in()
        if where := self._node.args.get("where"):
            self._made.set("where", exp.Where(this=self._expressions().condition(where.this)))
        is_grouped = self._node.args.get("group") is not None
        self._choose()
        keys = self._group()
        if having := self._node.args.get("having"):
            self._made.set("having", exp.Having(this=self._expressions(True).condition(having.this)))
        order, hidden = self._order()
        shown = [*self._terms, *hidden]
        check_groups(shown, keys, self._made.args.get("having"), is_grouped, self._node)
        self._finish(order)
        return Rows(self._made, self._outputs, order)

    def _expressions(self, may_aggregate: bool = False) -> Expressions:
        return Expressions(self._scope, self._selects, may_aggregate)

    def _bring_in(self) -> None:
        clause = self._node.args.get("from_")
        joins = self._node.args.get("joins") or []
        if clause is None:
            return
        self._range(clause.this)
        made: list[tuple[Relation | None, exp.Expr, exp.Expr | None]] = []
        for join in joins:
            made.extend(self._join(join))
        # Lookups that any clause follows are joined inside their relation, so FROM is written at the very end.
        self._ranges = made

    _ranges: Sequence[tuple[Relation | None, exp.Expr, exp.Expr | None]] = ()

    def _join(self, join: exp.Join) -> list[tuple[Relation | None, exp.Expr, exp.Expr | None]]:
        if join.args.get("using") or join.args.get("method"):
            raise refusal("Joins are written with ON; USING and NATURAL are not understood.", join)
        if extras_of(join, {"this", "side", "kind", "on"}):
            raise refusal("This join is not understood.", join)
        side, kind = (str(join.args.get(name) or "").upper() for name in ("side", "kind"))
        if (side, kind) not in _SIDES:
            raise refusal(f"A {side} {kind} JOIN is not understood.", join)
        before = len(self._scope.relations)
        self._range(join.this)
        relation = self._scope.relations[before]
        on = join.args.get("on")
        is_bare = not on and not side and kind in {"", "CROSS"}
        if kind == "CROSS" and on:
            raise refusal("ON unexpected in a CROSS JOIN", join)
        if not is_bare and on is None:
            raise refusal("ON expected", join)
        condition = self._expressions().condition(on) if on is not None else None
        made = exp.Join(side=side or None, kind="CROSS" if is_bare else None)
        return [(relation, made, condition)]

    def _range(self, node: exp.Expr) -> None:
        if isinstance(node, exp.Table):
            self._table(node)
        elif isinstance(node, exp.Subquery):
            self._derived(node)
        elif isinstance(node, exp.Values):
            raise refusal("VALUES is not understood; name a table or a query.", node)
        else:
            raise refusal(f"'{node.key.upper()}' cannot stand in FROM; name a table or a query.", node)

    def _table(self, node: exp.Table) -> None:
        if extras_of(node, {"this", "db", "catalog", "alias"}):
            refuse_extras(node, {"this", "db", "catalog", "alias"})
        names = table_names(node)
        label = _label(node) or names[-1]
        known = self._scope.queries.get(names[0].casefold()) if len(names) == 1 else None
        if known is not None:
            self._context.weigh(known.weight, node)
            body = known.node.copy()
            relation = self._context.rows_relation(known, label, self._scope.catalog, body)
        else:
            relation = self._context.open(names, self._scope.catalog, label, node)
        self._scope.add(relation, node)

    def _derived(self, node: exp.Subquery) -> None:
        if extras_of(node, {"this", "alias"}):
            raise refusal("What stands behind this query in parentheses is not understood.", node)
        if isinstance(node.this, exp.Table | exp.Join):
            raise refusal("Joins in parentheses are not understood; write them one after the other.", node)
        inner = replace(self._scope, relations=[])
        rows = self._selects.rows(node.this, inner)
        self._scope.add(self._context.rows_relation(rows, _label(node), self._scope.catalog), node)

    def _choose(self) -> None:
        for node in self._node.expressions:
            if (starred := _starred(node)) is not None:
                self._expand(starred, node)
            else:
                self._choose_one(node)
        if not self._outputs:
            raise refusal("SELECT names no column.", self._node)

    def _expand(self, label: str, node: exp.Expr) -> None:
        relations = [self._scope.labelled(label)] if label else self._scope.relations
        if None in relations or not relations:
            raise refusal(f"Could not resolve table: {label}" if label else "SELECT * needs a FROM.", node)
        for relation in relations:
            for found in relation.fields if relation else ():
                if relation is not None and (found.column.key or not found.column.hidden):
                    self._add(relation.term(found, (), node), found.column.name, False)

    def _choose_one(self, node: exp.Expr) -> None:
        alias = ""
        if isinstance(node, exp.Alias):
            alias, node = node.alias, node.this
        term = self._expressions(True).term(node)
        name = alias or (_as_written(term.column.name, node) if term.column else f"Expression{len(self._outputs) + 1}")
        self._add(term, name, bool(alias))

    def _add(self, term: Term, name: str, is_named: bool) -> None:
        if len(self._outputs) >= MOST_COLUMNS:
            raise refusal(f"A query has at most {MOST_COLUMNS} columns.", self._node)
        unique = self._unique(name)
        column = _described(term, unique, is_named or unique != name)
        made = f"o{len(self._outputs)}"
        self._outputs.append(Output(column, made, term.kind))
        self._terms.append(term)
        node = term.node
        if term.kind is None and self._work.dialect == "postgres":
            node = cast(node, "text")  # PostgreSQL gives no kind to a column of nulls
        self._made.append("expressions", exp.Alias(this=node, alias=identifier(made)))

    def _unique(self, name: str) -> str:
        unique = name
        while unique.casefold() in self._names:
            self._names[name.casefold()] += 1
            unique = f"{name}_{self._names[name.casefold()]}"
        self._names[unique.casefold()] = 0
        return unique

    def _group(self) -> list[exp.Expr]:
        clause = self._node.args.get("group")
        if clause is None:
            return []
        if extras_of(clause, {"expressions"}):
            raise refusal("GROUP BY takes expressions; ROLLUP, CUBE and GROUPING SETS are not understood.", clause)
        keys = [self._key(node).node for node in clause.expressions]
        self._made.set("group", exp.Group(expressions=[key.copy() for key in keys]))
        return keys

    def _key(self, node: exp.Expr) -> Term:
        if isinstance(node, exp.Literal) and not node.is_string:
            output = named_output(node, self._outputs)
            return self._terms[self._outputs.index(output)] if output else self._expressions().term(node)
        try:
            return self._expressions().term(node)
        except ValueError:
            output = named_output(node, self._outputs)
            if output is None:
                raise
            return self._terms[self._outputs.index(output)]

    def _order(self) -> tuple[list[tuple[str, Kind | None, bool]], list[Term]]:
        order: list[tuple[str, Kind | None, bool]] = []
        hidden: list[Term] = []
        for each in ordered(self._node):
            output = named_output(each.this, self._outputs)
            term = None if output else self._expressions(True).term(each.this)
            if term is not None:
                output = next((o for o, t in zip(self._outputs, self._terms, strict=True) if t.node == term.node), None)
            if output is None and term is not None:
                if self._node.args.get("distinct"):
                    raise refusal("With DISTINCT, rows are sorted by columns of the SELECT list.", each)
                name = self._work.name("s")
                hidden.append(term)
                self._made.append("expressions", exp.Alias(this=term.node, alias=identifier(name)))
                order.append((name, term.kind, bool(each.args.get("desc"))))
            elif output is not None:
                order.append((output.name, output.kind, bool(each.args.get("desc"))))
        return order, hidden

    def _finish(self, order: Sequence[tuple[str, Kind | None, bool]]) -> None:
        if distinct := self._node.args.get("distinct"):
            if extras_of(distinct, set()):
                raise refusal("DISTINCT ON is not understood.", distinct)
            self._made.set("distinct", exp.Distinct())
        apply_limit(self._node, self._made, order, self._is_outermost)
        if self._scope.relations:
            self._made.set("from_", exp.From(this=self._scope.relations[0].source()))
        for relation, join, condition in self._ranges:
            join.set("this", relation.source() if relation else None)
            join.set("on", condition)
            self._made.append("joins", join)
        if self._with is not None:
            self._made.set("with_", self._with)


def _as_written(name: str, node: exp.Expr) -> str:
    """Return a column's name in the capitals of the statement, as clients look for it in the rows."""
    written = node.name
    return written if written.casefold() == name.casefold() else name


def _label(node: exp.Expr) -> str:
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        raise refusal("A list of column names behind an alias is not understood.", node)
    return alias.name if alias is not None else ""


def _starred(node: exp.Expr) -> str | None:
    """Return the table of `x.*`, nothing for `*`, None for what is no star."""
    if isinstance(node, exp.Star) and not extras_of(node, set()):
        return ""
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star) and not extras_of(node, {"this", "table"}):
        return node.table
    return None


def _described(term: Term, name: str, is_named: bool) -> Column:
    kind = term.kind or Kind.STRING
    if term.column is None:
        return Column(name, kind)
    caption = caption_of(name) if is_named else term.column.caption
    return replace(
        term.column,
        name=name,
        caption=caption,
        key=False,
        nullable=True,
        auto_increment=False,
        storage="",
        read_only=True,
        hidden=False,  # whoever names a column wants to see it
    )
