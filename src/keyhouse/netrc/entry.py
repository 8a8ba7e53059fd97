"""One entry of a netrc file, as a view on the words of its document: nothing is copied before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .lexer import Token, meaning
from .secret import Secret

if TYPE_CHECKING:
    from .document import Document

FIELDS = {b"login": "login", b"user": "login", b"password": "password", b"account": "account"}
"""The field that each keyword sets."""


class Field(NamedTuple):
    """A keyword with its value, by index into the document's tokens."""

    name: str
    keyword: int
    value: int


class Entry:
    """One `machine` or `default`, and what belongs to it up to the next."""

    __slots__ = ("_behind", "_head", "_values", "document", "is_default")

    def __init__(
        self, document: Document, head: int, is_default: bool, values: tuple[tuple[str, int], ...], behind: int
    ) -> None:
        """Take word numbers: of the head, of each field's value, and of the first word behind the entry."""
        self.document, self.is_default = document, is_default
        self._head, self._values, self._behind = head, values, behind

    @property
    def head(self) -> int:
        """The index of `machine` or `default` in the document's tokens."""
        return self.document.places[self._head]

    @property
    def name(self) -> int | None:
        """The index of the machine's name in the document's tokens."""
        return None if self.is_default else self.document.places[self._head + 1]

    @property
    def fields(self) -> tuple[Field, ...]:
        places = self.document.places
        return tuple(Field(name, places[value - 1], places[value]) for name, value in self._values)

    @property
    def machine(self) -> str:
        """The machine, `default` for the entry without one."""
        return "default" if self.is_default else text_of(meaning(self.document.words[self._head + 1]))

    @property
    def login(self) -> str | None:
        return self._field("login")

    @property
    def account(self) -> str | None:
        return self._field("account")

    @property
    def password(self) -> Secret | None:
        value = self._value("password")
        return None if value is None else Secret(value)

    @property
    def start(self) -> int:
        """The offset of the entry's first byte."""
        return self.document.starts[self._head]

    @property
    def line(self) -> int:
        return self.document.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.document.position(self.start)[1]

    @property
    def raw_name(self) -> bytes | None:
        """The machine's name as it stands there."""
        return None if self.is_default else self.document.words[self._head + 1]

    @property
    def name_token(self) -> Token | None:
        """The token that holds the machine's name."""
        return None if self.is_default else self.document.word(self._head + 1)

    @property
    def values(self) -> Iterator[tuple[str, Token]]:
        """Each field's name with the token of its value, in file order."""
        return ((name, self.document.word(value)) for name, value in self._values)

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields' names in file order."""
        return tuple(name for name, _ in self._values)

    @property
    def raw_values(self) -> Iterator[bytes]:
        """Each value as it stands there."""
        return (self.document.words[value] for _, value in self._values)

    @property
    def last_word(self) -> int:
        """The number of the last word of the entry itself: its head, its name or a field's value."""
        return max([self._head if self.is_default else self._head + 1, *(value for _, value in self._values)])

    @property
    def dangling_word(self) -> int | None:
        """The number of a keyword that ends the file and so has no value."""
        last = len(self.document.words) - 1
        is_mine = self._behind > last > self.last_word
        return last if is_mine and self.document.words[last] in FIELDS else None

    def word_of(self, field: str) -> tuple[int, ...]:
        """Return the numbers of the words that are a field's values."""
        return tuple(value for name, value in self._values if name == field)

    def token(self, field: str) -> Token | None:
        """Return the token that holds a field's value; the last one counts."""
        numbers = self.word_of(field)
        return self.document.word(numbers[-1]) if numbers else None

    def _value(self, field: str) -> bytes | None:
        for name, value in reversed(self._values):
            if name == field:
                return meaning(self.document.words[value])
        return None

    def _field(self, name: str) -> str | None:
        value = self._value(name)
        return None if value is None else text_of(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and (self._head, self.document) == (other._head, other.document)

    def __hash__(self) -> int:
        return hash((self._head, self.document))

    def __repr__(self) -> str:
        return f"Entry({self.machine!r}, login={self.login!r}, password={self.password}, line {self.line})"


def text_of(value: bytes) -> str:
    """Return bytes of a file as text; what is no UTF-8 survives the way back."""
    return value.decode("utf-8", "surrogateescape")
