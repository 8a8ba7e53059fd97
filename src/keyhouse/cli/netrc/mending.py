"""Mend a netrc file where that loses nothing: each repair is tried, and undone where it would make entries collide."""

from typing import TYPE_CHECKING

from keyhouse.netrc.findings import Finding, Severity
from keyhouse.netrc.lints import duplicates, examine

if TYPE_CHECKING:
    from keyhouse.netrc.document import Document

_ROUNDS = 5
_WHOLE_FILE = {"byte-order-mark", "carriage-return"}


def mended(document: "Document") -> tuple["Document", list[Finding]]:
    """Return the document with every safe repair made, and the findings that are gone by it."""
    done: list[Finding] = []
    for _ in range(_ROUNDS):
        changed, made = _round(document)
        if not made:
            break
        document, done = changed, done + made
    return document, done


def _round(document: "Document") -> tuple["Document", list[Finding]]:
    """Repair from the end of the file to its start, so that the places of earlier findings stay right."""
    made: list[Finding] = []
    found = [finding for finding in examine(document) if finding.repair is not None]
    found.sort(key=lambda one: (one.id not in _WHOLE_FILE, one.line or 0, one.column or 0), reverse=True)
    for finding in found:
        assert finding.repair is not None
        repaired = finding.repair(document)
        if repaired != document and _collisions(repaired) <= _collisions(document):
            document = repaired
            made.append(finding)
    return document, made


def _collisions(document: "Document") -> int:
    """Count the machines with two entries that differ: which of them counts, clients disagree on."""
    return sum(finding.severity is Severity.ERROR for finding in duplicates(document))
