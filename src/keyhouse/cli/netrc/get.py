"""``keyhouse netrc get``: one entry of a netrc file; its secret only on request."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import NotSo
from keyhouse.cli.netrc.changing import entries_of, opened
from keyhouse.cli.netrc.given_file import file_option
from keyhouse.cli.netrc.list_entries import row_of

if TYPE_CHECKING:
    from keyhouse.netrc.entry import Entry


@click.command(
    "get",
    cls=Command,
    examples=[
        "keyhouse netrc get labkey.example.org",
        "keyhouse netrc get labkey.example.org --login apikey --json",
        "keyhouse netrc get labkey.example.org --show-secret | wc -c",
    ],
)
@click.argument("machine")
@click.option("--login", metavar="LOGIN", help="The entry with this login (default: the first, as curl and R take it).")
@click.option("--show-secret", is_flag=True, help="Print the secret itself to standard output, and nothing else.")
@file_option
@json_option
def command(machine: str, login: str | None, show_secret: bool, file: Path | None, as_json: bool) -> None:
    """Print the login of a machine, and its secret as a length and a fingerprint.

    Exit with 1 where the file has no entry for MACHINE. With --show-secret beware of what records your terminal.
    """
    before = opened(file)
    entries = entries_of(before, machine, login)
    entry = entries[0]
    if len(entries) > 1:
        click.echo(f"Beware: {listing.printable(machine)} has {len(entries)} entries; this is the first.", err=True)
    if as_json:
        extra = {"password": _secret(entry)} if show_secret else {}
        listing.show_one({"file": str(before.path), **row_of(entry), **extra})
    elif show_secret:
        click.echo(_secret(entry))
    else:
        secret = str(entry.password) if entry.password is not None else "none"
        click.echo(f"machine  {listing.printable(entry.machine)}")
        click.echo(f"login    {listing.printable(entry.login or '')}")
        click.echo(f"secret   {secret}")
        click.echo(f"place    {before.path}:{entry.line}:{entry.column}")


def _secret(entry: "Entry") -> str:
    if entry.password is None:
        raise NotSo(f"The entry for {listing.printable(entry.machine)} in line {entry.line} has no password.")
    return entry.password.reveal().decode("utf-8", "replace")
