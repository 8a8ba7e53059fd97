"""The shapes of an answer with rows (client-api.md, section 10), as pieces: a head, rows, and a tail.

The head ends inside the open list of rows and the tail closes it, so that rows can leave before the last is read; what
is known only then, the number of rows, stands in the tail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyhouse.data import Column, Row, Table, find_column
from keyhouse.labkey.cells import encode, encode_rows
from keyhouse.labkey.column_metadata import column_model, field
from keyhouse.labkey.select_request import SelectRequest
from keyhouse.labkey.versions import Version
from keyhouse.schemas.core import Display


@dataclass(frozen=True)
class Envelope:
    """How the rows of one table leave in one version."""

    version: Version
    schema_name: str
    table: Table
    columns: tuple[Column, ...]
    request: SelectRequest

    @property
    def has_rows(self) -> bool:
        """Tell whether there is a list of rows at all: from 13.2 on there is none where none were asked for."""
        return not (self.version.is_nested and self.request.max_rows == 0)

    def head(self) -> bytes:
        """Write all that stands before the rows."""
        members = encode(self._members())[:-1]
        return members + b',"rows":[' if self.has_rows else members

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Write some rows, with commas between them."""
        return encode_rows([self._row(row) for row in rows])

    def tail(self, row_count: int) -> bytes:
        """Write all that stands after the rows."""
        return (b"]" if self.has_rows else b"") + b',"rowCount":%d}' % row_count

    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = {"schemaName": self.schema_name, "queryName": self.table.name}
        if self.version.is_nested:
            members["schemaName"] = [self.schema_name]
            return members | ({"metaData": self._metadata()} if self.request.has_metadata else {})
        members["formatVersion"] = self.version.value
        members["metaData"] = self._metadata()
        # R takes columns by position: both lists have the same columns in the same order.
        members["columnModel"] = [column_model(column) for column in self.columns]
        return members

    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = {"root": "rows", "totalProperty": "rowCount"}
        if self.table.key is not None:
            metadata["id"] = self.table.key.name
        metadata |= {"title": self.table.title, "description": self.table.description}
        for name, descending in self.request.sort[:1]:
            if (column := find_column(self.table.columns, name)) is not None:
                metadata["sortInfo"] = {"field": column.name, "direction": "DESC" if descending else "ASC"}
        return metadata | {"fields": [field(column, self.version.is_nested) for column in self.columns]}

    @property
    def _row(self) -> Callable[[Row], dict[str, Any]]:
        names = [column.name for column in self.columns]
        if self.version is Version.FLAT:
            # Every row has every key in the same order, null where nothing is: R reads the first row's for all.
            return lambda row: dict(zip(names, row, strict=True))
        displays = [self._displays.get(name) for name in names]
        if not self.version.is_nested:
            return lambda row: _cells(names, row, displays)
        return lambda row: {"data": _cells(names, row, displays), "links": {}}

    @property
    def _displays(self) -> Mapping[str, Display]:
        return getattr(self.table, "displays", {})


def _cells(names: Sequence[str], row: Row, displays: Sequence[Display | None]) -> dict[str, dict[str, Any]]:
    return {name: _cell(value, display) for name, value, display in zip(names, row, displays, strict=True)}


def _cell(value: Any, display: Display | None) -> dict[str, Any]:
    shown = display(value) if display and value is not None else None
    return {"value": value} if shown is None else {"value": value, "displayValue": shown}
