"""Read a file of rows, whatever it is: what its bytes say counts before what its name says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from keyhouse.tabular.delimited import read_delimited
from keyhouse.tabular.errors import TabularError
from keyhouse.tabular.sheet import Limits, Sheet
from keyhouse.tabular.workbook import OLE, ZIP, read_workbook

DEFAULT_LIMITS = Limits()
_WORKBOOKS = ("xlsx", "xlsm", "xls")


def read(source: Path | BinaryIO, name: str = "", content_type: str = "", limits: Limits = DEFAULT_LIMITS) -> Sheet:
    """Read CSV, TSV, XLSX or XLS. Close the sheet when done (it is a context manager); a file given stays open.

    `name` and `content_type` are what the sender says and only break ties. Raise TabularError, here or while the rows
    are read. Nothing else is raised for any content.
    """
    if not isinstance(source, Path):
        return _read(source, name, content_type, limits)
    file = source.open("rb")
    try:
        sheet = _read(file, name or source.name, content_type, limits)
    except TabularError:
        file.close()
        raise
    sheet.file = file
    return sheet


def read_text(text: str, limits: Limits = DEFAULT_LIMITS) -> Sheet:
    """Read CSV or TSV that was sent as text. Raise TabularError as `read` does."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise TabularError("The text has half a character in it (a lone surrogate). Send it as UTF-8.") from None
    return read(io.BytesIO(data), limits=limits)


def _read(file: BinaryIO, name: str, content_type: str, limits: Limits) -> Sheet:
    if file.seek(0, io.SEEK_END) > limits.file_bytes:
        raise TabularError(f"The file is larger than {limits.file_bytes >> 20} MB. Send it in parts.")
    file.seek(0)
    start = file.read(8)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if start.startswith(ZIP) or start == OLE:
        return read_workbook(file, limits)
    if ending in _WORKBOOKS:
        raise TabularError(f"The file is named .{ending} and is no Excel workbook. Save it again, or as CSV.")
    return read_delimited(file, ending, content_type.partition(";")[0].strip().lower(), limits)
