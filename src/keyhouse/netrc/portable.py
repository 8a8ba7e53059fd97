"""A drop-in for the standard library's netrc.netrc that reads only what all clients read alike, and says so."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

from .document import Document, parse
from .entry import Entry
from .lexer import Kind
from .surroundings import real

Authenticators = tuple[str, str, str]


class NetrcParseError(Exception):
    """The file cannot be read the same way by all clients; `msg` never holds a value of the file."""

    def __init__(self, msg: str, filename: str | None = None, lineno: int | None = None) -> None:
        self.msg, self.filename, self.lineno = msg, filename, lineno
        super().__init__(msg)

    def __str__(self) -> str:
        line = "" if self.lineno is None else f", line {self.lineno}"
        return f"{self.msg} ({self.filename}{line})"


_ENTRY_WORDS = (b"machine", b"default", b"macdef", b"login", b"user", b"password", b"account")


class netrc:  # noqa: N801 - the name the standard library gave it
    """Drop-in for netrc.netrc: `hosts`, `macros`, `authenticators()`.

    Differences on purpose: the first entry of a machine wins as in curl, a comment never speaks, no secret is in
    the repr, and what clients read differently raises NetrcParseError instead of choosing a side.
    """

    def __init__(self, file: str | os.PathLike[str] | None = None) -> None:
        path = Path(file) if file is not None else Path(os.path.expanduser("~")) / ".netrc"  # noqa: PTH111
        self._read(parse(real().read(str(path))), str(path))

    @classmethod
    def from_bytes(cls, data: bytes) -> netrc:
        """Read bytes instead of a file."""
        self = cls.__new__(cls)
        self._read(parse(data), "<bytes>")
        return self

    def _read(self, document: Document, name: str) -> None:
        self.hosts: dict[str, Authenticators] = {}
        self.macros: dict[str, list[str]] = {}
        refuse_strangers(document, name)
        for entry in document.entries:
            self.hosts.setdefault(entry.machine, _authenticators(entry))
        if document.macros:
            self.macros = _macros(document)

    def authenticators(self, host: str) -> Authenticators | None:
        """Return (login, account, password) of a machine, else of `default`, else None."""
        return self.hosts.get(host) or self.hosts.get("default")

    def __repr__(self) -> str:
        return f"netrc({len(self.hosts)} machines, {len(self.macros)} macros)"


def _authenticators(entry: Entry) -> Authenticators:
    password = entry.password
    secret = password.reveal().decode("utf-8", "surrogateescape") if password is not None else ""
    return entry.login or "", entry.account or "", secret


def refuse_strangers(document: Document, name: str) -> None:
    """Raise for a word that is neither keyword nor value: clients skip it, stop at it or misread what follows."""
    expects_value = False
    for number, word in enumerate(document.words):
        if expects_value:
            expects_value = False
        elif word in _ENTRY_WORDS:
            expects_value = word != b"default"
        else:
            line = document.position(document.starts[number])[0]
            raise NetrcParseError("a word that is no keyword; clients disagree on what follows it", name, line)


def _macros(document: Document) -> dict[str, list[str]]:
    macros: dict[str, list[str]] = {}
    for before, token in pairwise(document.tokens):
        if token.kind is Kind.MACRO:
            body = token.raw.decode("utf-8", "replace").split("\n", 1)[-1]
            lines = [line for line in body.splitlines(keepends=True) if line.strip("\r\n")]
            macros[before.value.decode("utf-8", "replace")] = lines
    return macros
