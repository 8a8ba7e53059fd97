"""``keyhouse netrc rename``: a server has moved to another name."""

from pathlib import Path

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command
from keyhouse.cli.failure import Wrong
from keyhouse.cli.netrc.changing import backup_option, bare_machine, entries_of, opened, written
from keyhouse.cli.netrc.given_file import file_option


@click.command("rename", cls=Command, examples=["keyhouse netrc rename old.example.org labkey.example.org"])
@click.argument("old")
@click.argument("new")
@backup_option
@file_option
def command(old: str, new: str, backup: bool, file: Path | None) -> None:
    """Give the entries of machine OLD the name NEW, and change no other byte of the netrc file.

    NEW must not have an entry yet. Exit with 1 where OLD has none.
    """
    name = bare_machine(new)
    before = opened(file)
    if old == "default":
        raise Wrong("The default entry is for every machine; it has no name.")
    found = entries_of(before, old, None)
    old, count = found[0].machine, sum(entry.machine == found[0].machine for entry in found)
    if old == name:
        raise Wrong("That is its name already.")
    if any(entry.machine != old and entry.machine.lower() == name for entry in before.document.entries):
        raise Wrong(f"{before.path} has an entry for {name} already. Remove one: keyhouse netrc remove {name}")
    after = before.document
    for _ in range(count):
        after = after.rename(after.entries_of(old)[0], name)
    written(before, after, [old, name], backup)
    click.echo(f"Renamed {listing.printable(old)} to {name} in {before.path}.")
