"""What every dialect yields: the entries it sees, where they stand, and how it fails.

A reader works on text in which its client's decoding has already happened. Clients written in C see
bytes; here each byte is one character (latin-1), so that one engine serves both kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One entry as one dialect reads it; `machine` None is `default`, `at` the offset of its first token."""

    machine: str | None
    login: str | None = None
    password: str | None = None
    account: str | None = None
    at: int = 0

    def __repr__(self) -> str:
        return f"Found(machine={self.machine!r}, login={self.login!r}, at={self.at})"


@dataclass(frozen=True, slots=True)
class Reading:
    """All entries of a file as one dialect reads it, in file order, with the failure that ended it if any."""

    entries: tuple[Found, ...] = ()
    error: str | None = None
    warnings: tuple[str, ...] = ()


Reader = Callable[[str], Reading]
"""Text, as decoded by the client, to a Reading. Must be total and take linear time."""

C_SPACE = " \t\n\v\f\r"
"""What isspace() says yes to in the C locale."""


class Malformed(Exception):
    """Stop reading: the client reports this message. Never holds a secret's value."""


_HARMLESS = frozenset(
    {"machine", "default", "login", "user", "username", "password", "passwd", "account", "macdef", "port", "protocol"}
    | {"method", "interactive", "host", "hostname", "path", "force", "#", "//", ";", ":", "="}
    | {"\ufeffmachine", "\xef\xbb\xbfmachine", '"machine"', "\ufeff", "\ufeff#"}
)


def shown(token: str) -> str:
    """Name a word in a message: words that cannot be a secret as they are, others by their length.

    Clients print the word they stumble over, and after a blank in a password that word is half the password.
    """
    return repr(token) if token.lower() in _HARMLESS or not token else f"({len(token)} characters)"


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a character."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1
