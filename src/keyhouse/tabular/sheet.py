"""A table that was read from a file: its header, and its rows as a stream that can be read once."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Self

from keyhouse.tabular.errors import TabularError

Value = str | int | float | bool | datetime | date | time | timedelta | None
Cells = Sequence[Value]


class CellError(str):
    """The text of a spreadsheet's error, such as `#DIV/0!`, where a value should be."""


@dataclass(frozen=True)
class Limits:
    """How much of a stranger's file is read. Whoever sends more is told which limit it was.

    Memory and processor time are those of the process that reads a workbook.
    """

    file_bytes: int = 256 << 20
    inflated_bytes: int = 512 << 20
    rows: int = 1_048_576
    columns: int = 2_000
    memory_bytes: int = 2 << 30
    cpu_seconds: int = 120


@dataclass(frozen=True)
class Row:
    """One row below the header; as many values as the header has names.

    `number` counts the data rows from 1 (blank ones are left out), `line` is the line of the text file or the row of
    the spreadsheet. `problem` says what is wrong with the row: cells that are missing (None here), too many (left out
    here), or errors.
    """

    number: int
    line: int
    values: tuple[Value, ...]
    problem: str = ""


class Sheet:
    """A header and a stream of rows, which end the reading when the sheet is closed."""

    def __init__(self, lines: Generator[tuple[int, Cells]], encoding: str, limits: Limits) -> None:
        self.encoding = encoding
        self.file: BinaryIO | None = None  # closed with the sheet, if the sheet is its owner
        self._lines = lines
        self._limits = limits
        try:
            self.header = self._read_header()
        except TabularError:
            lines.close()
            raise
        self.rows = self._read_rows()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading, and end the process that reads a spreadsheet."""
        self.rows.close()
        self._lines.close()
        if self.file is not None:
            self.file.close()

    def _read_header(self) -> tuple[str, ...]:
        for _line, cells in self._lines:
            if not _is_blank(cells):
                return _names(cells, self._limits.columns)
        raise TabularError("The file has no rows: its first row must have the names of the columns.")

    def _read_rows(self) -> Generator[Row]:
        filled = ((line, cells) for line, cells in self._lines if not _is_blank(cells))
        for number, (line, cells) in enumerate(filled, 1):
            if number > self._limits.rows:
                raise TabularError(f"The file has more than {self._limits.rows:,} rows. Send it in parts.", number)
            yield _row(number, line, cells, len(self.header))


def _is_blank(cells: Iterable[Value]) -> bool:
    return all(_blank_to_none(cell) is None for cell in cells)


def _blank_to_none(cell: Value) -> Value:
    return None if isinstance(cell, str) and not cell.strip() else cell


def _row(number: int, line: int, cells: Cells, width: int) -> Row:
    values = tuple(_blank_to_none(cell) for cell in cells)
    full = values[:width] + (None,) * (width - len(values))
    return Row(number, line, full, _problem(values, width))


def _problem(values: tuple[Value, ...], width: int) -> str:
    if len(values) < width or not _is_blank(values[width:]):
        cells = "1 cell" if len(values) == 1 else f"{len(values)} cells"
        return f"the row has {cells}, the header {width}"
    error = next((place for place, value in enumerate(values, 1) if isinstance(value, CellError)), None)
    return f"cell {error} holds the error {values[error - 1]}" if error else ""


def _names(cells: Cells, most: int) -> tuple[str, ...]:
    """Give each column its name; one without is called after its place, as the original does (R's row names)."""
    found = [str(cell).strip() if cell is not None else "" for cell in cells]
    while not found[-1]:
        found.pop()
    if len(found) > most:
        raise TabularError(f"The file has {len(found):,} columns; at most {most:,} are read.")
    names = tuple(name or f"column{place}" for place, name in enumerate(found))
    _refuse_twins(names)
    return names


def _refuse_twins(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise TabularError(f"The column {name!r} appears twice in the header. Rename one of the two.")
        seen.add(name.casefold())


def rows_of(sheet: Sheet) -> Iterator[tuple[Value, ...]]:
    """Give the values alone. Raise TabularError at the first row that does not fit the header."""
    for row in sheet.rows:
        if row.problem:
            raise TabularError(f"Row {row.number} (line {row.line}): {row.problem}.", row.number)
        yield row.values
