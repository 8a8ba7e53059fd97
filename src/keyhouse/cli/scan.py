"""``keyhouse scan``: find leaked keys, offline and without the site."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import NotSo, Unusable
from keyhouse.cli.leaks import Leak, files_below, leaks_in

_STANDARD_INPUT = Path("-")


@click.command(
    "scan",
    cls=Command,
    examples=["keyhouse scan .", "keyhouse scan ~/notebooks script.R --json", "git log -p --all | keyhouse scan -"],
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--binary", "with_binary", is_flag=True, help="Search files that are no text, too.")
@json_option
def command(paths: tuple[Path, ...], with_binary: bool, as_json: bool) -> None:
    """Search files and folders for API keys and session keys of Keyhouse.

    A hit is certain: its checksum is right. The key itself is not printed, only its public id, by which it is revoked.
    Exit with 1 where a key was found. Links to folders are not followed; - is standard input.
    """
    leaks: list[Leak] = []
    unread: list[str] = []
    binaries = 0
    for path in (file for given in paths for file in _files(given)):
        try:
            found = _search(path, with_binary)
        except OSError as error:
            unread.append(f"{path}: {error.strerror}")
            continue
        binaries += found is None
        leaks += found or []
        if not as_json:
            _print(found or [])
    if as_json:
        rows = [
            {"file": str(leak.file), "line": leak.line, "column": leak.column, "kind": leak.kind, "id": leak.key_id}
            for leak in leaks
        ]
        listing.show(rows, as_json, "")
    _finish(leaks, unread, binaries)


def _files(given: Path) -> Iterator[Path]:
    return iter([given]) if given == _STANDARD_INPUT else files_below(given)


def _search(path: Path, with_binary: bool) -> list[Leak] | None:
    if path == _STANDARD_INPUT:
        return leaks_in(sys.stdin.buffer, Path("(standard input)"), True)
    stream: BinaryIO
    with path.open("rb") as stream:
        return leaks_in(stream, path, with_binary)


def _print(leaks: list[Leak]) -> None:
    for leak in leaks:
        click.echo(f"{listing.printable(str(leak.file))}:{leak.line}:{leak.column}: {leak.kind} {leak.key_id}")


def _finish(leaks: list[Leak], unread: list[str], binaries: int) -> None:
    for line in unread:
        click.echo(f"Not read: {listing.printable(line)}", err=True)
    if binaries:
        click.echo(f"{binaries} files are no text and were not searched; --binary searches them, too.", err=True)
    if leaks:
        ids = " ".join(sorted({leak.key_id for leak in leaks if leak.kind == "API key"}))
        advice = f" Revoke with: keyhouse key revoke {ids}" if ids else " Sign out to end session keys."
        raise NotSo(f"Found {len(leaks)} key{'' if len(leaks) == 1 else 's'}.{advice}")
    if unread:
        raise Unusable("Found no key, but not everything could be read.")
    click.echo("Found no key.", err=True)
