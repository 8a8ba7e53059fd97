"""``keyhouse netrc import``: merge another netrc file into yours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import Unusable
from keyhouse.cli.netrc.changing import backup_option, opened, written
from keyhouse.cli.netrc.given_file import document_of, file_option

if TYPE_CHECKING:
    from keyhouse.netrc.document import Document
    from keyhouse.netrc.entry import Entry


@click.command(
    "import",
    cls=Command,
    examples=["keyhouse netrc import ~/Downloads/netrc", "keyhouse netrc import old/_netrc --dry-run"],
)
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@backup_option
@file_option
@json_option
def command(source: Path, dry_run: bool, backup: bool, file: Path | None, as_json: bool) -> None:
    """Take the entries of another netrc FILE over into yours, and say what each of them did.

    An entry with the same machine and login is replaced, and so is the only entry of a machine; all else stays as it
    is. The first of two entries counts, as in curl. Not taken over: default, macros, and entries that lack a login or
    a password.
    """
    imported = document_of(source)
    before = opened(file, may_be_new=True)
    after, steps = _merged(before.document, imported)
    if after != before.document and not dry_run:
        written(before, after, [step.machine for step in steps], backup)
    rows = [{"machine": step.machine, "login": step.login, "result": step.result} for step in steps]
    listing.show(rows, as_json, f"{source} has no entries.")
    if not as_json:
        changed = sum(step.is_change for step in steps)
        verb = "would change" if dry_run else "changed"
        click.echo(f"{changed} entr{'y' if changed == 1 else 'ies'} {verb} in {before.path}.", err=True)


@dataclass(frozen=True)
class _Step:
    machine: str
    login: str
    result: str
    is_change: bool = False


def _merged(document: "Document", imported: "Document") -> "tuple[Document, list[_Step]]":
    steps: list[_Step] = []
    new: list[Entry] = []
    seen: set[str] = set()
    mine = {entry.machine for entry in document.entries}
    for entry in imported.entries:
        obstacle = _obstacle(entry, seen)
        seen.add(entry.machine)
        if obstacle:
            steps.append(_Step(entry.machine, entry.login or "", obstacle))
        elif entry.machine in mine:
            document, step = _replaced(document, entry)
            steps.append(step)
        else:
            new.append(entry)
            steps.append(_Step(entry.machine, entry.login or "", "added", is_change=True))
    return _with_new(document, new), steps


def _obstacle(entry: "Entry", seen: set[str]) -> str:
    if entry.is_default:
        return "left out: it would go to every server"
    if not entry.login or not entry.password:
        return f"left out: it lacks a {'password' if entry.login else 'login'}"
    return "left out: the first entry of a machine counts" if entry.machine in seen else ""


def _replaced(document: "Document", entry: "Entry") -> "tuple[Document, _Step]":
    assert entry.login is not None and entry.password is not None
    mine = document.entries_of(entry.machine)
    same = [one for one in mine if one.login == entry.login]
    if same and same[0].password == entry.password:
        return document, _Step(entry.machine, entry.login, "the same already")
    old = same[0] if same else mine[0] if len(mine) == 1 else None
    result = f"replaced the login {old.login} of line {old.line}" if old else "added"
    return _set(document, entry), _Step(entry.machine, entry.login, result, is_change=True)


def _with_new(document: "Document", entries: "Sequence[Entry]") -> "Document":
    """Put all new entries where the document wants one, in one go: one at a time takes the square of the time."""
    from keyhouse.netrc.document import parse

    if not entries:
        return document
    placed = _set(document, entries[0])
    first = placed.entries_of(entries[0].machine)[0]
    lines = b"".join(_set(parse(b""), entry).dump() for entry in entries[1:])
    data = placed.dump()
    start = first.start
    end = data.index(b"\n", start) + 1
    return parse(data[:end] + lines + data[end:])


def _set(document: "Document", entry: "Entry") -> "Document":
    from keyhouse.netrc.document import Unwritable

    assert entry.login is not None and entry.password is not None
    try:
        return document.set(entry.machine, entry.login, entry.password, entry.account)
    except Unwritable as error:
        raise Unusable(f"Nothing was written. Your own file: {error}.") from None
