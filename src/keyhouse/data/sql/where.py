"""The filter operator `where`: one LabKey SQL expression about the columns of one table, guarded as statements are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlglot import exp

from keyhouse.data.columns import Column, Lookup
from keyhouse.data.sql.catalog import Catalog, Surroundings
from keyhouse.data.sql.context import Context, Scope
from keyhouse.data.sql.errors import BadStatement
from keyhouse.data.sql.expressions import Expressions
from keyhouse.data.sql.generate import generate
from keyhouse.data.sql.parse import TOO_DEEP, parse_expression
from keyhouse.data.sql.relations import Field, Relation
from keyhouse.data.sql.selects import Selects
from keyhouse.data.sql.stored import normal
from keyhouse.data.sql.terms import Workshop, identifier
from keyhouse.data.tables import Table
from keyhouse.data.values import BadValue

_PLACE = re.compile(r"(?:\br0\.(c\d+)\b)|(?::(k\d+)\b)")
_DIALECTS = {"sqlite": "sqlite", "postgresql": "postgres"}


class _NoTables:
    """A filter speaks of its table's own columns alone."""

    surroundings = Surroundings(is_known=False)

    def table(self, _names: Sequence[str]) -> tuple[Table, Catalog] | None:
        return None

    def target(self, _lookup: Lookup) -> Table | None:
        return None


class Woven(sa.ColumnElement[bool]):
    """Guarded text with elements of SQLAlchemy's between its pieces."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, texts: Sequence[str], parts: Sequence[sa.ColumnElement[Any]]) -> None:
        self.texts = tuple(texts)
        self.parts = tuple(parts)

    def get_children(self, **_options: Any) -> Iterator[Any]:
        """Return what SQLAlchemy must know of: the tables of these come into FROM."""
        return iter(self.parts)

    @property
    def _from_objects(self) -> list[sa.FromClause]:
        return [found for part in self.parts for found in part._from_objects]


@compiles(Woven)
def _woven(element: Woven, compiler: SQLCompiler, **options: Any) -> str:
    first, *others = (_plain(compiler, text) for text in element.texts)
    between = (compiler.process(part, **options) for part in element.parts)
    return f"({first}{''.join(part + text for part, text in zip(between, others, strict=True))})"


def _plain(compiler: SQLCompiler, text: str) -> str:
    # Drivers that write parameters with % want every other one doubled.
    return str(compiler.post_process_text(text))  # type: ignore[no-untyped-call]


def where_clause(
    text: str, columns: Sequence[Column], element: Callable[[Column], sa.ColumnElement[Any]], dialect: str
) -> sa.ColumnElement[bool]:
    """Make a condition of an expression. `dialect` is SQLAlchemy's name of the database. Raise BadValue."""
    try:
        return _clause(text, columns, element, dialect)
    except BadStatement as error:
        raise BadValue(f"The filter cannot be understood. {error}") from None
    except RecursionError:
        raise BadValue(f"The filter cannot be understood. {TOO_DEEP}") from None


def _clause(
    text: str, columns: Sequence[Column], element: Callable[[Column], sa.ColumnElement[Any]], dialect: str
) -> sa.ColumnElement[bool]:
    work = Workshop(_DIALECTS[dialect])
    scope = Scope(Context(work, lambda _table, _context: None), _NoTables(), {}, {})
    fields = [Field(column, f"c{index}") for index, column in enumerate(columns)]
    body = exp.Table(this=identifier("t0"))
    scope.relations.append(Relation(work, "r0", "", scope.catalog, body, fields, lambda *_: None))
    written = generate(Expressions(scope, Selects()).condition(parse_expression(text)), work.dialect)
    known = {f"c{index}": normal(element(column), column, dialect) for index, column in enumerate(columns)}
    known |= {str(parameter.key): _loose(parameter) for parameter in work.bound.values()}
    texts, parts, end = [], [], 0
    for found in _PLACE.finditer(written):
        texts.append(written[end : found.start()])
        parts.append(known[found[1] or found[2]])
        end = found.end()
    return Woven([*texts, written[end:]], parts)


def _loose(parameter: sa.BindParameter[Any]) -> sa.BindParameter[Any]:
    # Several filters in one statement each count their values from nought.
    return sa.bindparam("where", parameter.value, type_=parameter.type, unique=True)
