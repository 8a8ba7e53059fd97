"""Expressions of a database, written once in the source code, into which guarded terms are put at `a0`, `a1`, ..."""

from __future__ import annotations

from functools import lru_cache
from itertools import count

import sqlglot
from sqlglot import exp

from keyhouse.data.sql.dialect import LabKeySql
from keyhouse.data.sql.terms import Workshop, wrapped


class Template:
    """An expression with places. The text is this program's own, never a client's."""

    def __init__(self, text: str) -> None:
        self._tree = _parsed(text)

    def build(self, work: Workshop, *terms: exp.Expr) -> exp.Expr:
        """Put terms into the places. A term that is used again is copied, at the statement's expense."""
        tree = exp.Paren(this=self._tree.copy())
        used: set[int] = set()
        for place in list(tree.find_all(exp.Column)):
            index = _place(place)
            if index is None:
                continue
            node = work.again(terms[index]) if index in used else terms[index]
            used.add(index)
            place.replace(wrapped(node))
        inside = tree.this
        return tree if isinstance(inside, exp.Binary | exp.Not | exp.Case) else inside.pop()


def numbered(name: str) -> str:
    """Write a call of a function whose arguments are all the terms, however many: `f(...)`."""
    return f"{name}(...)"


def filled(text: str, number: int) -> str:
    """Write out the dots of a template for a number of terms."""
    return text.replace("...", ", ".join(f"a{index}" for index, _ in zip(count(), range(number), strict=False)))


def _place(column: exp.Column) -> int | None:
    name = column.name
    return int(name[1:]) if name.startswith("a") and name[1:].isdecimal() and not column.table else None


@lru_cache(maxsize=2048)
def _parsed(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect=LabKeySql)
