"""``keyhouse netrc remove``: take a machine's entry out of a netrc file."""

from pathlib import Path

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, yes_option
from keyhouse.cli.netrc.changing import backup_option, entries_of, opened, written
from keyhouse.cli.netrc.given_file import file_option
from keyhouse.cli.secret_input import confirm


@click.command(
    "remove",
    cls=Command,
    examples=["keyhouse netrc remove labkey.example.org", "keyhouse netrc remove labkey.example.org --login ada --yes"],
)
@click.argument("machine")
@click.option("--login", metavar="LOGIN", help="Only the entry with this login (default: all of the machine).")
@yes_option
@backup_option
@file_option
def command(machine: str, login: str | None, is_sure: bool, backup: bool, file: Path | None) -> None:
    """Take the entries of a machine out of the netrc file; comments and all other entries stay as they are.

    The key itself stays valid until it is revoked on its server. Exit with 1 where there is no such entry.
    """
    before = opened(file)
    found = entries_of(before, machine, login)
    name = listing.printable(machine)
    confirm(f"Remove {len(found)} entr{'y' if len(found) == 1 else 'ies'} for {name} from {before.path}?", is_sure)
    after = before.document.edited(before.document.removal(entry) for entry in found)
    written(before, after, [entry.machine for entry in found], backup)
    click.echo(f"Removed {len(found)} entr{'y' if len(found) == 1 else 'ies'} for {name} from {before.path}.")
    click.echo("Its key stays valid until you revoke it on the server.", err=True)
