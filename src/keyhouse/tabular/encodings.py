"""Which encoding a text file has, found by looking at the bytes rather than by hoping."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

from keyhouse.tabular.errors import TabularError

_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_PIECE = 1 << 20


def open_text(file: BinaryIO) -> tuple[io.TextIOWrapper, str]:
    """Open a text file in its own encoding, which is the second value. Raise TabularError if it is none."""
    encoding = _encoding(file)
    file.seek(0)
    # A wrapper that is collected closes the file beneath it, which is the caller's to close.
    return io.TextIOWrapper(io.BufferedReader(_Borrowed(file)), encoding=encoding, newline=""), encoding


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    start = file.read(4096)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None) or _unmarked_utf16(start)
    if marked is None:
        return "utf-8" if _decodes(file, "utf-8") else _single_byte(file)
    if not _decodes(file, marked):
        raise TabularError(f"The file begins as {marked.removesuffix('-sig').upper()} and then breaks. Save it again.")
    return marked


def _unmarked_utf16(start: bytes) -> str | None:
    """Know UTF-16 by its zero bytes: in a header of Latin letters every second byte is one."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if half and odd * 2 > half and even * 10 < half:
        return "utf-16-le"
    return "utf-16-be" if half and even * 2 > half and odd * 10 < half else None


def _single_byte(file: BinaryIO) -> str:
    """Windows-1252 where all its bytes have a meaning there, else Latin-1, in which every byte has."""
    return "cp1252" if _decodes(file, "cp1252") else "latin-1"


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_PIECE):
            _refuse_binary(decoder.decode(piece))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(text: str) -> None:
    if "\0" in text:
        raise TabularError("The file is not a text file. Send CSV, TSV, or a spreadsheet named .xlsx or .xls.")


class _Borrowed(io.RawIOBase):
    """A file that may be read and not closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
