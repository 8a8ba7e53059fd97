"""A design as the table that `data` is to make and to read."""

from collections.abc import Sequence
from typing import Any

from keyhouse.data import Column, Kind, Lookup
from keyhouse.data.managed import ManagedColumn, ManagedIndex, ManagedTable, Stored
from keyhouse.lists.aliases import aliases_of
from keyhouse.lists.models import ListDesign, ListField
from keyhouse.lists.types import DEFAULT_SCALE, TYPES

CONTAINER = "container"
_STANDARD = (
    (Column("Created", Kind.DATE, storage="created", hidden=True, read_only=True), Stored.MOMENT),
    (
        Column(
            *("CreatedBy", Kind.INT),
            storage="created_by",
            lookup=Lookup("core", "Users", "UserId"),
            hidden=True,
            read_only=True,
        ),
        Stored.INT,
    ),
    (Column("Modified", Kind.DATE, storage="modified", hidden=True, read_only=True), Stored.MOMENT),
    (
        Column(
            *("ModifiedBy", Kind.INT),
            storage="modified_by",
            lookup=Lookup("core", "Users", "UserId"),
            hidden=True,
            read_only=True,
        ),
        Stored.INT,
    ),
    (
        Column(
            CONTAINER,
            storage=CONTAINER,
            caption="Folder",
            lookup=Lookup("core", "Containers", "EntityId"),
            hidden=True,
            read_only=True,
            scale=36,
        ),
        Stored.TEXT,
    ),
    (Column("lastIndexed", Kind.DATE, storage="last_indexed", hidden=True, read_only=True), Stored.MOMENT),
    (Column("EntityId", storage="entity_id", hidden=True, read_only=True, scale=36), Stored.TEXT),
)


def lookup_of(field: ListField) -> Lookup | None:
    """Return where a field points, if it does; whether that is there is not asked."""
    schema, query = field.properties.get("lookupSchema"), field.properties.get("lookupQuery")
    container = str(field.properties.get("lookupContainer") or "")
    return Lookup(schema, query, "", container) if schema and query else None


def table_of(design: ListDesign, fields: Sequence[ListField]) -> ManagedTable:
    """Return the table of a design."""
    storages = {field.name.casefold(): field.storage for field in fields}
    indices = [
        ManagedIndex(tuple(storages[name.casefold()] for name in index["columnNames"]), bool(index["unique"]))
        for index in design.indices
    ]
    return ManagedTable(
        name=design.name,
        storage=design.storage,
        columns=(
            *(_column(design, field) for field in fields),
            *(ManagedColumn(column, stored) for column, stored in _STANDARD),
        ),
        container=CONTAINER,
        indices=(*dict.fromkeys(indices), ManagedIndex((CONTAINER,), False)),
        description=design.description or None,
        title_column=design.options.get("titleColumn") or "",
    )


def _column(design: ListDesign, field: ListField) -> ManagedColumn:
    stored = TYPES[field.type.lower()].stored
    taken = (field.taken_from, TYPES[field.taken_type.lower()].stored) if field.taken_from else None
    return ManagedColumn(_read_column(design, field, stored), stored, taken)


def _read_column(design: ListDesign, field: ListField, stored: Stored) -> Column:
    known: dict[str, Any] = field.properties
    is_counted = field.is_key and design.key_type == "AutoIncrementInteger"
    return Column(
        name=field.name,
        kind=stored.kind,
        nullable=not (field.is_key or known.get("required")),
        key=field.is_key,
        sql_type=_SQL_TYPES[stored],
        caption=known.get("label") or "",
        description=known.get("description") or None,
        auto_increment=is_counted,
        scale=(known.get("scale") or DEFAULT_SCALE) if field.type == "string" else None,
        lookup=lookup_of(field),
        # A number that the database counts says nothing to people; programs are given it all the same.
        hidden=is_counted or bool(known.get("hidden")),
        has_time=stored is Stored.MOMENT,
        storage=field.storage,
        range_uri=TYPES[field.type.lower()].range_uri,
        concept_uri=known.get("conceptURI") or None,
        format=known.get("format") or None,
        phi=known.get("PHI") or "NotPHI",
        url=known.get("URL") or None,
        aliases=aliases_of(known.get("importAliases")),
        read_only=is_counted,
    )


_SQL_TYPES = {
    Stored.TEXT: "VARCHAR",
    Stored.INT: "INTEGER",
    Stored.LONG: "BIGINT",
    Stored.DOUBLE: "DOUBLE",
    Stored.DECIMAL: "DECIMAL",
    Stored.BOOLEAN: "BOOLEAN",
    Stored.MOMENT: "TIMESTAMP",
    Stored.DAY: "DATE",
    Stored.TIME: "TIME",
}
