"""How each libcurl takes lines from the file: fgets, and three versions of Curl_get_line.

The differences decide what a NUL byte or a very long line does to the entries after it.
"""

from __future__ import annotations

from collections.abc import Iterator

Line = tuple[str, int]


class FileTooBig(Exception):
    """The file does not fit libcurl's buffer, or one line of it does not."""


def _fgets(text: str, size: int) -> Iterator[Line]:
    start, length = 0, len(text)
    while start < length:
        newline = text.find("\n", start, start + size - 1)
        end = newline + 1 if newline >= 0 else min(start + size - 1, length)
        yield text[start:end], start
        start = end


def _c_string(chunk: str) -> str:
    nul = chunk.find("\0")
    return chunk if nul < 0 else chunk[:nul]


def chunks(text: str, size: int = 4096) -> Iterator[Line]:
    """Up to 7.85: what fgets returns is a line, however long the real one is."""
    for chunk, start in _fgets(text, size):
        yield _c_string(chunk), start


def whole_or_skipped(text: str, size: int = 4096) -> Iterator[Line]:
    """7.86 to 8.5: a line that does not fit is skipped; a NUL makes a line look cut, which skips the next one."""
    partial = False
    length = len(text)
    for chunk, start in _fgets(text, size):
        string = _c_string(chunk)
        if not string:
            return
        if string.endswith("\n"):
            if partial:
                partial = False
                continue
            yield string, start
        elif start + len(chunk) >= length and not chunk.endswith("\n"):
            yield string + "\n", start
        else:
            partial = True


def until_too_long(text: str, limit: int) -> Iterator[Line]:
    """8.6 to 8.12: a line that does not fit ends the file without a word; a NUL glues the next line on."""
    return _joined(text, limit, stop_silently=True, keeps_last=False)


def until_too_long_or_end(text: str, limit: int) -> Iterator[Line]:
    """8.13 to 8.16: the same, but what a NUL left over at the end of the file is a line."""
    return _joined(text, limit, stop_silently=True, keeps_last=True)


def complete(text: str, limit: int) -> Iterator[Line]:
    """8.17 on: a line that does not fit is an error. Raise FileTooBig for it."""
    return _joined(text, limit, stop_silently=False, keeps_last=True)


def _joined(text: str, limit: int, *, stop_silently: bool, keeps_last: bool) -> Iterator[Line]:
    parts: list[str] = []
    held, begin, length = 0, 0, len(text)
    for chunk, start in _fgets(text, 128):
        string = _c_string(chunk)
        if not string:
            return
        if not parts:
            begin = start
        parts.append(string)
        held += len(string)
        if held + 1 > limit:
            if stop_silently:
                return
            raise FileTooBig
        at_end = start + len(chunk) >= length and not chunk.endswith("\n")
        if string.endswith("\n") or at_end:
            yield "".join(parts) + ("" if string.endswith("\n") else "\n"), begin
            parts, held = [], 0
    if keeps_last and any(parts):
        yield "".join(parts) + "\n", begin
