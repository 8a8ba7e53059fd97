"""CSV and TSV as rows of texts: the delimiter found, quotes as in RFC 4180, any line end."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator
from typing import BinaryIO

from keyhouse.tabular.encodings import open_text
from keyhouse.tabular.errors import TabularError
from keyhouse.tabular.sheet import Cells, Limits, Sheet

_DELIMITERS = "\t,;|"
_BY_ENDING = {"csv": ",", "tsv": "\t", "tab": "\t"}
_BY_TYPE = {"text/csv": ",", "text/tab-separated-values": "\t"}
_WHY = {
    "field larger than field limit": "a cell is longer than 131,072 characters; perhaps a quote is never closed",
    "unexpected end of data": "a quote is opened and never closed",
}


def read_delimited(file: BinaryIO, ending: str, content_type: str, limits: Limits) -> Sheet:
    """Read a text file. Raise TabularError, here or while the rows are read."""
    text, encoding = open_text(file)
    head = text.readline(1 << 16)
    expected = _BY_ENDING.get(ending) or _BY_TYPE.get(content_type)
    text, _ = open_text(file)
    return Sheet(_lines(text, delimiter_of(head, expected)), encoding, limits)


def delimiter_of(head: str, expected: str | None = None) -> str:
    """Give the delimiter of a header line: the one that the name promises if it is there, else the most frequent."""
    outside = "".join(head.split('"')[::2])
    if expected and expected in outside:
        return expected
    counts = {delimiter: outside.count(delimiter) for delimiter in _DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else expected or ","


def _lines(text: io.TextIOWrapper, delimiter: str) -> Generator[tuple[int, Cells]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    count = 0
    line = 1
    try:
        for cells in reader:
            yield line, cells
            count += 1
            line = reader.line_num + 1
    except csv.Error as error:
        raise TabularError(f"Row {count} (line {line}): {_reason(str(error), delimiter)}.", count or None) from None


def _reason(words: str, delimiter: str) -> str:
    known = next((why for start, why in _WHY.items() if words.startswith(start)), None)
    if known is None and "expected after" in words:
        name = "a tab" if delimiter == "\t" else repr(delimiter)
        return f"after a closing quote comes neither {name} nor the end of the line; double the quotes inside a cell"
    return known or f"the line cannot be read ({words})"
