"""Rows in the shapes of the versions (client-api.md, section 10): flat values, cells, cells under `data`.

What does not depend on the row is worked out once; a row of plain values costs no call of ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keyhouse.data import Column, Row
from keyhouse.labkey.cells import plain
from keyhouse.labkey.formats import Format, format_of
from keyhouse.labkey.versions import Version

DETAILS = "~~Details~~"
_URL = "_labkeyurl_"
Shaped = list[dict[str, Any]]
Render = Callable[[Row], str | None]


@dataclass(frozen=True)
class Shape:
    """How rows leave. `displays` are places in a row by column; `links` go by column, or stand for the row."""

    version: Version
    columns: tuple[Column, ...]
    displays: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, Render] = field(default_factory=dict)

    def shaper(self) -> Callable[[Sequence[Row]], Shaped]:
        """Return what shapes some rows."""
        names = [column.name for column in self.columns]
        if self.version is Version.FLAT:
            return self._flat_with_links(names) if self.links else lambda rows: _flat(names, rows)
        cells = self._cells(names)
        if not self.version.is_nested:
            return lambda rows: [cells(row) for row in rows]
        details = self.links.get(DETAILS)
        return lambda rows: [{"data": cells(row), "links": _row_links(details, row)} for row in rows]

    def _flat_with_links(self, names: Sequence[str]) -> Callable[[Sequence[Row]], Shaped]:
        # Each row has every key in the same order, null where there is no link.
        parts = [(name, place, self.links.get(name)) for place, name in enumerate(names)]
        details = self.links.get(DETAILS)

        def shape(row: Row) -> dict[str, Any]:
            shaped: dict[str, Any] = {}
            for name, place, link in parts:
                shaped[name] = row[place]
                if link is not None:
                    shaped[_URL + name] = link(row)
            if details is not None:
                shaped |= {DETAILS: None, _URL + DETAILS: details(row)}
            return shaped

        return lambda rows: [shape(row) for row in rows]

    def _cells(self, names: Sequence[str]) -> Callable[[Row], dict[str, dict[str, Any]]]:
        several = [column.name for column in self.columns if column.is_multiple and self.version.has_lists]
        formats = self._formats()
        links = {name: link for name, link in self.links.items() if name != DETAILS}
        displays = dict(self.displays)

        def shape(row: Row) -> dict[str, Any]:
            cells: dict[str, Any] = {name: {"value": value} for name, value in zip(names, row, strict=False)}
            for name, place in displays.items():
                _show(cells[name], row[place])
            for name, write in formats.items():
                _format(cells[name], write)
            for name, link in links.items():
                if (url := link(row)) is not None:
                    cells[name]["url"] = url
            for name in several:
                if isinstance(items := cells[name]["value"], list):
                    cells[name] = [{"value": item} for item in items]
            return cells

        return shape

    def _formats(self) -> dict[str, Format]:
        if self.version is not Version.FORMATTED:
            return {}
        found = ((column.name, format_of(column)) for column in self.columns)
        return {name: write for name, write in found if write is not None}


def _flat(names: Sequence[str], rows: Sequence[Row]) -> Shaped:
    # Every row has every key in the same order, null where nothing is: R reads the first row's for all.
    return [dict(zip(names, row)) for row in rows]  # noqa: B905  (values beyond the columns are not shown)


def _show(cell: dict[str, Any], shown: Any) -> None:
    if shown is not None and shown != cell["value"]:
        cell["displayValue"] = shown if isinstance(shown, str) else str(plain(shown))


def _format(cell: dict[str, Any], write: Format) -> None:
    value = cell["value"]
    written = None if value is None else write(value)
    if written is not None and written != cell.get("displayValue", value):
        cell["formattedValue"] = written


def _row_links(details: Render | None, row: Row) -> dict[str, Any]:
    url = details(row) if details is not None else None
    return {"details": {"href": url, "title": "details"}} if url else {}
