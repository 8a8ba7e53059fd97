"""From a request to the shape of its rows: what must be read beside the columns, and where it then stands in a row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from keyhouse.data import Column, Query, RowStream, Table, decode_field_key, encode_field_key
from keyhouse.labkey.links import Link, details_of, link_of, renderers
from keyhouse.labkey.row_shapes import DETAILS, Shape
from keyhouse.labkey.select_request import SelectRequest
from keyhouse.labkey.versions import Version
from keyhouse.web.call import Call

Titles = Callable[[Sequence[Column]], tuple[Column, ...]]


class Shaping:
    """How the rows of one request are to be shown, before and after they are asked for."""

    def __init__(self, call: Call, version: Version, request: SelectRequest, schema_name: str, table: Table) -> None:
        self._version = version
        self._request = request
        self._links = {column.name: link for column in table.columns if (link := link_of(call, column)) is not None}
        if request.has_details and (details := details_of(call, schema_name, table)) is not None:
            self._links[DETAILS] = details

    def query(self, query: Query) -> Query:
        """Let a query read what is shown beside its columns."""
        has_displays = self._version is not Version.FLAT or self._request.has_displays
        beside = dict.fromkeys(field for link in self._wanted(query) for field in link.fields)
        return replace(query, has_displays=has_displays, beside=tuple(beside))

    def shape(self, stream: RowStream, titled: Titles = tuple) -> Shape:
        """Return the shape of rows that are being read; `titled` gives columns their titles."""
        columns = titled(stream.columns)
        places = zip(columns, stream.displays or [None] * len(columns), strict=True)
        displays = {column.name: place for column, place in places if place is not None}
        known = {column.name.casefold(): place for place, column in enumerate(stream.read)}
        links = renderers(self._links, lambda field: known.get(_canonical(field)))
        shown = {column.name for column in columns} | {DETAILS}
        if self._version is Version.FLAT and self._request.has_displays:
            columns += tuple(_display_columns(columns, displays, stream.read))
        return Shape(self._version, columns, displays, {name: links[name] for name in links if name in shown})

    def _wanted(self, query: Query) -> Iterator[Link]:
        names = {encode_field_key(decode_field_key(name)).casefold() for name in query.columns or ("*",)}
        for name, link in self._links.items():
            if name == DETAILS or "*" in names or encode_field_key((name,)).casefold() in names:
                yield link


def _canonical(field: str) -> str:
    parts = decode_field_key(field)
    return (parts[0] if len(parts) == 1 else encode_field_key(parts)).casefold()


def _display_columns(columns: Sequence[Column], displays: dict[str, int], read: Sequence[Column]) -> Iterator[Column]:
    """What shows lookups, as columns of their own after all others (version 8.3, `includeDisplayValues`)."""
    captions = {
        place: f"{column.caption}/{read[place].caption}"
        for column in columns
        if (place := displays.get(column.name, 0)) >= len(columns)
    }
    for place in sorted(captions):
        yield replace(read[place], caption=captions[place])
