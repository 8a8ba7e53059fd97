"""Stored columns as guarded statements and filters take them: each kind in one type, whatever the database declares."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from keyhouse.data.columns import Column, Kind


def normal(element: sa.ColumnElement[Any], column: Column, dialect: str) -> sa.ColumnElement[Any]:
    """Bring a stored column to the one type that its kind has in guarded statements."""
    if column.kind is Kind.DATE:
        return sa.func.keyhouse_moment(element) if dialect == "sqlite" else sa.cast(element, sa.DateTime())
    is_text = isinstance(element.type, sa.String) and not isinstance(element.type, sa.Enum)
    if column.kind is Kind.STRING and dialect == "postgresql" and not is_text:
        return sa.cast(element, sa.Text())
    return sa.type_coerce(element, sa.types.NullType())
