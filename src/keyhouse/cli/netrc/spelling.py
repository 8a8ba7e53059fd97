"""How a login and a secret are spelled so that all selected clients read them alike, where that can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from keyhouse.cli.netrc.rereading import misreaders
from keyhouse.netrc.document import Document, Unwritable, parse, quoted
from keyhouse.netrc.secret import Secret

if TYPE_CHECKING:
    from keyhouse.netrc.clients.model import Client

_BLANK = frozenset(b" \t\r\n\v\f\0")
_ESCAPED = frozenset(b' \t"\\#')


@dataclass(frozen=True)
class Spelling:
    """The words to write, or the clients for which there are none."""

    login: bytes = b""
    secret: bytes = b""
    misread_by: "Sequence[Client]" = ()

    def __repr__(self) -> str:
        return f"Spelling(misread_by={len(self.misread_by)})"


def spelling_for(readers: Sequence["Client"], machine: str, login: str, secret: Secret) -> Spelling:
    """Return the first spelling that all readers understand; else the one that fewest misread."""
    best: Spelling | None = None
    for names, secrets in product(_spellings(login.encode()), _spellings(secret.reveal())):
        line = b" ".join([b"machine", machine.encode(), b"login", names, b"password", secrets]) + b"\n"
        tried = Spelling(names, secrets, misreaders(readers, line, machine, login, secret))
        if not tried.misread_by:
            return tried
        if best is None or len(tried.misread_by) < len(best.misread_by):
            best = tried
    return best or Spelling(misread_by=readers)


def _spellings(value: bytes) -> list[bytes]:
    found = [value] if value and not _BLANK.intersection(value) else []
    try:
        found.append(quoted(value) if quoted(value) != value else b'"' + value + b'"')
    except Unwritable:
        return []
    found.append(b"".join(b"\\%c" % byte if byte in _ESCAPED else b"%c" % byte for byte in value))
    return list(dict.fromkeys(found))


def respelled(document: Document, machine: str, login: str, spelling: Spelling) -> Document:
    """Give the entry's values this spelling, whatever the document's own choice was."""
    for field, raw in (("password", spelling.secret), ("login", spelling.login)):
        entry = next(one for one in document.entries_of(machine) if one.login == login)
        token = entry.token(field)
        if token is not None and token.raw != raw:
            data = document.dump()
            document = parse(data[: token.start] + raw + data[token.end :])
    return document


def what_is_odd(login: str, secret: Secret) -> str:
    """Name what clients read differently, by the doctor's own rules."""
    from keyhouse.netrc.lints import values

    try:
        line = b" ".join([b"machine x login", quoted(login.encode()), b"password", quoted(secret.reveal())])
    except Unwritable:
        return "there is a line end or a NUL byte"
    found = [finding.what for finding in values(parse(line)) if finding.id != "value-quoted"]
    return ", ".join(dict.fromkeys(found)) or "its characters"
