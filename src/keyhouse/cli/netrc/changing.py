"""Open a netrc file to change it, and write it back: checked in every dialect before, whole or not at all."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from keyhouse.cli import listing
from keyhouse.cli.failure import NotSo, Unusable, Wrong
from keyhouse.cli.netrc.given_file import content_of, file_or_usual

if TYPE_CHECKING:
    from keyhouse.netrc.document import Document
    from keyhouse.netrc.entry import Entry

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True)
class Opened:
    """A file as it was read; `is_new` where there is none yet."""

    path: Path
    document: "Document"
    is_new: bool = False


def opened(file: Path | None, may_be_new: bool = False) -> Opened:
    """Read the file that is to change."""
    from keyhouse.netrc.document import parse

    path = file_or_usual(file)
    try:
        return Opened(path, parse(content_of(path)))
    except NotSo:
        if not may_be_new:
            raise
        return Opened(path, parse(b""), is_new=True)


def written(before: Opened, after: "Document", changed: Collection[str], backup: bool) -> None:
    """Write the file, unless a client would then read the entry of a machine that is not `changed` in another way."""
    from keyhouse.cli.netrc.rereading import disturbed
    from keyhouse.netrc.write import Refused, write

    for other, client in disturbed(before.document, after, changed):
        raise Unusable(
            f"Nothing was written: {client} would then read the entry for {listing.printable(other)} in another way. "
            f"Mend the file first: keyhouse netrc check {before.path} --fix"
        )
    try:
        write(before.path, after, expected=before.document.dump(), backup=backup)
    except Refused as error:
        raise Unusable(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    _warn_of_folder(before.path)


def _warn_of_folder(path: Path) -> None:
    from keyhouse.netrc.circumstances import folder
    from keyhouse.netrc.surroundings import real

    for finding in folder(str(path.resolve()), real()):
        if finding.id == "folder-writable":
            click.echo(listing.printable(f"Beware: {finding.what}: {finding.bites}. Do: {finding.fix}"), err=True)


def backup_option(decorated: Decorated) -> Decorated:
    """Add ``--backup``."""
    text = "Keep the old file beside, with .bak behind its name: it holds the old secrets."
    return click.option("--backup", is_flag=True, help=text)(decorated)


def entries_of(before: Opened, machine: str, login: str | None) -> "list[Entry]":
    """Return the entries of a machine, of one login if that is named; NotSo where there is none.

    A name that stands there in other capitals is the same machine.
    """
    mine = before.document.entries_of(machine) or [
        entry for entry in before.document.entries if entry.machine.lower() == machine.lower()
    ]
    found = [entry for entry in mine if login is None or entry.login == login]
    if found:
        return found
    whose = f" with the login {login}" if login is not None else ""
    known = list(dict.fromkeys(entry.machine for entry in before.document.entries))[:10]
    there = f" It has: {listing.printable(', '.join(known))}." if known else " It has no entry at all."
    raise NotSo(f"{before.path} has no entry for {listing.printable(machine)}{whose}.{there}")


def bare_machine(text: str) -> str:
    """Return a machine's name as every client matches it: the host alone, in small letters."""
    from keyhouse.netrc.url import parse_url

    name = text.lower()
    if name == "default":
        raise Wrong("default would send this login to every server you ask. Name the machine.")
    try:
        host = parse_url(text).host.lower()
    except ValueError:
        host = ""
    if not host or not host.isprintable() or any(character in host for character in ' "\\#,'):
        raise Wrong("MACHINE is the name of a host, such as labkey.example.org.")
    if host != name:
        raise Wrong(f"MACHINE is the host alone, without scheme, port, user and path: {host}")
    return host
