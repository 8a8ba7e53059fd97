"""What is typed as the name of a person, in its one spelling: by it attempts are counted and directories asked."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 254


@dataclass(frozen=True)
class Typed:
    """What was typed: `login` whole, and `user` without the domain where that is one of our own."""

    login: str
    user: str


def canonical(login: str) -> str | None:
    """Return what was typed in its one spelling, or None where it can be no name.

    Directories think many spellings alike (RFC 4518: width, letter case, invisible characters, spaces). Were each
    taken for a name of its own, each would have a limit of attempts of its own.
    """
    name = " ".join(unicodedata.normalize("NFKC", login).split()).lower()
    if not name or len(name) > _LONGEST or any(unicodedata.category(letter).startswith("C") for letter in name):
        return None
    return name


def typed(login: str, domains: Iterable[str]) -> Typed | None:
    """Read what was typed; None where it can be no name."""
    name = canonical(login)
    if name is None:
        return None
    user, at, domain = name.rpartition("@")
    is_ours = bool(at and user) and domain in {each.strip().lower() for each in domains}
    return Typed(name, user if is_ours else name)
