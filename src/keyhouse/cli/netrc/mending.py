"""Mend a netrc file where that loses nothing: what would make entries collide, or change a choice, is left alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from keyhouse.netrc.findings import Finding, Probes
from keyhouse.netrc.lints import bare_name, examine

if TYPE_CHECKING:
    from keyhouse.netrc.choices import Choice
    from keyhouse.netrc.document import Document, Edit
    from keyhouse.netrc.entry import Entry

_ROUNDS = 5


def mended(document: "Document", findings: Iterable[Finding] | None = None) -> tuple["Document", list[Finding]]:
    """Return the document with every safe repair made, and the findings that are gone by it.

    `findings` are those of the document, where they are known already.
    """
    done: list[Finding] = []
    for _ in range(_ROUNDS):
        changed, made = _round(document, examine(document) if findings is None else findings)
        if not made:
            break
        document, done, findings = changed, done + made, None
    return document, done


def _round(document: "Document", findings: Iterable[Finding]) -> tuple["Document", list[Finding]]:
    """Rewrite the file as a whole first; its entries have other places afterwards, so they wait for the next round."""
    found = [finding for finding in findings if finding.repair is not None]
    whole = [finding for finding in found if finding.rewrite is not None]
    if whole:
        return _rewritten(document, whole)
    made = list(_undisturbing(document, found))
    return document.edited(finding.edit for finding in made if finding.edit is not None), made


def _rewritten(document: "Document", findings: Iterable[Finding]) -> tuple["Document", list[Finding]]:
    made = []
    for finding in findings:
        changed = document if finding.rewrite is None else finding.rewrite(document)
        if changed != document:
            document = changed
            made.append(finding)
    return document, made


def _undisturbing(document: "Document", findings: Iterable[Finding]) -> "Iterator[Finding]":
    """Yield the repairs after which every machine has the login that it had."""
    findings = list(findings)
    rivals = _rivals(document) if any(finding.id.startswith("machine-") for finding in findings) else set()
    merged = _mergeable(document, findings)
    for finding in findings:
        if finding.affects:
            if finding.affects in merged:
                yield finding
        elif not (finding.id.startswith("machine-") and _new_name(finding) in rivals):
            yield finding


def _new_name(finding: Finding) -> str:
    return finding.edit[2].decode("utf-8", "surrogateescape") if finding.edit is not None else ""


def _rivals(document: "Document") -> set[str]:
    """Return the machines that would have two entries that differ: which of them counts, clients disagree on."""
    entries: defaultdict[str, set[object]] = defaultdict(set)
    for entry in document.entries:
        entries[bare_name(entry.machine)].add(_said(entry))
    return {name for name, said in entries.items() if len(said) > 1}


def _said(entry: "Entry") -> object:
    return entry.login, entry.password, entry.account


def _mergeable(document: "Document", findings: Iterable[Finding]) -> set[str]:
    """Return the machines to which each client sends the same without the duplicates, as far as time allows."""
    edits: defaultdict[str, list[Edit]] = defaultdict(list)
    for finding in findings:
        if finding.affects and finding.edit is not None:
            edits[finding.affects].append(finding.edit)
    before = Probes(document)
    return {machine for machine, mine in edits.items() if _is_alike(document, machine, mine, before)}


def _is_alike(document: "Document", machine: str, edits: "Iterable[Edit]", before: Probes) -> bool:
    was = before.ask(machine)
    becomes = Probes(document.edited(edits), before).ask(machine) if was else None
    if not was or not becomes:
        return False
    return all(_sent(becomes[name]) == _sent(choice) for name, choice in was.items())


def _sent(choice: "Choice") -> object:
    return choice.login, choice.secret, choice.error
