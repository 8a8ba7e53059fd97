"""Read a changed file again with every dialect, before it is written."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from keyhouse.cli.netrc.asked import title_of
from keyhouse.netrc.choices import lookup
from keyhouse.netrc.clients.catalogue import clients
from keyhouse.netrc.findings import ASKED, PROBE_LIMIT

if TYPE_CHECKING:
    from keyhouse.netrc.clients.model import Client
    from keyhouse.netrc.document import Document
    from keyhouse.netrc.secret import Secret

_NEIGHBOURS = 4
"""How many machines before and behind a change are read again: a dialect that loses its way does so at once."""


def all_readers() -> list["Client"]:
    """Return the clients that take a login from a netrc file at all."""
    plain = b"machine probe.example login a password b\n"
    return [client for client in clients().values() if lookup("https://probe.example/", client, plain).sends]


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
    old, new = before.dump(), after.dump()
    if len(old) > PROBE_LIMIT:
        return
    table = clients()
    for other in _neighbours(before, after, changed):
        for client in (table[name] for name in ASKED if name in table):
            was, becomes = (lookup(f"https://{other}/", client, data) for data in (old, new))
            if was.sends and (was.login, was.secret) != (becomes.login, becomes.secret):
                yield other, title_of(client)


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
