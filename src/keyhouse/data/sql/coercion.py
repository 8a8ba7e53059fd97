"""Values of one kind where another is needed: what is converted, and what is refused.

Both databases are brought to the same rules. SQLite would compare anything with anything and PostgreSQL would fail at
the first row.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast as typed

from sqlglot import exp

from keyhouse.data.columns import Column, Kind
from keyhouse.data.sql.errors import refusal
from keyhouse.data.sql.templates import Template
from keyhouse.data.sql.terms import CAST_TYPES, Term, Value, Workshop, cast
from keyhouse.data.sql.types import WORDS
from keyhouse.data.values import BadValue, convert

NUMBERS = frozenset({Kind.INT, Kind.FLOAT})
_TO_TEXT = {
    Kind.FLOAT: "keyhouse_text_of_number(a0)",
    Kind.DATE: "keyhouse_text_of_moment(a0)",
    Kind.BOOLEAN: "case a0 when 1 then 'true' when 0 then 'false' end",
}
_PARSED = {Kind.INT: "keyhouse_to_int", Kind.FLOAT: "keyhouse_to_number", Kind.BOOLEAN: "keyhouse_to_boolean"}
_PARSED_MOMENT = "keyhouse_to_moment"


def converted(value: str, kind: Kind) -> Value:
    """Read the text of a constant as a value of a kind. Raise BadValue."""
    return typed(Value, convert(value, Column("value", kind), None))


def coerced(work: Workshop, term: Term, kind: Kind | None, place: exp.Expr) -> Term:
    """Bring a term to a kind without an explicit CAST: constants are read, numbers widen, anything becomes text."""
    if kind is None or term.kind is None or term.kind is kind:
        return term
    if isinstance(term.constant, str) and term.kind is Kind.STRING:
        try:
            return work.constant(converted(term.constant, kind), kind)
        except BadValue:
            raise refusal(f"Could not convert value '{term.constant[:100]}' to {WORDS[kind]}.", place) from None
    if kind is Kind.BOOLEAN and term.constant in (0, 1) and term.kind is Kind.INT:
        return work.constant(bool(term.constant), kind)
    if {kind, term.kind} <= NUMBERS:
        return Term(cast(term.node, CAST_TYPES[kind]), kind, has_aggregate=term.has_aggregate)
    if kind is Kind.STRING:
        return as_text(work, term)
    raise refusal(f"This is {WORDS[term.kind]} where {WORDS[kind]} is needed; use CAST.", place)


def as_text(work: Workshop, term: Term) -> Term:
    """Read any value as text, in the form that PostgreSQL gives it."""
    if term.kind in (None, Kind.STRING):
        return term
    template = _TO_TEXT.get(term.kind) if work.dialect == "sqlite" and term.kind else None
    node = Template(template).build(work, term.node) if template else cast(term.node, "text")
    return Term(node, Kind.STRING, has_aggregate=term.has_aggregate)


def common_kind(terms: Sequence[Term], place: exp.Expr) -> Kind | None:
    """Find the kind in which several terms compare, or stand in one column."""
    kinds = {term.kind for term in terms if term.kind is not None}
    if len(kinds) <= 1:
        return next(iter(kinds), None)
    if kinds <= NUMBERS:
        return Kind.FLOAT
    fixed = {term.kind for term in terms if term.kind and not isinstance(term.constant, str)}
    if len(fixed) == 1:  # all others are texts written in the statement
        return next(iter(fixed))
    if fixed and fixed <= NUMBERS:
        return Kind.FLOAT
    if Kind.BOOLEAN in kinds and all(
        term.kind is Kind.BOOLEAN or term.kind is None or term.constant in (0, 1) for term in terms
    ):
        return Kind.BOOLEAN
    if Kind.STRING in kinds and kinds <= {Kind.STRING, *NUMBERS}:
        return Kind.STRING
    names = " and ".join(sorted(WORDS[kind] for kind in kinds))
    raise refusal(f"These are {names}, which do not go together; use CAST.", place)


def explicit(work: Workshop, term: Term, kind: Kind, place: exp.Expr) -> Term:
    """CAST as the writer asks. A text that is no value of the kind fails when its row is read."""
    if term.kind is None:
        return Term(cast(term.node, CAST_TYPES[kind]) if work.dialect == "postgres" else term.node, kind)
    if term.kind is kind or (isinstance(term.constant, str) and kind is not Kind.STRING):
        return coerced(work, term, kind, place)
    if kind is Kind.STRING:
        return as_text(work, term)
    allowed = term.kind is Kind.STRING or {term.kind, kind} <= {*NUMBERS, Kind.BOOLEAN}
    if not allowed:
        raise refusal(f"{WORDS[term.kind].capitalize()} cannot be cast to {WORDS[kind]}.", place)
    return Term(_cast_node(work, term, kind), kind, has_aggregate=term.has_aggregate)


def _cast_node(work: Workshop, term: Term, kind: Kind) -> exp.Expr:
    if work.dialect == "sqlite":
        template = f"{_PARSED.get(kind, _PARSED_MOMENT)}(a0)"
    elif kind is Kind.INT and term.kind is Kind.FLOAT:
        template = "cast(round(cast(a0 as decimal)) as bigint)"
    elif Kind.BOOLEAN in (kind, term.kind) and term.kind is not Kind.STRING:
        template = "a0 <> 0" if kind is Kind.BOOLEAN else f"cast(cast(a0 as int) as {CAST_TYPES[kind]})"
    else:
        template = f"cast(a0 as {CAST_TYPES[kind]})"
    return Template(template).build(work, term.node)


def is_number(text: str) -> bool:
    """Tell whether a text is written like a number."""
    try:
        converted(text, Kind.FLOAT)
    except BadValue:
        return False
    return True


def number_constant(text: str) -> tuple[Value, Kind]:
    """Read a number of a statement: what has no point and no exponent is a whole one, as far as databases hold it."""
    if text.isascii() and text.isdecimal() and int(text) < 2**63:
        return int(text), Kind.INT
    return Decimal(text), Kind.FLOAT
