"""Run the doctor over a netrc file and its place, and show what it finds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.netrc.given_file import content_of, file_or_usual

if TYPE_CHECKING:
    from keyhouse.netrc.document import Document
    from keyhouse.netrc.findings import Finding

_COLOURS = {"danger": "red", "error": "red", "warning": "yellow", "note": "blue"}
_ABOUT_VARIABLES = ("variable-", "home-")
"""Variables lead clients to the usual file; a file that was named may be meant for elsewhere."""
_ABOUT_ONE_ENTRY = ("value-", "machine-", "missing-", "order", "duplicate")


def findings_of(path: Path, is_named: bool) -> "tuple[Document | None, Sequence[Finding]]":
    """Return the document, where there is a file, and all findings, the worst first."""
    from keyhouse.netrc.circumstances import examine_around
    from keyhouse.netrc.document import parse
    from keyhouse.netrc.lints import examine
    from keyhouse.netrc.surroundings import real

    around = real()
    place = [
        finding
        for finding in examine_around(str(path.absolute()), around)
        if not (is_named and finding.id.startswith(_ABOUT_VARIABLES))
    ]
    facts = around.facts(str(path))
    if facts is None or facts.kind != "file":
        return None, place
    document = parse(content_of(path))
    found = sorted([*place, *examine(document)], key=lambda one: (-one.severity, one.line or 0, one.column or 0))
    return document, found


def findings_for(host: str, file: Path | None) -> "list[Finding]":
    """Return what may keep clients from the entry of a host: all that is no note and not about another entry."""
    from keyhouse.netrc.findings import Severity

    document, found = findings_of(file_or_usual(file), file is not None)
    return [
        finding
        for finding in found
        if finding.severity > Severity.NOTE
        and (not finding.id.startswith(_ABOUT_ONE_ENTRY) or _is_about(host, finding.line, document))
    ]


def _is_about(host: str, line: int | None, document: "Document | None") -> bool:
    """Tell whether the entry around a line is for a host, be it with a scheme, a port or in capitals."""
    before = [] if document is None or line is None else [one for one in document.entries if one.line <= line]
    return bool(before) and host.lower() in before[-1].machine.lower()


def row_of(finding: "Finding") -> Mapping[str, Any]:
    """Return a finding for programs."""
    return {
        "id": finding.id,
        "severity": finding.severity.name.lower(),
        "line": finding.line,
        "column": finding.column,
        "what": finding.what,
        "bites": finding.bites,
        "clients": list(finding.clients),
        "fix": finding.fix,
    }


def show(finding: "Finding", path: Path, to_errors: bool = False) -> None:
    """Print a finding for people."""
    from keyhouse.cli.netrc.paint import paint

    severity = finding.severity.name.lower()
    place = listing.printable(str(path) if finding.line is None else f"{path}:{finding.line}:{finding.column}")
    heading = f"{severity:<8}"
    if not to_errors:
        heading = paint(heading, _COLOURS[severity])
    click.echo(f"{heading}{finding.id}  {place}", err=to_errors)
    for label, text in (("what", finding.what), ("bites", finding.bites), ("do", finding.fix)):
        click.echo(f"        {label + ':':<7}{listing.printable(text)}", err=to_errors)
