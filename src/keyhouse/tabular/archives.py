"""Look into a zip file before anyone inflates it: an .xlsx file is a zip of XML files, and may be a bomb."""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

from keyhouse.tabular.errors import TabularError
from keyhouse.tabular.sheet import Limits

_PIECE = 1 << 20
_MOST_PARTS = 10_000
_NO_WORKBOOK = "The file is not an Excel workbook (.xlsx). Save it as .xlsx or as CSV."


def refuse_bombs(file: BinaryIO, limits: Limits) -> None:
    """Inflate every part once, to nowhere, and refuse what is too large or declares entities. Raise TabularError.

    The sizes that the directory of the zip declares are checked first, then what really comes out: a bomb lies about
    the first. A document type is refused, since no spreadsheet program writes one and entities need it.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _check_directory(parts, limits)
            left = limits.inflated_bytes
            for part in parts:
                left -= _inflate(archive, part, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, TabularError):
            raise
        raise TabularError(f"{_NO_WORKBOOK} It may be damaged, or protected by a password.") from None


def _check_directory(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [part.filename for part in parts]
    if "xl/workbook.xml" not in names:
        raise TabularError(_NO_WORKBOOK)
    if len(parts) > _MOST_PARTS or len(set(names)) < len(names):
        raise TabularError("The workbook is packed as no spreadsheet program packs it. Save it again as .xlsx or CSV.")
    if sum(part.file_size for part in parts) > limits.inflated_bytes:
        raise _too_large(limits.inflated_bytes)


def _inflate(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> int:
    size = 0
    before = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > left:
                raise _too_large(left)
            if part.filename.endswith((".xml", ".rels")):
                _refuse_doctype(before + piece)
                before = piece[-32:]
    return size


def _refuse_doctype(piece: bytes) -> None:
    letters = piece.replace(b"\0", b"")  # so that the same is found in UTF-16
    if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
        raise TabularError("The workbook declares XML entities, which no spreadsheet needs. Save it as .xlsx or CSV.")


def _too_large(most: int) -> TabularError:
    return TabularError(f"The workbook is larger than {most >> 20} MB when unpacked. Send it as CSV, or in parts.")
