"""Find the text of keys in files of any size, with the place of each; the text itself is never kept."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from keyhouse.core.tokens import LENGTH, PATTERN, Token, TokenKind, parse

_BLOCK = 1 << 20
_SNIFFED = 8192
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Looking ahead consumes nothing, so a false hit cannot hide a key that begins inside it.
_KEY = re.compile(rf"(?=({PATTERN}))".encode("ascii"))
_KINDS = {TokenKind.API_KEY: "API key", TokenKind.SESSION_KEY: "session key"}


@dataclass(frozen=True)
class Leak:
    """One key in a file: where, of which kind, and its public id."""

    file: Path
    line: int
    column: int
    kind: str
    key_id: str


def leaks_in(stream: BinaryIO, name: Path, with_binary: bool) -> list[Leak] | None:
    """Return the keys in a stream, or None for one that is no text and was therefore not searched."""
    head = stream.read(_BLOCK)
    if head.startswith(_UTF16):
        text = (head + stream.read()).decode("utf-16", "replace")
        return list(_found(iter([text.encode()]), name))
    if b"\0" in head[:_SNIFFED] and not with_binary:
        return None
    return list(_found(_blocks(head, stream), name))


def files_below(path: Path) -> Iterator[Path]:
    """Walk a folder without following links, so that a loop of them cannot trap the walk; regular files only."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            # A pipe or a device would make the walk wait for ever.
            if stat.S_ISREG(file.lstat().st_mode):
                yield file


def _blocks(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    while head:
        yield head
        head = stream.read(_BLOCK)


def _found(blocks: Iterator[bytes], name: Path) -> Iterator[Leak]:
    line, column, kept = 1, 1, b""
    for block in blocks:
        window = kept + block
        # What begins in the last bytes may end in the next block: it is left for the next round.
        whole = max(len(window) - LENGTH + 1, 0)
        yield from _in_window(window, whole, line, column, name)
        line, column = _moved(line, column, window[:whole])
        kept = window[whole:]


def _in_window(window: bytes, whole: int, line: int, column: int, name: Path) -> Iterator[Leak]:
    seen = 0
    for hit in _KEY.finditer(window):
        if hit.start() >= whole:
            return
        token = parse(hit.group(1).decode("ascii"))
        if isinstance(token, Token) and token.kind in _KINDS:
            line, column = _moved(line, column, window[seen : hit.start()])
            seen = hit.start()
            yield Leak(name, line, column, _KINDS[token.kind], token.key_id)


def _moved(line: int, column: int, passed: bytes) -> tuple[int, int]:
    lines = passed.count(b"\n")
    if not lines:
        return line, column + len(passed)
    return line + lines, len(passed) - passed.rfind(b"\n")
