"""Tables and views as the database itself describes them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedForeignKeyConstraint
from sqlalchemy.engine.reflection import Inspector, ObjectKind

from keyhouse.data.columns import Column, Kind, Lookup
from keyhouse.data.sampling import sampled_types

logger = logging.getLogger(__name__)
_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], Kind], ...] = (
    (sa.Boolean, Kind.BOOLEAN),
    (sa.Integer, Kind.INT),
    (sa.Float, Kind.FLOAT),
    (sa.Numeric, Kind.FLOAT),
    (sa.DateTime, Kind.DATE),
    (sa.Date, Kind.DATE),
)


@dataclass(frozen=True, slots=True)
class TableShape:
    """What is known of one table or view; `types` are SQLAlchemy's, one a column.

    `storage` is the table's name in the database where that is another. `container` is the stored name of the column
    that says to which folder a row belongs (by its entity id), in tables that have one. `title_column` is what stands
    for a row where another table looks it up; the first column of texts if nothing else is said.
    """

    name: str
    columns: tuple[Column, ...]
    types: tuple[sa.types.TypeEngine[Any], ...]
    description: str | None = None
    title: str = ""
    storage: str = ""
    container: str | None = None
    title_column: str = ""


def reflect(connection: sa.Connection, schema: str | None, source_name: str) -> tuple[TableShape, ...]:
    """Describe every table and view of a schema, in the order of their names."""
    inspector = sa.inspect(connection)
    names = _names(inspector, schema)
    shapes = [_shape(connection, inspector, schema, name, source_name) for name in sorted(names)]
    return tuple(shape for shape in shapes if shape is not None)


def _names(inspector: Inspector, schema: str | None) -> set[str]:
    names = {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
    if inspector.dialect.name == "postgresql":
        names.update(inspector.get_materialized_view_names(schema))
        # One round trip for all tables fills the inspector's cache for `_shape`.
        for load in (inspector.get_multi_columns, inspector.get_multi_pk_constraint, inspector.get_multi_foreign_keys):
            load(schema=schema, kind=ObjectKind.ANY)
    return names


def _shape(
    connection: sa.Connection, inspector: Inspector, schema: str | None, name: str, source_name: str
) -> TableShape | None:
    try:
        found = inspector.get_columns(name, schema)
        keys = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"])
        foreign = inspector.get_foreign_keys(name, schema)
    except sa.exc.OperationalError as error:
        if inspector.dialect.name != "sqlite" or error.connection_invalidated or "no such" not in str(error.orig):
            raise
        # A view over a table that is gone: SQLite keeps it, and every look at it fails.
        logger.warning("Source %s: %s is left out, it is broken: %s", source_name, name, error.orig)
        return None
    if not found:
        return None
    lookups = dict(_lookups(foreign, schema, source_name))
    if inspector.dialect.name == "sqlite":
        found = _with_sampled_types(connection, name, found)
    columns = tuple(_column(each, keys, lookups, inspector.dialect) for each in found)
    return TableShape(name, columns, tuple(each["type"] for each in found), _comment(inspector, name, schema))


def _with_sampled_types(connection: sa.Connection, table: str, found: list[ReflectedColumn]) -> list[ReflectedColumn]:
    untyped = [column["name"] for column in found if isinstance(column["type"], sa.types.NullType)]
    sampled = sampled_types(connection, table, untyped) if untyped else {}
    return [{**column, "type": sampled.get(column["name"], column["type"])} for column in found]


def _comment(inspector: Inspector, name: str, schema: str | None) -> str | None:
    return inspector.get_table_comment(name, schema)["text"] if inspector.dialect.supports_comments else None


def _column(found: ReflectedColumn, keys: Sequence[str], lookups: Mapping[str, Lookup], dialect: sa.Dialect) -> Column:
    name, type_ = found["name"], found["type"]
    kind = kind_of(type_)
    is_key = name in keys
    # SQLite numbers the rows of a table by its one INTEGER PRIMARY KEY, without being told.
    is_rowid = dialect.name == "sqlite" and tuple(keys) == (name,) and type(type_) is sa.INTEGER
    return Column(
        name=name,
        kind=kind,
        nullable=found["nullable"] and not is_key,
        key=is_key,
        sql_type=_sql_type(type_, dialect),
        description=found.get("comment"),
        auto_increment=is_rowid or found.get("autoincrement") is True or "identity" in found,
        scale=getattr(type_, "length", None) if kind is Kind.STRING else None,
        lookup=lookups.get(name),
        has_time=not isinstance(type_, sa.Date),
        read_only="computed" in found,
        has_default=found.get("default") is not None,
        is_multiple=isinstance(type_, sa.ARRAY),
    )


def kind_of(type_: sa.types.TypeEngine[Any]) -> Kind:
    """Say which of the five kinds a database type is; whatever is none of the others is text."""
    return next((kind for known, kind in _KINDS if isinstance(type_, known)), Kind.STRING)


def _sql_type(type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> str:
    try:
        return type_.compile(dialect)
    except sa.exc.SQLAlchemyError:
        return type(type_).__name__


def _lookups(
    keys: Sequence[ReflectedForeignKeyConstraint], schema: str | None, source_name: str
) -> Iterator[tuple[str, Lookup]]:
    for key in keys:
        # A key of several columns, or into another schema of the database, is nothing that a client could follow.
        if len(key["constrained_columns"]) == 1 == len(key["referred_columns"]) and key["referred_schema"] == schema:
            yield key["constrained_columns"][0], Lookup(source_name, key["referred_table"], key["referred_columns"][0])
