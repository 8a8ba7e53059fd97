"""A list of this server's in an empty database, for filters that only a database understands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from keyhouse.data.columns import Kind
from keyhouse.data.memory import MemoryTable
from keyhouse.data.places import carried
from keyhouse.data.reflection import TableShape
from keyhouse.data.sql.scratch import scratch
from keyhouse.data.sql.types import sql_type
from keyhouse.data.tables import SourceTable


class CarriedTable(SourceTable):
    """The rows that a list has now, as one parameter of a statement."""

    def __init__(self, table: MemoryTable) -> None:
        types: tuple[sa.types.TypeEngine[Any], ...] = tuple(sql_type(column.kind) for column in table.columns)
        super().__init__(scratch(), TableShape(table.name, table.columns, types, table.description, table.title), None)
        place = carried(table, table.columns, self.source.reader)
        elements = [
            place.elements[column.name].label(column.stored_as)
            if column.kind is not Kind.DATE
            else sa.type_coerce(place.elements[column.name], sa.DateTime()).label(column.stored_as)
            for column in table.columns
        ]
        self._table = sa.select(*elements).subquery()  # type: ignore[assignment]
