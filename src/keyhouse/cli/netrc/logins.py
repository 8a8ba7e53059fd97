"""Which logins may be shown: a client that loses its way takes a password for a login, and that must stay hidden."""

import re
from functools import cached_property
from typing import TYPE_CHECKING

from keyhouse.netrc.document import Document, parse

if TYPE_CHECKING:
    from keyhouse.netrc.surroundings import Surroundings

_OF_CLIENTS = frozenset({"", "None", "(nil)", "anonymous"})
"""What clients send of their own accord."""
_ESCAPED = re.compile(r"\\(.)")


class Logins:
    """The words that stand behind `login` or `user` in the files that clients read, spelled as any client may."""

    def __init__(self, around: "Surroundings", user: str | None) -> None:
        self._around = around
        self._user = user
        self._of_file: dict[str | None, _Words] = {}

    def shown(self, login: str | None, path: str | None) -> str | None:
        """Return the login, or its size where the file does not have it as a login."""
        if login is None or login in _OF_CLIENTS or login == self._user:
            return login
        if path not in self._of_file:
            self._of_file[path] = _Words(self._read(path))
        return login if self._of_file[path].has(login) else f"({len(login)} characters that are no login of the file)"

    def _read(self, path: str | None) -> bytes:
        try:
            return b"" if path is None else self._around.read(path)
        except (OSError, ValueError):
            return b""


class _Words:
    """The logins of one file; those in comments and macros only when others do not suffice."""

    def __init__(self, data: bytes) -> None:
        self._document = parse(data)

    def has(self, login: str) -> bool:
        return login in self._as_it_stands or login in self._plain or login in self._hidden

    @cached_property
    def _as_it_stands(self) -> frozenset[str]:
        raws = (self._document.words[number] for one in self._document.entries for number in one.word_of("login"))
        return frozenset(raw.decode("utf-8", "replace") for raw in raws)

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(_logins(self._document))

    @cached_property
    def _hidden(self) -> frozenset[str]:
        bodies = (one.raw for one in (*self._document.comments, *self._document.macro_bodies))
        return frozenset(_logins(parse(b"\n".join(body.lstrip(b" \t#") for body in bodies))))


def _logins(document: Document) -> set[str]:
    found: set[str] = set()
    for entry in document.entries:
        for field, token in entry.values:
            if field == "login":
                for raw in (token.raw, token.value):
                    text = raw.decode("utf-8", "replace")
                    found |= {text, text.strip('"'), _ESCAPED.sub(r"\1", text), text.partition(",")[0]}
    return found
