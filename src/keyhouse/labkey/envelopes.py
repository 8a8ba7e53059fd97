"""The shapes of an answer with rows (client-api.md, section 10), as pieces: a head, rows, and a tail.

The head ends inside the open list of rows and the tail closes it, so that rows can leave before the last is read; what
is known only then, the number of rows, stands in the tail.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from keyhouse.data import Column, Finder, Row, Table
from keyhouse.data.lookups import Names
from keyhouse.labkey.cells import encode, encode_rows, plain
from keyhouse.labkey.column_metadata import column_model, field, is_writable
from keyhouse.labkey.row_shapes import Shape, Shaped
from keyhouse.labkey.select_request import SelectRequest
from keyhouse.labkey.versions import Version
from keyhouse.web.xml_answers import HEAD, TAIL, xml_items, xml_members


@dataclass(frozen=True)
class Envelope:
    """How the rows of one table, or of a statement, leave. `find` gives the tables that lookups lead to."""

    schema_name: str
    table: Table
    request: SelectRequest
    shape: Shape
    find: Finder | None = None
    separator: ClassVar[bytes] = b","
    """What stands between two calls' worth of rows."""

    @property
    def version(self) -> Version:
        """The version of the answer."""
        return self.shape.version

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the client sees."""
        return self.shape.columns

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
        return encode_rows(self._shaped(rows))

    def tail(self, row_count: int) -> bytes:
        """Write all that stands after the rows."""
        return (b"]" if self.has_rows else b"") + b',"rowCount":%d}' % row_count

    @cached_property
    def _shaped(self) -> Callable[[Sequence[Row]], Shaped]:
        return self.shape.shaper()

    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = {"schemaName": self.schema_name, "queryName": self.table.name}
        if self.version.is_nested:
            members["schemaName"] = [self.schema_name]
            return members | ({"metaData": self._metadata()} if self.request.has_metadata else {})
        members["formatVersion"] = self.version.value
        members["metaData"] = self._metadata()
        # R takes columns by position: both lists have the same columns in the same order.
        members["columnModel"] = [column_model(column, is_writable(self.table)) for column in self.columns]
        return members

    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = {"root": "rows", "totalProperty": "rowCount"}
        if self.table.key is not None:
            metadata["id"] = self.table.key.name
        metadata |= {"title": self.table.title, "description": self.table.description}
        for name, descending in self.request.sort[:1]:
            if (column := Names(self.table.columns, self.find).find(name)) is not None:
                metadata["sortInfo"] = {"field": column.name, "direction": "DESC" if descending else "ASC"}
        is_written = is_writable(self.table)
        fields = [field(column, self.version.is_nested, self.find, is_written=is_written) for column in self.columns]
        return metadata | {"fields": fields}


class XmlEnvelope(Envelope):
    """The same as XML."""

    separator: ClassVar[bytes] = b""

    def head(self) -> bytes:
        """Write all that stands before the rows."""
        return HEAD + xml_members(self._members(), plain) + (b"<rows>" if self.has_rows else b"")

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Write some rows."""
        return xml_items(self._shaped(rows), plain)

    def tail(self, row_count: int) -> bytes:
        """Write all that stands after the rows."""
        return (b"</rows>" if self.has_rows else b"") + b"<rowCount>%d</rowCount>" % row_count + TAIL
