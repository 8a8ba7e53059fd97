"""The walk over expressions: each kind of node that is allowed has a function here, and no other passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from keyhouse.data.columns import Kind
from keyhouse.data.sql import special
from keyhouse.data.sql.coercion import NUMBERS, coerced, common_kind, converted, explicit, is_number, number_constant
from keyhouse.data.sql.context import Scope
from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.functions import AGGREGATES, DEFAULTS, FUNCTIONS, REFUSED, Function
from keyhouse.data.sql.nodes import chain, check_arguments, parts_of, said, steps_of
from keyhouse.data.sql.templates import Template, filled
from keyhouse.data.sql.terms import CAST_TYPES, Term, Workshop, call, cast, chained, wrapped
from keyhouse.data.sql.types import WORDS, kind_named
from keyhouse.data.values import BadValue

if TYPE_CHECKING:
    from keyhouse.data.sql.selects import Selects

_MOST_ITEMS = 10_000
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ARITHMETIC: dict[type[exp.Expr], type[exp.Binary]] = {exp.Add: exp.Add, exp.Sub: exp.Sub, exp.Mul: exp.Mul}


class Expressions:
    """Resolves and guards the expressions of one scope. `aliases` are those of the SELECT list, where they may be used;
    `may_aggregate` says whether an aggregate may stand here."""

    def __init__(self, scope: Scope, selects: Selects, may_aggregate: bool = False) -> None:
        self.scope = scope
        self.work: Workshop = scope.context.work
        self.may_aggregate = may_aggregate
        self._selects = selects
        self._is_inside_aggregate = False

    def term(self, node: exp.Expr) -> Term:
        """Guard an expression. Raise BadStatement."""
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise refusal(f"'{said(node)}' ({type(node).__name__}) is not understood here.", node)
        check_arguments(node)
        return handler(self, node)

    def condition(self, node: exp.Expr) -> exp.Expr:
        """Guard an expression that must be true or false."""
        term = coerced(self.work, self.term(node), Kind.BOOLEAN, node)
        if isinstance(term.node, exp.Column | exp.Placeholder) and self.work.dialect == "sqlite":
            return exp.Paren(this=exp.EQ(this=term.node, expression=self.work.bind(True, Kind.BOOLEAN)))
        return term.node

    def terms(self, nodes: Sequence[exp.Expr]) -> list[Term]:
        """Guard several expressions."""
        return [self.term(node) for node in nodes]

    def _and_or(self, node: exp.Expr) -> Term:
        operator = exp.And if isinstance(node, exp.And) else exp.Or
        parts = [self.condition(part) for part in chain(node, type(node))]
        return Term(chained(operator, parts), Kind.BOOLEAN)

    def _not(self, node: exp.Expr) -> Term:
        return Term(exp.Not(this=wrapped(self.condition(node.this))), Kind.BOOLEAN)

    def _paren(self, node: exp.Expr) -> Term:
        return self._subquery(node.this) if isinstance(node.this, exp.Query) else self.term(node.this)

    def _comparison(self, node: exp.Expr) -> Term:
        if isinstance(node.expression, exp.Any | exp.All):
            raise refusal("ANY, SOME and ALL are not understood; use IN or EXISTS.", node)
        left, right = self.alike([node.this, node.expression], node)
        return Term(type(node)(this=wrapped(left.node), expression=wrapped(right.node)), Kind.BOOLEAN)

    def alike(self, nodes: Sequence[exp.Expr], place: exp.Expr) -> list[Term]:
        """Guard expressions and bring them to one kind."""
        terms = self.terms(nodes)
        kind = common_kind(terms, place)
        are_numbers = kind is Kind.FLOAT and all(term.kind in NUMBERS for term in terms)
        return terms if are_numbers else [coerced(self.work, term, kind, place) for term in terms]

    def _arithmetic(self, node: exp.Expr) -> Term:
        first, *steps = steps_of(node)
        total = self._number(first)
        for operator, operand in steps:
            total = self._step(operator, total, self._number(operand))
        return total

    def _number(self, node: exp.Expr) -> Term:
        term = self.term(node)
        if isinstance(term.constant, str) and is_number(term.constant):
            term = coerced(self.work, term, Kind.FLOAT, node)
        if term.kind not in {None, *NUMBERS}:
            hints = {Kind.STRING: "; texts are joined with ||", Kind.DATE: "; use TIMESTAMPADD or TIMESTAMPDIFF"}
            kind = term.kind or Kind.STRING
            raise refusal(f"A number is needed here, this is {WORDS[kind]}{hints.get(kind, '')}.", node)
        return term

    def _step(self, operator: exp.Expr, left: Term, right: Term) -> Term:
        kind = Kind.INT if {left.kind, right.kind} <= {Kind.INT} else Kind.FLOAT
        first = (
            left.node
            if isinstance(left.node, exp.Add | exp.Sub) and isinstance(operator, exp.Add | exp.Sub)
            else wrapped(left.node)
        )
        second = wrapped(right.node)
        if isinstance(operator, exp.Div | exp.Mod):
            # PostgreSQL fails on a division by 0, and would tell by it what rows have; SQLite gives null.
            second = call("NULLIF", second, exp.Literal.number(0))
        if isinstance(operator, exp.Mod) and kind is Kind.FLOAT:
            return self.function("MOD", [left, right], operator)
        if isinstance(operator, exp.Div):
            return Term(exp.Div(this=first, expression=second, typed=True, safe=True), kind)
        return Term(type(operator)(this=first, expression=second), kind)

    def _negative(self, node: exp.Expr) -> Term:
        term = self._number(node.this)
        if isinstance(term.constant, int | float) or term.constant.__class__.__name__ == "Decimal":
            return self.work.constant(-term.constant, term.kind)  # type: ignore[operator]
        return Term(exp.Neg(this=wrapped(term.node)), term.kind)

    def _joined_texts(self, node: exp.Expr) -> Term:
        parts = [coerced(self.work, self.term(part), Kind.STRING, part) for part in chain(node, exp.DPipe)]
        return Term(chained(exp.DPipe, [part.node for part in parts]), Kind.STRING)

    def _is(self, node: exp.Expr) -> Term:
        wanted = node.expression
        if isinstance(wanted, exp.Null):
            return Term(exp.Is(this=wrapped(self.term(node.this).node), expression=exp.Null()), Kind.BOOLEAN)
        if isinstance(wanted, exp.Boolean):
            left = coerced(self.work, self.term(node.this), Kind.BOOLEAN, node)
            value = self.work.bind(bool(wanted.this), Kind.BOOLEAN)
            return Term(exp.NullSafeEQ(this=wrapped(left.node), expression=value), Kind.BOOLEAN)
        raise refusal("IS takes NULL, NOT NULL, TRUE or FALSE.", node)

    def _in(self, node: exp.Expr) -> Term:
        if query := node.args.get("query"):
            rows = self._selects.subquery(query, self.scope, columns=1)
            left = self.term(node.this)
            kind = rows.outputs[0].column.kind
            if left.kind not in (None, kind) and not {left.kind, kind} <= NUMBERS:
                left = coerced(self.work, left, kind, node)
            return Term(exp.In(this=wrapped(left.node), query=exp.Subquery(this=rows.node)), Kind.BOOLEAN)
        if not node.expressions or len(node.expressions) > _MOST_ITEMS:
            raise refusal(f"IN takes a list of 1 to {_MOST_ITEMS} values in parentheses.", node)
        left, *items = self.alike([node.this, *node.expressions], node)
        return Term(exp.In(this=wrapped(left.node), expressions=[item.node for item in items]), Kind.BOOLEAN)

    def _between(self, node: exp.Expr) -> Term:
        value, low, high = self.alike([node.this, node.args["low"], node.args["high"]], node)
        between = exp.Between(this=wrapped(value.node), low=wrapped(low.node), high=wrapped(high.node))
        return Term(between, Kind.BOOLEAN)

    def _like(self, node: exp.Expr, escape: exp.Expr | None = None) -> Term:
        text, pattern = (
            coerced(self.work, self.term(each), Kind.STRING, node) for each in (node.this, node.expression)
        )
        mark = self._escape(escape)
        if self.work.dialect == "sqlite":
            found: exp.Expr = call("keyhouse_like", pattern.node, text.node, self.work.bind(mark, Kind.STRING))
        else:
            like = exp.Like(this=wrapped(text.node), expression=wrapped(pattern.node))
            found = exp.Escape(this=like, expression=self.work.bind(mark, Kind.STRING))
        found = exp.Paren(this=found)
        return Term(exp.Not(this=found) if node.args.get("negate") else found, Kind.BOOLEAN)

    def _escape(self, node: exp.Expr | None) -> str:
        if node is None:
            return "\\"
        if isinstance(node, exp.Literal) and node.is_string and len(node.this) == 1:
            return str(node.this)
        raise refusal("ESCAPE takes one character in quotes.", node)

    def _escaped(self, node: exp.Expr) -> Term:
        if not isinstance(node.this, exp.Like):
            raise refusal("ESCAPE belongs to LIKE.", node)
        check_arguments(node.this)
        return self._like(node.this, node.expression)

    def _case(self, node: exp.Expr) -> Term:
        branches = node.args["ifs"]
        if node.this is None:
            tests = [self.condition(branch.this) for branch in branches]
            subject = None
        else:
            subject, *wanted = self.alike([node.this, *(branch.this for branch in branches)], node)
            tests = [each.node for each in wanted]
        last = node.args.get("default")
        values = self.alike([*(branch.args["true"] for branch in branches), *([last] if last else [])], node)
        ifs = [exp.If(this=test, true=value.node) for test, value in zip(tests, values, strict=False)]
        case = exp.Case(this=subject and subject.node, ifs=ifs, default=values[-1].node if last else None)
        return Term(case, common_kind(values, node))

    def _exists(self, node: exp.Expr) -> Term:
        query = node.this.this if isinstance(node.this, exp.Subquery | exp.Paren) else node.this
        rows = self._selects.subquery(query, self.scope)
        return Term(exp.Exists(this=rows.node), Kind.BOOLEAN)

    def _subquery(self, node: exp.Expr) -> Term:
        rows = self._selects.subquery(node, self.scope, columns=1)
        return Term(exp.Subquery(this=rows.node), rows.outputs[0].column.kind)

    def _cast(self, node: exp.Expr) -> Term:
        name = node.args["to"].this
        return self.cast_to(node.this, str(getattr(name, "value", name)), node)

    def cast_to(self, value: exp.Expr, type_name: str, place: exp.Expr) -> Term:
        """Cast to a type by its LabKey name."""
        kind = kind_named(type_name)
        if kind is None:
            raise refusal(f"Unknown type '{type_name[:50]}'; see the types in the reference of LabKey SQL.", place)
        term = explicit(self.work, self.term(value), kind, place)
        if kind is Kind.DATE and type_name.upper() == "DATE":
            return Term(Template(special.DAY[self.work.dialect]).build(self.work, term.node), Kind.DATE)
        return term

    def _literal(self, node: exp.Expr) -> Term:
        if node.args.get("is_string"):
            return self.work.constant(str(node.this), Kind.STRING)
        try:
            return self.work.constant(*number_constant(str(node.this)))
        except ArithmeticError:
            raise refusal(f"'{str(node.this)[:50]}' is no number.", node) from None

    def _adjacent(self, node: exp.Expr) -> Term:
        raise refusal("Two texts stand side by side; join them with ||.", node)

    def _boolean(self, node: exp.Expr) -> Term:
        return self.work.constant(bool(node.this), Kind.BOOLEAN)

    def _null(self, _node: exp.Expr) -> Term:
        return Term(exp.Null(), None)

    def _moment(self, node: exp.Expr) -> Term:
        literal = node.this
        if not isinstance(literal, exp.Literal) or not literal.is_string:
            raise refusal("A date in braces is written {d '2001-02-03'} or {ts '2001-02-03 04:05:06'}.", node)
        try:
            value = converted(str(literal.this), Kind.DATE)
        except BadValue:
            raise refusal(f"'{str(literal.this)[:50]}' is no date.", node) from None
        return self.work.constant(value, Kind.DATE)

    def _column(self, node: exp.Expr) -> Term:
        parts = list(parts_of(node))
        if len(parts) == 1:
            known = self.scope.parameters.get(parts[0].casefold())
            if known is not None:
                parameter, value = known
                return self._parameter(value, parameter.kind)
        return self.resolve(parts, node)

    def _parameter(self, value: Any, kind: Kind) -> Term:
        return Term(self.work.bind(value, kind), kind if value is not None else None)

    def resolve(self, parts: Sequence[str], place: exp.Expr) -> Term:
        """Find a column by its path: `column`, `table.column`, and further through lookups."""
        scope: Scope | None = self.scope
        while scope is not None:
            relation = scope.labelled(parts[0]) if len(parts) > 1 else None
            if relation is not None and (found := relation.field(parts[1])) is not None:
                return relation.term(found, parts[2:], place)
            if relation is not None:
                raise refusal(f"Could not resolve column: {'.'.join(parts)}", place)
            having = [(each, found) for each in scope.relations if (found := each.field(parts[0])) is not None]
            if len(having) > 1:
                raise refusal(f"Ambiguous field: {parts[0]}", place)
            if having:
                return having[0][0].term(having[0][1], parts[1:], place)
            scope = scope.parent
        raise refusal(f"Could not resolve column: {'.'.join(parts)}", place)

    def _call(self, node: exp.Expr) -> Term:
        name = str(node.this.name if isinstance(node.this, exp.Expr) else node.this).upper()
        if name in REFUSED:
            raise refusal(REFUSED[name], node)
        if name in AGGREGATES or name == "GROUP_CONCAT":
            return self._aggregate(name, node)
        if handler := special.SPECIAL.get(name):
            return handler(self, node)
        if name not in FUNCTIONS:
            raise refusal(f"Unknown method {name[:50]}.", node)
        return self.function(name, self.terms(node.expressions), node)

    def function(self, name: str, terms: list[Term], place: exp.Expr) -> Term:
        """Call a function of the table with guarded arguments."""
        function = FUNCTIONS[name]
        _check_number(name, function, len(terms), place)
        if function.most is not None and len(terms) < function.most:
            terms = [*terms, self.work.constant(DEFAULTS[name], Kind.INT)]
        terms, kind = self._arguments(function, terms, place)
        text = function.sqlite if self.work.dialect == "sqlite" else function.postgres
        node = Template(filled(text, len(terms))).build(self.work, *(term.node for term in terms))
        return Term(node, function.result or kind)

    def _arguments(self, function: Function, terms: list[Term], place: exp.Expr) -> tuple[list[Term], Kind | None]:
        if function.kinds and function.kinds[0] is None:
            kind = common_kind(terms, place)
            return [coerced(self.work, term, kind, place) for term in terms], kind
        brought = [coerced(self.work, term, function.kind_of(index), place) for index, term in enumerate(terms)]
        # PostgreSQL knows no kind of a bare null and so cannot choose among functions of one name.
        return [_typed_null(self.work, term, function.kind_of(index)) for index, term in enumerate(brought)], None

    def _aggregate(self, name: str, node: exp.Expr) -> Term:
        if not self.may_aggregate or self._is_inside_aggregate:
            raise refusal(f"{name} cannot stand here: it takes all rows of a group together.", node)
        self._is_inside_aggregate = True
        try:
            return special.aggregate(self, name, node)
        finally:
            self._is_inside_aggregate = False

    def _star(self, node: exp.Expr) -> Term:
        raise refusal("* can stand in a SELECT list and in COUNT(*) only.", node)


def _typed_null(work: Workshop, term: Term, kind: Kind | None) -> Term:
    if term.kind is not None or kind is None or work.dialect == "sqlite":
        return term
    return Term(cast(term.node, CAST_TYPES[kind]), kind)


def _check_number(name: str, function: Function, number: int, place: exp.Expr) -> None:
    if number < function.least or (function.most is not None and number > function.most):
        if function.least == function.most:
            wanted = f"{function.least} argument{'' if function.least == 1 else 's'}"
        elif function.most is None:
            wanted = f"at least {function.least} argument{'' if function.least == 1 else 's'}"
        else:
            wanted = f"{function.least} to {function.most} arguments"
        raise refusal(f"{name} function expects {wanted}", place)


_HANDLERS: dict[type[exp.Expr], Callable[[Expressions, Any], Term]] = {
    exp.And: Expressions._and_or,
    exp.Or: Expressions._and_or,
    exp.Not: Expressions._not,
    exp.Paren: Expressions._paren,
    **dict.fromkeys(_COMPARISONS, Expressions._comparison),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), Expressions._arithmetic),
    exp.Neg: Expressions._negative,
    exp.DPipe: Expressions._joined_texts,
    exp.Is: Expressions._is,
    exp.In: Expressions._in,
    exp.Between: Expressions._between,
    exp.Like: Expressions._like,
    exp.Escape: Expressions._escaped,
    exp.Case: Expressions._case,
    exp.Exists: Expressions._exists,
    exp.Subquery: Expressions._subquery,
    exp.Cast: Expressions._cast,
    exp.Literal: Expressions._literal,
    exp.Concat: Expressions._adjacent,
    exp.Boolean: Expressions._boolean,
    exp.Null: Expressions._null,
    exp.Date: Expressions._moment,
    exp.Timestamp: Expressions._moment,
    exp.Column: Expressions._column,
    exp.Dot: Expressions._column,
    exp.Anonymous: Expressions._call,
    exp.Star: Expressions._star,
}
