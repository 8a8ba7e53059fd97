"""A guarded tree becomes the text of one database, by sqlglot's generator for it."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from keyhouse.data.sql.errors import BadStatement

# All that a guarded tree can be written with: made-up names, placeholders, functions, and texts of our own templates.
_HARMLESS = re.compile(r"(?:[A-Za-z0-9_ .,()<>=+*/%|:\n-]|'[A-Za-z0-9_]*')*")


def generate(tree: exp.Expr, dialect: str) -> str:
    """Write a guarded tree. The check afterwards cannot fail unless the guard has a hole."""
    text = Dialect.get_or_raise(dialect).generate(_with_named_places(tree, dialect), comments=False, copy=False)
    if not _HARMLESS.fullmatch(text) or "--" in text:
        raise BadStatement("This statement is refused: it would not be written in a form that can be checked.")
    return text


def _with_named_places(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Write placeholders as SQLAlchemy reads them, whatever the database's own form is."""
    if dialect == "sqlite":
        return tree
    for place in list(tree.find_all(exp.Placeholder)):
        place.replace(exp.Var(this=f":{place.name}")) if place is not tree else None
    return exp.Var(this=f":{tree.name}") if isinstance(tree, exp.Placeholder) else tree
