"""Heads and cells of a grid: a column that looks something up is shown, sorted and filtered as what it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keyhouse.console.grid_address import GridAddress
from keyhouse.console.grid_links import grid_url
from keyhouse.console.grid_words import cell_text
from keyhouse.data import Column, RowStream
from keyhouse.data import Kind as ColumnKind
from keyhouse.web.call import Call

_NUMBERS = frozenset({ColumnKind.INT, ColumnKind.FLOAT})


@dataclass(frozen=True)
class Shown:
    """One column as it is shown: `meant` is where a row has what its value means, None where nothing stands for it."""

    title: str
    key: str
    kind: ColumnKind
    meant: int | None = None

    @property
    def is_number(self) -> bool:
        """Whether its values stand to the right."""
        return self.kind in _NUMBERS


@dataclass(frozen=True)
class Header:
    """The head of one column; `sorted` is in the words of `aria-sort`."""

    name: str
    title: str
    is_number: bool
    sorted: str
    sort_url: str


@dataclass(frozen=True)
class Cell:
    """One value as it is written."""

    text: str
    css: str


def shown_columns(columns: Sequence[Column], stream: RowStream | None = None) -> list[Shown]:
    """Return how columns are shown, in the rows of this stream if there is one."""
    places = (stream.displays if stream else ()) or [None] * len(columns)
    read = stream.read if stream else ()
    return [
        Shown(column.caption, column.name, column.kind)
        if place is None
        else Shown(column.caption, read[place].name, read[place].kind, place)
        for column, place in zip(columns, places, strict=True)
    ]


def header_of(call: Call, address: GridAddress, column: Shown) -> Header:
    """Return the head of a column, with the way to sort by it."""
    return Header(
        name=column.key,
        title=column.title,
        is_number=column.is_number,
        sorted=address.direction_of(column.key),
        sort_url=grid_url(call, address.sorted_by(column.key)),
    )


def cells_of(row: Sequence[Any], columns: Sequence[Shown]) -> list[Cell]:
    """Write the cells of one row; where a lookup finds nothing, the value itself is shown."""
    return [_cell(value, column, row) for value, column in zip(row, columns, strict=False)]


def _cell(value: Any, column: Shown, row: Sequence[Any]) -> Cell:
    meant = None if column.meant is None else row[column.meant]
    text = cell_text(value if meant is None else meant)
    if column.is_number:
        return Cell(text, "is-number")
    return Cell(text, "is-text" if len(text) > 40 else "")
