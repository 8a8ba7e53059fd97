"""The smallest workbook in Excel's old format (.xls): a compound file with one stream of BIFF8 records."""

import struct
from collections.abc import Sequence

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(rows: Sequence[Sequence[str | float]]) -> bytes:
    """Return a workbook with one sheet."""
    stream = _stream(rows)
    stream += bytes(max(4096, -(-len(stream) // SECTOR) * SECTOR) - len(stream))
    sectors = len(stream) // SECTOR
    chain = [FAT, END, *range(3, sectors + 2), END]
    table = struct.pack(f"<{len(chain)}I", *chain)
    directory = _entry("Root Entry", 5, 1, END, 0) + _entry("Workbook", 2, FREE, 2, len(stream)) + bytes(256)
    return _header() + table + b"\xff" * (SECTOR - len(table)) + directory + stream


def _stream(rows: Sequence[Sequence[str | float]]) -> bytes:
    sheet_begin = _record(0x0809, struct.pack("<4H2I", 0x0600, 0x0010, 0, 0, 0, 0))
    cells = b"".join(_cell(row, column, value) for row, each in enumerate(rows) for column, value in enumerate(each))
    size = _record(0x0200, struct.pack("<2I3H", 0, len(rows), 0, max(map(len, rows)), 0))
    sheet = sheet_begin + size + cells + _record(0x000A, b"")
    begin = _record(0x0809, struct.pack("<4H2I", 0x0600, 0x0005, 0, 0, 0, 0))
    name = b"\x05\x00Sheet"
    start = len(begin) + 4 + 6 + len(name) + 4
    return begin + _record(0x0085, struct.pack("<IH", start, 0) + name) + _record(0x000A, b"") + sheet


def _cell(row: int, column: int, value: str | float) -> bytes:
    place = struct.pack("<3H", row, column, 0)
    if isinstance(value, str):
        return _record(0x0204, place + struct.pack("<HB", len(value), 0) + value.encode("latin-1"))
    return _record(0x0203, place + struct.pack("<d", value))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<2H", kind, len(data)) + data


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<BB3I", kind, 1, FREE, FREE, child)
    return text.ljust(64, b"\0") + struct.pack("<H", len(text)) + links + bytes(36) + struct.pack("<IQ", start, size)


def _header() -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    counts = struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0)
    return head + counts + struct.pack("<109I", 0, *[FREE] * 108)
