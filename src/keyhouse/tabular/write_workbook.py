"""Rows as an Excel workbook, written row by row into a private file that is removed when it was sent."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from keyhouse.data import Column
from keyhouse.data.days import in_utc
from keyhouse.tabular.errors import TabularError
from keyhouse.tabular.values import day_of, is_day, text_of

MOST_ROWS = 1_048_576
_MOST_COLUMNS = 16_384
_LONGEST_TEXT = 32_767
_LARGEST_EXACT = 10**15
_FIRST_DAY = date(1900, 3, 1)
"""Before it, Excel counts a 29th of February 1900 that never was."""
_PIECE = 1 << 18
INSTEAD = "Take CSV, Parquet or Arrow instead, which have no limit, or filter the rows."


class WorkbookFile:
    """A finished workbook. Iterate over its bytes once; `close` removes it, however far that went."""

    def __init__(
        self, columns: Sequence[Column], titles: Sequence[str] | None, rows: Iterable[Sequence[Any]], name: str
    ) -> None:
        """Write all rows; raises TabularError for what no workbook can hold."""
        self._folder = tempfile.TemporaryDirectory(prefix="keyhouse-")  # for its owner alone, mode 0700
        try:
            self._file = Path(self._folder.name) / "rows.xlsx"
            _write(self._file, columns, titles, rows, name)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        try:
            with self._file.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Remove the file."""
        self._folder.cleanup()


def too_many_rows(rows: int) -> TabularError:
    """Make the error of more rows than a workbook has."""
    return TabularError(f"A workbook has at most {MOST_ROWS:,} rows, and these are {rows:,}. {INSTEAD}")


def sheet_name(name: str) -> str:
    """Make a name that Excel takes for a sheet: 31 characters, without those that it gives a meaning."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name.encode("utf-8", "replace").decode()).strip("' ")[:31].strip("' ")
    return f"{plain[:30]}_" if plain.lower() == "history" else plain or "Rows"


def _write(
    file: Path, columns: Sequence[Column], titles: Sequence[str] | None, rows: Iterable[Sequence[Any]], name: str
) -> None:
    if len(columns) > _MOST_COLUMNS:
        raise TabularError(f"A workbook has at most {_MOST_COLUMNS:,} columns. {INSTEAD}")
    options = {"constant_memory": True, "tmpdir": str(file.parent), "strings_to_urls": False, "in_memory": False}
    book = xlsxwriter.Workbook(str(file), options)
    try:
        page = book.add_worksheet(sheet_name(name))
        writer = _RowWriter(page, columns, book.add_format({"num_format": "yyyy-mm-dd"}),
                            book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"}))  # fmt: skip
        first = 0
        if titles is not None:
            bold = book.add_format({"bold": True})
            for place, title in enumerate(titles):
                page.write_string(0, place, writer.text(title, 0, place), bold)
            page.freeze_panes(1, 0)
            first = 1
        for number, row in enumerate(rows, first):
            if number >= MOST_ROWS:
                raise TabularError(f"A workbook has at most {MOST_ROWS:,} rows, and there are more. {INSTEAD}")
            writer.write(number, row)
    finally:
        book.close()


class _RowWriter:
    def __init__(self, page: Worksheet, columns: Sequence[Column], day: Format, moment: Format) -> None:
        self._page, self._columns, self._day, self._moment = page, columns, day, moment

    def write(self, number: int, row: Sequence[Any]) -> None:
        for place, (column, value) in enumerate(zip(self._columns, row)):  # noqa: B905 rows may carry more
            if value is not None:
                self._cell(number, place, day_of(value) if is_day(column) else value)

    def text(self, value: Any, number: int, place: int) -> str:
        text = text_of(value).encode("utf-8", "replace").decode()
        if len(text.encode("utf-16-le")) // 2 > _LONGEST_TEXT:  # Excel counts UTF-16, and would cut it off
            name = self._columns[place].name
            raise TabularError(
                f"Row {number}, column {name!r}: Excel holds at most {_LONGEST_TEXT:,} characters in a cell. {INSTEAD}",
                number,
            )
        return text

    def _cell(self, number: int, place: int, value: Any) -> None:
        page = self._page
        if isinstance(value, bool):
            page.write_boolean(number, place, value)
        elif isinstance(value, int | float | Decimal) and _is_exact(value):
            page.write_number(number, place, value)
        elif isinstance(value, datetime) and (moment := in_utc(value)).date() >= _FIRST_DAY:
            page.write_datetime(number, place, moment, self._moment)
        elif isinstance(value, date) and not isinstance(value, datetime) and value >= _FIRST_DAY:
            page.write_datetime(number, place, datetime.combine(value, time()), self._day)
        else:  # as text, also where it begins with `=`: a cell of a workbook is a formula only if written as one
            page.write_string(number, place, self.text(value, number, place))


def _is_exact(value: float | Decimal) -> bool:
    """Tell whether Excel keeps the number: it has 15 digits, so longer ones go as text."""
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.as_tuple().digits) <= 15
    return abs(value) < _LARGEST_EXACT if isinstance(value, int) else math.isfinite(value)
