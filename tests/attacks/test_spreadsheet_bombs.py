"""Attack: a small file that becomes large when it is read, to fill the server's memory or end its process."""

import io
import struct
import zipfile
import zlib

import pytest
import xlsxwriter

from keyhouse.tabular import Limits, TabularError, read, workbook
from tests.tabular.old_workbook import xls

SMALL = Limits(inflated_bytes=4 << 20, memory_bytes=1 << 30, cpu_seconds=20)
BOOK = "xl/workbook.xml"


def parts_of(*cells):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for row, column, value in cells:
            page.write(row, column, value)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts, **more):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | more).items():
            archive.writestr(name, data)
    return file


def refused(file, words, limits=SMALL):
    with pytest.raises(TabularError, match=words), read(file, "x.xlsx", limits=limits) as sheet:
        list(sheet.rows)


@pytest.fixture
def unread(monkeypatch):
    """Fail the test if the program that reads workbooks is started at all."""
    monkeypatch.setattr(workbook, "_start", lambda *_: pytest.fail("the bomb was opened"))


def test_part_that_says_it_is_large_is_refused_before_it_is_opened(unread):
    refused(packed(parts_of((0, 0, "a")), **{"xl/media/a.xml": b" " * (5 << 20)}), "larger than 4 MB")


def test_part_that_lies_about_its_size_is_measured(unread):
    file = packed(parts_of((0, 0, "a")), **{"xl/z.xml": b" " * (5 << 20)})
    data = file.getvalue()
    for size in (struct.pack("<I", 5 << 20),):
        data = data.replace(size, struct.pack("<I", 10))
    refused(io.BytesIO(data), "larger than 4 MB|damaged")


def test_many_parts_are_counted_together(unread):
    refused(packed(parts_of((0, 0, "a")), **{f"xl/{n}.xml": b" " * (1 << 20) for n in range(5)}), "larger than 4 MB")


def test_two_parts_of_one_name_are_refused(unread):
    file = packed(parts_of((0, 0, "a")))
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning):
        archive.writestr(BOOK, b"<other/>")
    refused(file, "no spreadsheet program")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", [BOOK, "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"])
def test_entities_are_refused_in_every_part_and_encoding(unread, part, encoding):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]><x>&l8;</x>'
    refused(packed(parts_of((0, 0, "a")), **{part: text.encode(encoding)}), "entities")


def test_cells_far_apart_end_their_own_process_and_not_ours():
    """Two cells in opposite corners: the reader would lay out the 17 billion between them."""
    refused(packed(parts_of((0, 0, "a"), (1_048_575, 16_383, "z"))), "too far apart", Limits(memory_bytes=1 << 30))


def test_old_workbook_has_the_same_limits():
    """Two cells in the corners of 65,536 rows and 256 columns."""
    corner = xls([["a"], *[[]] * 65_534, [*[1.0] * 255, "z"]])
    refused(io.BytesIO(corner), "too far apart", Limits(memory_bytes=300 << 20))


def test_archive_within_an_archive_is_no_workbook(unread):
    refused(packed({"a.zip": packed({"b": b" " * (1 << 20)}).getvalue()}), "not an Excel workbook")


def test_overlapping_parts_are_counted_each_time(unread):
    """The bomb of 2019: a thousand directory entries that all point to the same compressed bytes."""
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    inner = body.compress(b" " * (1 << 20)) + body.flush()
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, zlib.crc32(b" " * (1 << 20)), len(inner), 1 << 20, 5, 0
    )
    blob = head + b"a.xml" + inner
    directory = b""
    names = [BOOK.encode(), *(b"%05d" % number for number in range(1000))]
    for name in names:
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, zlib.crc32(b" " * (1 << 20)), len(inner), 1 << 20,
            len(name), 0, 0, 0, 0, 0, 0,
        ) + name  # fmt: skip
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(names), len(names), len(directory), len(blob), 0)
    refused(io.BytesIO(blob + directory + end), "larger than 4 MB")


def test_program_that_reads_workbooks_sees_no_secret(monkeypatch):
    monkeypatch.setenv("KEYHOUSE_DATABASE", "postgresql://user:secret@host/db")
    seen = {}
    original = workbook.subprocess.Popen
    monkeypatch.setattr(workbook.subprocess, "Popen", lambda *a, **how: seen.update(how) or original(*a, **how))
    with read(packed(parts_of((0, 0, "a"), (1, 0, 1)))) as sheet:
        assert len(list(sheet.rows)) == 1
    assert set(seen["env"]) == {"PYTHONPATH"}
