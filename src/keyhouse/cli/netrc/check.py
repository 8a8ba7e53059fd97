"""``keyhouse netrc check``: the doctor. What is wrong with a netrc file, whom it bites, and what to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import NotSo, Unusable, Wrong
from keyhouse.cli.netrc.examination import findings_of, row_of, show
from keyhouse.cli.netrc.given_file import file_option, file_or_usual
from keyhouse.cli.secret_input import confirm, is_terminal

if TYPE_CHECKING:
    from keyhouse.netrc.document import Document
    from keyhouse.netrc.findings import Finding

_MODE = "mode"


@click.command(
    "check",
    cls=Command,
    examples=[
        "keyhouse netrc check",
        "keyhouse netrc check /srv/jobs/netrc --json",
        "keyhouse netrc check --fix --dry-run",
        "keyhouse netrc check --fix --backup",
    ],
)
@click.argument("path", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--fix", is_flag=True, help="Mend what can be mended without losing anything, and show it first.")
@click.option("--dry-run", is_flag=True, help="With --fix: show what would change, and change nothing.")
@click.option("--yes", "is_sure", is_flag=True, help="With --fix: do not ask at a terminal before writing.")
@click.option("--backup", is_flag=True, help="With --fix: keep the old file beside, with .bak behind its name.")
@file_option
@json_option
def command(
    path: Path | None, fix: bool, dry_run: bool, is_sure: bool, backup: bool, file: Path | None, as_json: bool
) -> None:
    """Look for everything in and around a netrc file that makes a client send nothing, or the wrong thing.

    Every finding has an id that never changes its meaning. Exit with 1 where one of them is a warning or worse.
    Mended with --fix: permissions, scheme, port and capitals of machines, CR LF, the byte order mark, UTF-16, entries
    that stand there twice, and the empty line before a comment; all else stays as it is, byte for byte. The change is
    shown first, without secrets, and at a terminal you are asked.
    """
    if path is not None and file is not None:
        raise Wrong("Name the file once.")
    if (dry_run or backup or is_sure) and not fix:
        raise Wrong("--dry-run, --yes and --backup go with --fix.")
    named = path or file
    target = file_or_usual(named)
    examined = _examine(target, named is not None)
    fixed: list[str] = []
    if fix and examined.document is not None:
        if not as_json:
            _show_repair(examined.repair)
        if not dry_run and examined.repair.findings:
            if not as_json and is_terminal():
                confirm(f"Change {target} so?", is_sure)
            fixed = [finding.id for finding in examined.repair.findings]
            _apply(examined, backup)
        if not as_json:
            _tell_repair(examined, dry_run)
        if fixed:
            examined = _examine(target, named is not None)
    if as_json:
        rows = [{**row_of(one), "fixable": examined.repair.mends(one)} for one in examined.findings]
        listing.show_one({"file": str(target), "fixed": fixed, "findings": rows})
    _finish(examined, as_json)


@dataclass(frozen=True)
class _Repair:
    """What --fix would make of the file; `document` is None where there is no file to mend."""

    document: "Document | None" = None
    findings: "Sequence[Finding]" = ()
    diff: Sequence[str] = ()

    @cached_property
    def _places(self) -> "set[tuple[str, int | None, int | None]]":
        return {(one.id, one.line, one.column) for one in self.findings}

    def mends(self, finding: "Finding") -> bool:
        """Tell whether a finding would be gone."""
        return (finding.id, finding.line, finding.column) in self._places


@dataclass(frozen=True)
class _Examined:
    path: Path
    document: "Document | None"
    findings: "Sequence[Finding]"

    @cached_property
    def repair(self) -> _Repair:
        from keyhouse.cli.netrc.masking import masked_diff
        from keyhouse.cli.netrc.mending import mended

        if self.document is None:
            return _Repair()
        document, done = mended(self.document, self.findings)
        place = [finding for finding in self.findings if finding.id == _MODE]
        return _Repair(document, [*place, *done], masked_diff(self.document, document))


def _examine(path: Path, is_named: bool) -> _Examined:
    return _Examined(path, *findings_of(path, is_named))


def _show_repair(repair: _Repair) -> None:
    from keyhouse.cli.netrc.paint import paint

    for line in repair.diff:
        click.echo(paint(listing.printable(line), {"-": "red", "+": "green"}.get(line[:1], "")))
    if any(finding.id == _MODE for finding in repair.findings):
        click.echo("The file becomes readable for its owner only.")


def _tell_repair(examined: _Examined, dry_run: bool) -> None:
    repair = examined.repair
    counted = Counter(finding.id for finding in repair.findings)
    told = ", ".join(f"{id_}{f' ({count})' if count > 1 else ''}" for id_, count in counted.items())
    verb = "Would mend" if dry_run else "Mended"
    click.echo(f"{verb}: {told}." if told else "There is nothing that can be mended without you.")
    for finding in examined.findings:
        if finding.repair is not None and not repair.mends(finding):
            click.echo(f"Not mended: {finding.id} in line {finding.line}: {_why_not(finding)}.")
    click.echo()


def _why_not(finding: "Finding") -> str:
    if finding.affects:
        return "a client would then send something else, or the file is too long to try every client"
    return "another entry has that name and another login or secret, and clients would disagree which counts"


def _apply(examined: _Examined, backup: bool) -> None:
    from keyhouse.netrc.write import Refused, write

    repair = examined.repair
    if examined.document is None or repair.document is None or not repair.findings:
        return
    try:
        # Writing also takes the rights of others away.
        write(examined.path, repair.document, expected=examined.document.dump(), backup=backup)
    except Refused as error:
        raise Unusable(f"{error}.") from None


def _finish(examined: _Examined, as_json: bool) -> None:
    from keyhouse.netrc.findings import Severity

    if not as_json:
        for finding in examined.findings:
            show(finding, examined.path)
        if not examined.findings:
            click.echo(f"{examined.path}: every client reads it alike.")
    counted = Counter(one.severity.name.lower() for one in examined.findings if one.severity >= Severity.WARNING)
    if counted:
        told = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counted.items())
        advice = " Some can be mended with --fix." if examined.repair.findings else ""
        raise NotSo(f"{told} in {examined.path}.{advice}")
