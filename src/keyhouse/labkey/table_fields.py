"""The columns that a table's field keys name for one caller, lookups included, and how they are described."""

from typing import Any

from keyhouse.data import Column, Table
from keyhouse.data.lookups import Names
from keyhouse.labkey.column_metadata import field, is_writable
from keyhouse.schemas.asking import finder
from keyhouse.web.call import Call
from keyhouse.web.errors import BadRequest


class Fields:
    """A table's columns and those that its lookups lead to, as far as this caller may see them."""

    def __init__(self, call: Call, table: Table) -> None:
        self._target = finder(call)
        self._is_written = is_writable(table)
        self._names = Names(table.columns, self._target)

    def find(self, name: str) -> Column | None:
        """Find a column by its field key."""
        return self._names.find(name)

    def target(self, name: str) -> Table:
        """Return the table that the column of this field key looks up; raises `BadRequest`."""
        column = self.find(name)
        if column is None:
            raise BadRequest(f"Could not find the column '{name[:255]}'!")
        target = column.lookup and self._target(column.lookup)
        if not target:
            raise BadRequest(f"The column '{name[:255]}' is not a foreign key!")
        return target

    def describe(self, column: Column) -> dict[str, Any]:
        """Describe a column beside its rows; a lookup as what it leads to, if the caller may see that."""
        return field(column, find=self._target, is_written=self._is_written)

    def detailed(self, column: Column) -> dict[str, Any]:
        """Describe a column in query details, where `type` is the word for people."""
        return {**self.describe(column), "type": column.friendly_type}
