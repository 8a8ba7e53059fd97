"""A netrc file as a document: every byte kept, entries with positions, edits that touch only what they mean."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise

from .entry import FIELDS, Entry, text_of
from .lexer import Kind, Token, starts, tokens, words
from .secret import Secret

_HEADS = (b"machine", b"default", b"macdef")


Edit = tuple[int, int, bytes]
"""Where the bytes that go begin and end, and those that come."""


class Unwritable(ValueError):
    """A name or value no client could read back. The message never holds the value."""


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


class Document:
    """A parsed file. Immutable: an edit returns a new document, `dump()` its bytes."""

    __slots__ = ("_data", "_entries", "_lines", "_places", "_starts", "_tokens", "_words")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._tokens: tuple[Token, ...] | None = None
        self._places: list[int] | None = None
        self._words: list[bytes] | None = None
        self._starts: list[int] | None = None
        self._entries: tuple[Entry, ...] | None = None
        self._lines: list[int] | None = None

    def dump(self) -> bytes:
        """Return the file's bytes, those that were parsed where no edit touched them."""
        return self._data

    @property
    def tokens(self) -> tuple[Token, ...]:
        """All pieces of the file; joined they are its bytes. Cut when first asked for: entries do without."""
        if self._tokens is None:
            self._tokens = tuple(tokens(self._data))
        return self._tokens

    @property
    def words(self) -> list[bytes]:
        """The words as they stand there, without blanks, comments and the bodies of macros."""
        if self._words is None:
            self._words = words(self._data)
        return self._words

    @property
    def starts(self) -> list[int]:
        """The offset of each word: all that positions and edits need, at a fraction of the price of `tokens`."""
        if self._starts is None:
            self._starts = starts(self._data)
        return self._starts

    def word(self, number: int) -> Token:
        """Return a word with its offset."""
        return Token(Kind.WORD, self.words[number], self.starts[number])

    @property
    def comments(self) -> Iterator[Token]:
        """The comments, in file order."""
        if b"#" not in self._data:
            return iter(())
        return (token for token in self.tokens if token.kind is Kind.COMMENT)

    @property
    def macro_bodies(self) -> Iterator[Token]:
        """What stands behind the names of macros, in file order."""
        if b"macdef" not in self._data:
            return iter(())
        return (token for token in self.tokens if token.kind is Kind.MACRO)

    @property
    def places(self) -> list[int]:
        """The index of each word in `tokens`."""
        if self._places is None:
            self._places = [index for index, token in enumerate(self.tokens) if token.kind is Kind.WORD]
        return self._places

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries in file order, `default` included."""
        if self._entries is None:
            self._entries = tuple(_entries(self))
        return self._entries

    @property
    def macros(self) -> tuple[str, ...]:
        """The names of the macros, in file order."""
        if b"macdef" not in self._data:
            return ()
        return tuple(text_of(name.value) for name, body in pairwise(self.tokens) if body.kind is Kind.MACRO)

    def entries_of(self, machine: str) -> tuple[Entry, ...]:
        """Return the entries of a machine (`default` for the one without a name), exact spelling."""
        return tuple(entry for entry in self.entries if entry.machine == machine)

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of a byte. Lines end with LF."""
        starts = self.line_starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    @property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins."""
        if self._lines is None:
            self._lines = [0, *(match.end() for match in re.finditer(rb"\n", self._data))]
        return self._lines

    def set(self, machine: str, login: str, password: Secret | bytes | str, account: str | None = None) -> Document:
        """Give `machine` this login and password.

        An entry of the machine with that login is changed in place; else, when the machine has exactly one entry,
        that one; else a new line goes before `default`, or to the end. Raise Unwritable.
        """
        secret = password if isinstance(password, Secret) else Secret(password)
        mine = self.entries_of(machine)
        same = [entry for entry in mine if entry.login == login]
        target = same[0] if same else mine[0] if len(mine) == 1 else None
        if target is None:
            changed = self._with_new(machine, login, secret, account)
        else:
            fields = {"login": _bytes(login), "password": secret.reveal()}
            if account is not None:
                fields["account"] = _bytes(account)
            changed = self._with_fields(target, fields)
        if (login, secret) not in [(entry.login, entry.password) for entry in changed.entries_of(machine)]:
            raise Unwritable("the file breaks off in the middle of an entry: complete or delete that entry first")
        return changed

    def replace_secret(self, entry: Entry, password: Secret | bytes | str) -> Document:
        """Change the password of one entry and no other byte."""
        secret = password if isinstance(password, Secret) else Secret(password)
        return self._with_fields(entry, {"password": secret.reveal()})

    def rename(self, entry: Entry, machine: str) -> Document:
        """Change the machine of one entry and no other byte."""
        name = entry.name_token
        if name is None:
            raise Unwritable("the default entry has no name to change")
        return self.edited(((name.start, name.end, quoted(_bytes(machine))),))

    def remove(self, entry: Entry) -> Document:
        """Take one entry out, with the rest of its line when nothing else is on it."""
        return self.edited((self.removal(entry),))

    def removal(self, entry: Entry) -> Edit:
        """Return the edit that takes one entry out."""
        data = self._data
        start, end = entry.start, self.word(entry.last_word).end
        line_start = data.rfind(b"\n", 0, start) + 1
        line_end = data.find(b"\n", end) + 1 or len(data)
        alone = not data[line_start:start].removeprefix(b"\xef\xbb\xbf").strip() and not data[end:line_end].strip()
        if alone and not data[line_start:start].startswith(b"\xef\xbb\xbf"):
            return line_start, line_end, b""
        behind = line_end - len(data[end:line_end].lstrip(b" \t"))
        return start, behind, b""

    def edited(self, edits: Iterable[Edit]) -> Document:
        """Put other bytes in the place of some, all at once; what overlaps an edit before it is left out."""
        pieces: list[bytes] = []
        at = 0
        for start, end, new in sorted(edits):
            if start >= at:
                pieces += (self._data[at:start], new)
                at = end
        return parse(b"".join((*pieces, self._data[at:])))

    def _with_fields(self, entry: Entry, fields: dict[str, bytes]) -> Document:
        changes: dict[int, bytes] = {}
        missing: list[bytes] = []
        for name, value in fields.items():
            numbers = entry.word_of(name)
            for number in numbers:
                changes[number] = quoted(value)
            if not numbers:
                missing += [name.encode(), quoted(value)]
        dangling = entry.dangling_word
        if dangling is not None:
            changes[dangling] = b" ".join(missing)
        elif missing:
            anchor = entry.last_word
            changes[anchor] = b" ".join((changes.get(anchor, self.words[anchor]), *missing))
        words = ((self.word(number), raw) for number, raw in changes.items())
        return self.edited((word.start, word.end, raw) for word, raw in words)

    def _with_new(self, machine: str, login: str, secret: Secret, account: str | None) -> Document:
        words = [b"machine", quoted(_bytes(machine)), b"login", quoted(_bytes(login))]
        if account is not None:
            words += [b"account", quoted(_bytes(account))]
        line = b" ".join([*words, b"password", quoted(secret.reveal())])
        if machine == "default":
            line = line.replace(b"machine default", b"default", 1)
        newline = b"\r\n" if b"\r\n" in self.dump() else b"\n"
        default = next((entry for entry in self.entries if entry.is_default), None)
        data = self.dump()
        if default is None or machine == "default":
            return parse(_ended(data, newline) + line + newline)
        at = default.start
        before = data[:at]
        if before and not before.endswith((b"\n", b"\xef\xbb\xbf")):
            before += newline
        return parse(before + line + newline + data[at:])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.dump() == other.dump()

    def __hash__(self) -> int:
        return hash(self.dump())

    def __repr__(self) -> str:
        return f"Document({len(self.entries)} entries, {len(self._data)} bytes)"


def _ended(data: bytes, newline: bytes) -> bytes:
    """End the last line, and the macro that stands last, so that a new entry is read as one."""
    if data and not data.endswith(b"\n"):
        data += newline
    pieces = tokens(data) if b"macdef" in data else []
    if pieces and pieces[-1].kind is Kind.MACRO and not pieces[-1].raw.endswith((b"\n\n", b"\n\r\n")):
        data += newline
    return data


def _entries(document: Document) -> Iterator[Entry]:
    every, position = document.words, 0
    while position < len(every):
        word = every[position]
        if word == b"default" or (word == b"machine" and position + 1 < len(every)):
            entry = _entry(document, every, position)
            position = entry._behind
            yield entry
        else:
            position += 2 if word == b"macdef" else 1


def _entry(document: Document, every: list[bytes], head: int) -> Entry:
    is_default = every[head] == b"default"
    position, end = head + (1 if is_default else 2), len(every)
    values: list[tuple[str, int]] = []
    while position < end and (word := every[position]) not in _HEADS:
        position += 1
        if position < end and (field := FIELDS.get(word)) is not None:
            values.append((field, position))
            position += 1
    return Entry(document, head, is_default, tuple(values), position)


_NEEDS_QUOTES = frozenset(b' \t\v\f"\\#')


def quoted(value: bytes) -> bytes:
    """Spell a value so that quote-aware clients read it back. Raise Unwritable for line ends and NUL."""
    if not value:
        return b'""'
    if any(byte in value for byte in (b"\n", b"\r", b"\0")):
        raise Unwritable("a line end or a NUL byte cannot stand in a netrc file")
    if not _NEEDS_QUOTES.intersection(value):
        return value
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def parse(data: bytes) -> Document:
    """Parse bytes into a document. Never fails: what is no entry is kept as it is."""
    return Document(data)
