"""Types for what SQLite declares none for: the computed columns of a view are known by their first values only."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from keyhouse.data.sqlite import DEADLINE

_ROWS = 100
_SECONDS = 1.0


def sampled_types(connection: sa.Connection, table: str, names: Sequence[str]) -> dict[str, sa.types.TypeEngine[Any]]:
    """Look at a few values of each column; one whose values are not all numbers, or take too long, stays untyped."""
    deadline = connection.info[DEADLINE]
    allowed, deadline.at = deadline.at, min(deadline.at, monotonic() + _SECONDS)
    source = sa.table(quoted_name(table, quote=True), *(sa.column(quoted_name(name, quote=True)) for name in names))
    try:
        rows = connection.execute(sa.select(*(sa.func.typeof(source.c[name]) for name in names)).limit(_ROWS)).all()
    except sa.exc.OperationalError:
        return {}
    finally:
        deadline.at = allowed
    found = {name: {row[place] for row in rows} - {"null"} for place, name in enumerate(names)}
    return {name: type_ for name, stored in found.items() if (type_ := _type_of(stored)) is not None}


def _type_of(stored: set[str]) -> sa.types.TypeEngine[Any] | None:
    if stored == {"integer"}:
        return sa.INTEGER()
    return sa.REAL() if stored and stored <= {"integer", "real"} else None
