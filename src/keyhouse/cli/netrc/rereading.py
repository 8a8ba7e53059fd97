"""Read a changed file again with every dialect, before it is written."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from keyhouse.cli.netrc.asked import MAIN, client_of, title_of
from keyhouse.netrc.choices import lookup
from keyhouse.netrc.clients.catalogue import clients
from keyhouse.netrc.document import parse
from keyhouse.netrc.findings import ASKED

if TYPE_CHECKING:
    from keyhouse.netrc.clients.model import Client
    from keyhouse.netrc.document import Document
    from keyhouse.netrc.secret import Secret

_READ_WHOLE = 64 * 1024
_AROUND = 8 * 1024
"""Of a longer file only so many bytes on both sides of a change are read again: each client reads many times."""
_NEIGHBOURS = 4
"""How many machines before and behind a change are read again: a dialect that loses its way does so at once."""


def all_readers() -> list["Client"]:
    """Return the clients that take a login from a netrc file at all."""
    plain = b"machine probe.example login a password b\n"
    return [client for client in clients().values() if lookup("https://probe.example/", client, plain).sends]


def misreaders_of(
    document: "Document", readers: Sequence["Client"], machine: str, login: str, secret: "Secret"
) -> list["Client"]:
    """Return those who do not find a login in a document; a long one only the main clients read to its end.

    All others of a long document are asked about what stands around the entry.
    """
    if len(document.dump()) <= _READ_WHOLE:
        return misreaders(readers, document.dump(), machine, login, secret)
    few = len(readers) <= len(MAIN)
    whole = misreaders(readers if few else [client_of(name) for name in MAIN], document.dump(), machine, login, secret)
    entry = next((one for one in document.entries_of(machine) if one.login == login), None)
    if few or entry is None:
        return whole
    part = misreaders(_typical(), _around(document, entry.start).dump(), machine, login, secret)
    return [*whole, *(client for client in part if client not in whole)]


def misreaders(readers: Sequence["Client"], data: bytes, machine: str, login: str, secret: "Secret") -> list["Client"]:
    """Return those that do not find exactly this login and secret for a machine."""
    url = f"https://[{machine}]/" if ":" in machine else f"https://{machine}/"
    found: list[Client] = []
    for client in readers:
        choice = lookup(url, client, data)
        if choice.error or (choice.login, choice.secret) != (login, secret):
            found.append(client)
    return found


def disturbed(before: "Document", after: "Document", changed: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield other machines near the change, each with a client that would read its entry in another way."""
    for old, new in _parts(before, after):
        for other in _neighbours(old, new, changed):
            for client in _typical():
                was, becomes = (lookup(f"https://{other}/", client, document.dump()) for document in (old, new))
                if was.sends and (was.login, was.secret) != (becomes.login, becomes.secret):
                    yield other, title_of(client)


def _typical() -> list["Client"]:
    """Return one client of each way of reading."""
    table = clients()
    return [table[name] for name in ASKED]


def _parts(before: "Document", after: "Document") -> "Iterator[tuple[Document, Document]]":
    """Yield the two files, or of long ones what stands around the first and the last byte that differ."""
    old, new = before.dump(), after.dump()
    if max(len(old), len(new)) <= _READ_WHOLE:
        yield before, after
        return
    same = _same_bytes(old, new)
    yield _around(before, same), _around(after, same)
    ending = _same_bytes(old[::-1], new[::-1])
    yield _around(before, len(old) - ending), _around(after, len(new) - ending)


def _same_bytes(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts have in common at the start, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _around(document: "Document", place: int) -> "Document":
    """Return the entries around a place, beginning and ending where an entry begins."""
    starts = [entry.start for entry in document.entries]
    data = document.dump()
    first = max((start for start in starts if start <= place - _AROUND), default=0)
    last = min((start for start in starts if start >= place + _AROUND), default=len(data))
    return parse(data[first:last])


def _neighbours(before: "Document", after: "Document", changed: Collection[str]) -> list[str]:
    entries = before.entries
    names = {name.lower() for name in changed}
    kept = {entry.machine for entry in after.entries}
    places = [place for place, entry in enumerate(entries) if entry.machine.lower() in names] or [len(entries)]
    near = [entries[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS + 1] for place in (places[0], places[-1])]
    found = dict.fromkeys(entry.machine for part in near for entry in part)
    return [name for name in found if name.lower() not in names and name in kept and _is_host(name)]


def _is_host(name: str) -> bool:
    return bool(name) and name != "default" and all(one.isalnum() or one in ".-_" for one in name)
