"""Functions whose arguments are more than values: units of time, types, who is asking; and the aggregates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from keyhouse.data.columns import Kind
from keyhouse.data.sql.catalog import Surroundings
from keyhouse.data.sql.coercion import NUMBERS, coerced
from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.functions import AGGREGATES
from keyhouse.data.sql.templates import Template
from keyhouse.data.sql.terms import Term, call, cast

if TYPE_CHECKING:
    from keyhouse.data.sql.expressions import Expressions

DAY = {"sqlite": "keyhouse_day(a0)", "postgres": "cast(date_trunc('day', a0) as timestamp)"}
_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_ADDED = {
    # years, months, weeks, days, hours, minutes, seconds of make_interval
    "year": "a1, 0, 0, 0, 0, 0, 0",
    "quarter": "0, a1 * 3, 0, 0, 0, 0, 0",
    "month": "0, a1, 0, 0, 0, 0, 0",
    "week": "0, 0, a1, 0, 0, 0, 0",
    "day": "0, 0, 0, a1, 0, 0, 0",
    "hour": "0, 0, 0, 0, a1, 0, 0",
    "minute": "0, 0, 0, 0, 0, a1, 0",
    "second": "0, 0, 0, 0, 0, 0, a1",
}
Handler = Callable[["Expressions", exp.Expr], Term]


def _expect(node: exp.Expr, name: str, *numbers: int) -> None:
    if len(node.expressions) not in numbers:
        wanted = " to ".join(map(str, sorted({numbers[0], numbers[-1]})))
        raise refusal(f"{name} function expects {wanted} argument{'' if numbers == (1,) else 's'}", node)


def _unit(node: exp.Expr, name: str) -> str:
    """Read a unit of time: SQL_TSI_DAY, 'SQL_TSI_DAY' or DAY."""
    text = str(node.this) if isinstance(node, exp.Literal) else node.name if isinstance(node, exp.Column) else ""
    unit = text.lower().removeprefix("sql_tsi_")
    if unit not in _UNITS:
        known = ", ".join(f"SQL_TSI_{each.upper()}" for each in _UNITS)
        raise refusal(f"{name} takes one of the units {known}.", node)
    return unit


def _timestampdiff(walk: Expressions, node: exp.Expr) -> Term:
    _expect(node, "TIMESTAMPDIFF", 3)
    unit = _unit(node.expressions[0], "TIMESTAMPDIFF")
    first, second = (coerced(walk.work, walk.term(each), Kind.DATE, each) for each in node.expressions[1:])
    if unit in _MONTHS:
        months = walk.function("AGE_IN_MONTHS", [first, second], node)
        return Term(Template(f"a0 / {_MONTHS[unit]}").build(walk.work, months.node), Kind.INT)
    if walk.work.dialect == "sqlite":
        return Term(
            Template(f"keyhouse_difference('{unit}', a0, a1)").build(walk.work, first.node, second.node), Kind.INT
        )
    text = f"cast(trunc(date_part('epoch', a1 - a0) / {_SECONDS[unit]}) as bigint)"
    return Term(Template(text).build(walk.work, first.node, second.node), Kind.INT)


def _timestampadd(walk: Expressions, node: exp.Expr) -> Term:
    _expect(node, "TIMESTAMPADD", 3)
    unit = _unit(node.expressions[0], "TIMESTAMPADD")
    number = coerced(walk.work, walk.term(node.expressions[1]), Kind.INT, node.expressions[1])
    moment = coerced(walk.work, walk.term(node.expressions[2]), Kind.DATE, node.expressions[2])
    if walk.work.dialect == "sqlite":
        text = f"keyhouse_add('{unit}', a1, a0)"
    else:
        text = f"cast(a0 + make_interval({_ADDED[unit]}) as timestamp)"
        number = Term(cast(number.node, "int"), Kind.INT)
    return Term(Template(text).build(walk.work, moment.node, number.node), Kind.DATE)


def _age(walk: Expressions, node: exp.Expr) -> Term:
    _expect(node, "AGE", 2, 3)
    unit = _unit(node.expressions[2], "AGE") if len(node.expressions) == 3 else "year"
    if unit not in {"year", "month"}:
        raise refusal("AGE function supports SQL_TSI_YEAR or SQL_TSI_MONTH", node)
    terms = walk.terms(node.expressions[:2])
    return walk.function("AGE_IN_YEARS" if unit == "year" else "AGE_IN_MONTHS", terms, node)


def _convert(walk: Expressions, node: exp.Expr) -> Term:
    _expect(node, "CONVERT", 2)
    wanted = node.expressions[1]
    text = (
        str(wanted.this) if isinstance(wanted, exp.Literal) else wanted.name if isinstance(wanted, exp.Column) else ""
    )
    return walk.cast_to(node.expressions[0], text.upper().removeprefix("SQL_"), node)


def _is_member(walk: Expressions, node: exp.Expr) -> Term:
    """Only a group that is written in the statement, of the caller alone: nobody asks for others' memberships."""
    _expect(node, "ISMEMBEROF", 1)
    group = walk.term(node.expressions[0])
    if group.kind is not Kind.INT or not isinstance(group.constant, int):
        raise refusal("ISMEMBEROF takes the id of a group as a number.", node)
    return walk.work.constant(group.constant in _known(walk, "ISMEMBEROF", node).groups, Kind.BOOLEAN)


def _known(walk: Expressions, name: str, node: exp.Expr) -> Surroundings:
    surroundings = walk.scope.catalog.surroundings
    if not surroundings.is_known:
        raise refusal(f"{name}() cannot be used in a filter.", node)
    return surroundings


def _told(name: str, kind: Kind, attribute: str) -> Handler:
    def tell(walk: Expressions, node: exp.Expr) -> Term:
        _expect(node, name, 0)
        return walk.work.constant(getattr(_known(walk, name, node), attribute), kind)

    return tell


def _now(walk: Expressions, node: exp.Expr) -> Term:
    _expect(node, "NOW", 0)
    return walk.work.constant(walk.scope.catalog.surroundings.now, Kind.DATE)


def _today(walk: Expressions, node: exp.Expr) -> Term:
    _expect(node, "CURDATE", 0)
    now = walk.scope.catalog.surroundings.now
    return walk.work.constant(now.replace(hour=0, minute=0, second=0, microsecond=0), Kind.DATE)


def aggregate(walk: Expressions, name: str, node: exp.Expr) -> Term:
    """Guard an aggregate: `COUNT(*)`, `SUM(x)`, `COUNT(DISTINCT x)`, `GROUP_CONCAT(DISTINCT x, ', ')`."""
    values = node.expressions
    is_distinct = len(values) == 1 and isinstance(values[0], exp.Distinct)
    if is_distinct:
        values = values[0].expressions
    if name == "COUNT" and not is_distinct and len(values) == 1 and isinstance(values[0], exp.Star):
        return Term(call("count", exp.Star()), Kind.INT, has_aggregate=True)
    if name == "GROUP_CONCAT":
        return _group_concat(walk, node, values, is_distinct)
    if len(values) != 1:
        raise refusal(f"{name} function expects 1 argument", node)
    postgres, sqlite, taken, result, _meaning = AGGREGATES[name]
    term = coerced(walk.work, walk.term(values[0]), taken, values[0])
    if name == "SUM" and term.kind not in {None, *NUMBERS}:
        raise refusal("SUM takes numbers.", node)
    if name in {"MIN", "MAX"} and term.kind is Kind.BOOLEAN:
        raise refusal(f"{name} takes no true/false values.", node)
    inner = exp.Distinct(expressions=[term.node]) if is_distinct else term.node
    if is_distinct and name in {"MEDIAN", "STDERR"}:
        raise refusal(f"{name} takes no DISTINCT.", node)
    built = Template(sqlite if walk.work.dialect == "sqlite" else postgres).build(walk.work, inner)
    return Term(_as_kind(walk, name, built, term.kind), result or term.kind, has_aggregate=True)


def _as_kind(walk: Expressions, name: str, built: exp.Expr, kind: Kind | None) -> exp.Expr:
    # PostgreSQL's sum of BIGINT is a NUMERIC.
    return cast(built, "bigint") if name == "SUM" and kind is Kind.INT and walk.work.dialect == "postgres" else built


def _group_concat(walk: Expressions, node: exp.Expr, values: list[exp.Expr], is_distinct: bool) -> Term:
    if not 1 <= len(values) <= 2:
        raise refusal("GROUP_CONCAT function expects 1 to 2 arguments", node)
    text = coerced(walk.work, walk.term(values[0]), Kind.STRING, node)
    separator = ","
    if len(values) == 2:
        if not isinstance(values[1], exp.Literal) or not values[1].is_string:
            raise refusal("GROUP_CONCAT takes a separator in quotes.", node)
        separator = str(values[1].this)
    mark = walk.work.bind(separator, Kind.STRING)
    if walk.work.dialect == "sqlite":
        # SQLite's own takes no separator with DISTINCT, and joins in no order.
        name = "keyhouse_group_concat_distinct" if is_distinct else "keyhouse_group_concat"
        return Term(call(name, text.node, mark), Kind.STRING, has_aggregate=True)
    inner = exp.Distinct(expressions=[text.node]) if is_distinct else text.node
    ordered = exp.Order(expressions=[exp.Ordered(this=walk.work.again(text.node), nulls_first=False, desc=False)])
    return Term(call("string_agg", inner, _Ordered.of(mark, ordered)), Kind.STRING, has_aggregate=True)


class _Ordered:
    """`string_agg(x, ',' ORDER BY x)`: in one order in both databases, so that the same rows give the same text."""

    @staticmethod
    def of(mark: exp.Expr, order: exp.Order) -> exp.Expr:
        order.set("this", mark)
        return order


SPECIAL: dict[str, Handler] = {
    "AGE": _age,
    "CONTEXTPATH": _told("CONTEXTPATH", Kind.STRING, "context_path"),
    "CONVERT": _convert,
    "CURDATE": _today,
    "FOLDERNAME": _told("FOLDERNAME", Kind.STRING, "folder_name"),
    "FOLDERPATH": _told("FOLDERPATH", Kind.STRING, "folder_path"),
    "ISMEMBEROF": _is_member,
    "NOW": _now,
    "TIMESTAMPADD": _timestampadd,
    "TIMESTAMPDIFF": _timestampdiff,
    "USERID": _told("USERID", Kind.INT, "user_id"),
    "USERNAME": _told("USERNAME", Kind.STRING, "user_name"),
    "VERSION": _told("VERSION", Kind.STRING, "version"),
}
