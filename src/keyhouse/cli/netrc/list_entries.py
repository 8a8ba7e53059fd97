"""``keyhouse netrc list``: the entries of a netrc file, without their secrets."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.netrc.changing import opened
from keyhouse.cli.netrc.given_file import file_option

if TYPE_CHECKING:
    from keyhouse.netrc.entry import Entry


@click.command("list", cls=Command, examples=["keyhouse netrc list", "keyhouse netrc list --file /srv/netrc --json"])
@file_option
@json_option
def command(file: Path | None, as_json: bool) -> None:
    """List the entries of the netrc file; secrets as a length and a fingerprint.

    Equal fingerprints are equal secrets. The reading is the one that all clients share; what a single client makes of
    the file tells explain.
    """
    entries = opened(file).document.entries
    rows = [row_of(entry) for entry in entries]
    if not as_json:
        rows = [{**row, "secret": str(entry.password or "")} for row, entry in zip(rows, entries, strict=True)]
    listing.show(rows, as_json, "There are no entries.")


def row_of(entry: "Entry") -> dict[str, Any]:
    """Return an entry for programs, its secret masked."""
    secret = entry.password
    masked = None if secret is None else {"length": len(secret), "fingerprint": secret.fingerprint if secret else None}
    return {"line": entry.line, "machine": entry.machine, "login": entry.login, "secret": masked}
