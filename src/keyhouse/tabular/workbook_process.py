"""A program of its own that reads the first sheet of a workbook from its input and writes rows as lines of JSON.

A workbook of two cells can make its reader allocate 500 GB, because the reader lays out the rectangle between them,
and a reader in machine code that fails to allocate ends its whole process. So it is not the server that reads: this
program runs under limits of memory and processor time and has neither settings nor secrets in its environment.
It imports nothing of Keyhouse. Usage: workbook_process.py MEMORY_BYTES CPU_SECONDS < workbook
"""

import datetime
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_IS_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,32})</")
_LONGEST_FORMULA = 1 << 15
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Errors = dict[tuple[int, int], list[str]]


def main() -> None:
    """Read, and end with an error that the caller sees as a status only."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    data = sys.stdin.buffer.read()
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        sheet = _first_sheet(book)
        if sheet is not None and sheet.start is not None:
            errors = _error_cells(data, sheet.name) if data.startswith(b"PK") else {}
            _write(sheet.iter_rows(), errors, sheet.start[1])


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _first_sheet(book: CalamineWorkbook) -> CalamineSheet | None:
    """Take the first sheet that a person sees, as spreadsheet programs open a workbook."""
    sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    seen = [each for each in sheets if each.visible == SheetVisibleEnum.Visible] or sheets
    return book.get_sheet_by_name(seen[0].name) if seen else None


def _write(rows: Iterable[Sequence[object]], errors: Errors, left: int) -> None:
    for row, cells in enumerate(rows):  # rows begin at the top of the sheet, cells at its first column in use
        line = [errors.get((row, left + column)) or _written(cell) for column, cell in enumerate(cells)]
        sys.stdout.write(json.dumps(line) + "\n")


def _written(cell: object) -> object:
    """Give JSON's own values as they are, the others as [type, text]; numbers without a fraction are integers."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else ["float", repr(cell)]
    if isinstance(cell, datetime.timedelta):
        return ["timedelta", repr(cell.total_seconds())]
    if isinstance(cell, datetime.date | datetime.time):  # a datetime is a date
        return [type(cell).__name__, cell.isoformat()]
    return cell


def _error_cells(data: bytes, sheet: str) -> Errors:
    """Find `#DIV/0!` and the like: the reader gives them as blank, which would lose them silently."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = _part_of(archive, sheet)
        return dict(_errors_in(archive.read(part))) if part else {}


def _errors_in(xml: bytes) -> Iterator[tuple[tuple[int, int], list[str]]]:
    if not _IS_ERROR.search(xml):
        return
    for cell in _CELL.finditer(xml):
        place = _PLACE.search(cell[1])
        if place and _IS_ERROR.search(cell[1]):
            value = _VALUE.search(xml, cell.end(), cell.end() + _LONGEST_FORMULA)
            text = value[1].decode("utf-8", "replace") if value else "#ERROR"
            yield (int(place[2]) - 1, _column(place[1].decode())), ["error", text]


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    # Whoever started this program has refused entities, which is what an XML parser must fear beyond its memory limit.
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    wanted = [each.get(_RELATION) for each in book.iter() if each.tag.endswith("}sheet") and each.get("name") == sheet]
    targets = [each.get("Target", "").lstrip("/") for each in relations if each.get("Id") in wanted[:1]]
    paths = [path if path.startswith("xl/") else f"xl/{path}" for path in targets]
    return next((path for path in paths if path in archive.namelist()), None)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


if __name__ == "__main__":
    main()
