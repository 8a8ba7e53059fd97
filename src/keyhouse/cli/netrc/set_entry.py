"""``keyhouse netrc set``: write an entry that every client reads alike, or say which one would not."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import Unusable, Wrong
from keyhouse.cli.netrc.changing import Opened, backup_option, bare_machine, opened, written
from keyhouse.cli.netrc.given_file import file_option
from keyhouse.cli.netrc.list_entries import row_of
from keyhouse.cli.netrc.secret_source import secret_from, secret_options

if TYPE_CHECKING:
    from keyhouse.cli.netrc.spelling import Spelling
    from keyhouse.netrc.clients.model import Client
    from keyhouse.netrc.document import Document
    from keyhouse.netrc.secret import Secret

_SAFE = "letters, digits and !$%&()*+-./:;<=>?@[]^_{|}~"


@click.command(
    "set",
    cls=Command,
    examples=[
        "keyhouse netrc set labkey.example.org --login apikey",
        "keyhouse netrc set labkey.example.org --login apikey --password-stdin < key.txt",
        "keyhouse netrc set labkey.example.org --login apikey --password-env LABKEY_KEY --backup",
        "keyhouse netrc set labkey.example.org --login ada@example.org --client curl@8.5 --client requests",
    ],
)
@click.argument("machine")
@click.option("--login", required=True, metavar="LOGIN", help="The user; for an API key it is the word apikey.")
@secret_options
@click.option(
    "--client",
    "-c",
    "specs",
    multiple=True,
    metavar="NAME[@VERSION]",
    help="Only these clients need to read it alike (default: all that are known).",
)
@backup_option
@file_option
@json_option
def command(
    machine: str,
    login: str,
    from_stdin: bool,
    from_fd: int | None,
    from_variable: str | None,
    specs: tuple[str, ...],
    backup: bool,
    file: Path | None,
    as_json: bool,
) -> None:
    """Write the login of a machine to the netrc file, in the spelling that all clients read alike.

    The entry of the machine is replaced; a new one goes before default. Nothing is written where a client would
    misread it: that client is named. The secret is asked for, or comes from one of the --password options. The file
    is replaced in one step and is readable for you only.
    """
    from keyhouse.cli.netrc.spelling import spelling_for
    from keyhouse.netrc.secret import Secret

    host = bare_machine(machine)
    readers = _readers(specs)
    before = opened(file, may_be_new=True)
    _no_rivals(before, host, login)
    secret = Secret(_encoded(secret_from(from_stdin, from_fd, from_variable)))
    spelling = spelling_for(readers, host, login, secret)
    if spelling.misread_by:
        raise Wrong(_refusal(spelling, host, login, secret))
    after = _with_entry(before.document, host, login, secret, spelling)
    written(before, after, [host], backup)
    _tell(before, after, host, login, as_json)
    _warn(readers, before.path, after, host, login, secret)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _readers(specs: Sequence[str]) -> "list[Client]":
    from keyhouse.cli.netrc.asked import client_of
    from keyhouse.cli.netrc.rereading import all_readers

    return [client_of(spec) for spec in specs] if specs else all_readers()


def _no_rivals(before: Opened, host: str, login: str) -> None:
    """Several entries for other users: a further one would be read by some clients and not by others."""
    others = [entry for entry in before.document.entries if entry.machine.lower() == host]
    if len(others) > 1 and all(entry.login != login for entry in others):
        raise Wrong(
            f"{before.path} has {len(others)} entries for {host} already, none with the login {login}: some clients "
            f"would take one of those. Remove them first: keyhouse netrc remove {host}"
        )


def _refusal(spelling: "Spelling", host: str, login: str, secret: "Secret") -> str:
    from keyhouse.cli.netrc.asked import title_of
    from keyhouse.cli.netrc.spelling import what_is_odd

    names = list(dict.fromkeys(title_of(client) for client in spelling.misread_by))
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    odd = "an IPv6 address is written with brackets for some, without for others" if ":" in host else ""
    return (
        f"Nothing was written: however it is spelled, this would be misread by {shown} "
        f"({odd or what_is_odd(login, secret)}). "
        f"Safe are {_SAFE}, at most 99 of them; or name the clients that you use with --client."
    )


def _with_entry(document: "Document", host: str, login: str, secret: "Secret", spelling: "Spelling") -> "Document":
    from keyhouse.cli.netrc.spelling import respelled
    from keyhouse.netrc.document import Unwritable

    for entry in document.entries:
        if entry.machine != host and entry.machine.lower() == host:
            document = document.rename(
                next(e for e in document.entries if e.line == entry.line and e.machine == entry.machine), host
            )
    try:
        document = document.set(host, login, secret)
    except Unwritable as error:
        raise Unusable(f"Nothing was written: {error}.") from None
    document = respelled(document, host, login, spelling)
    while len(same := [entry for entry in document.entries_of(host) if entry.login == login]) > 1:
        document = document.remove(same[-1])
    return document


def _tell(before: Opened, after: "Document", host: str, login: str, as_json: bool) -> None:
    entry = next(one for one in after.entries_of(host) if one.login == login)
    old = [one for one in before.document.entries if one.machine.lower() == host]
    if as_json:
        listing.show_one({"file": str(before.path), "replaced": bool(old), **row_of(entry)})
        return
    others = [one for one in old if one.login != login]
    instead = ""
    if old:
        instead = (
            f", instead of the login {others[0].login}" if others and len(old) == 1 else ", instead of the old one"
        )
    told = f"Wrote the login {login} for {host} to {before.path}:{entry.line}{instead}. Its secret: {entry.password}."
    click.echo(listing.printable(told))


def _warn(readers: "Sequence[Client]", path: Path, after: "Document", host: str, login: str, secret: "Secret") -> None:
    """Other things in the file may still keep a client from the entry."""
    from keyhouse.cli.netrc.asked import title_of
    from keyhouse.cli.netrc.rereading import misreaders_of

    names = [title_of(client) for client in misreaders_of(after, readers, host, login, secret)]
    if names:
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        verb = "does" if len(names) == 1 else "do"
        click.echo(
            f"Beware: {shown} {verb} not find it, for what else is in the file. See: keyhouse netrc check {path}",
            err=True,
        )
