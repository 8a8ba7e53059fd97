"""Where clients differ, one sentence that says so and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from keyhouse.cli.netrc.asked import name_of
from keyhouse.cli.netrc.explanation import AFTER_401, Explained
from keyhouse.netrc.document import Document
from keyhouse.netrc.lexer import Kind

if TYPE_CHECKING:
    from keyhouse.netrc.entry import Entry
    from keyhouse.netrc.findings import Finding
    from keyhouse.netrc.url import Url

_NAMED_AT_MOST = 8


@dataclass(frozen=True)
class Reasons:
    """The file in the toolkit's own reading: what stands in the lines that the clients chose, and what is odd there."""

    document: Document
    url: "Url"

    @cached_property
    def findings(self) -> "tuple[Finding, ...]":
        """What the doctor finds in the content, the worst first."""
        from keyhouse.netrc.lints import examine

        return examine(self.document)

    def place(self, line: int, column: int) -> str:
        """Write a place as line:column of the word `machine`; some clients count from the name behind it."""
        offset = self._offset(line, column)
        if offset is not None and offset in self._by_name:
            entry = self._by_name[offset]
            return f"{entry.line}:{entry.column}"
        return f"{line}:{column}"

    def _offset(self, line: int, column: int) -> int | None:
        starts = self.document.line_starts
        return starts[line - 1] + column - 1 if 0 < line <= len(starts) else None

    @cached_property
    def _by_name(self) -> "dict[int, Entry]":
        return {token.start: entry for entry in self.document.entries if (token := entry.name_token) is not None}

    def kind_at(self, line: int) -> Kind | None:
        """Return whether a line is a comment or within a macro."""
        for token in (*self.document.comments, *self.document.macro_bodies):
            first = self.document.position(token.start)[0]
            if first <= line <= first + token.raw.count(b"\n"):
                return token.kind
        return None

    def is_default(self, line: int) -> bool:
        """Tell whether a `default` entry begins in this line."""
        return any(entry.is_default and entry.line == line for entry in self.document.entries)

    def lines_of_machine(self) -> list[int]:
        """Return the lines of the entries that are for the URL's host."""
        return [entry.line for entry in self.document.entries if entry.machine.lower() == self.url.host.lower()]


def groups_of(explained: Sequence[Explained]) -> list[list[Explained]]:
    """Put clients together that name the same login with the same secret, or fail."""
    groups: dict[tuple[object, ...], list[Explained]] = {}
    for one in explained:
        groups.setdefault(one.what, []).append(one)
    return list(groups.values())


def sentences(explained: Sequence[Explained], reasons: Reasons) -> list[str]:
    """Say in whole sentences who sends what, and where they differ, why."""
    groups = groups_of(explained)
    told = [_agreed(groups[0], reasons)] if len(groups) == 1 else _told(groups, reasons)
    late = [one for one in explained if one.sent == AFTER_401]
    if late:
        told.append(
            f"{names(late)} {_s('send', late)} nothing unless the server answers 401 and asks for Basic: "
            "a server that lets guests in never gets the login from there."
        )
    return told


def _agreed(group: Sequence[Explained], reasons: Reasons) -> str:
    is_one = len(group) == 1
    if group[0].choice.sends or group[0].choice.error:
        return f"{names(group) if is_one else f'All {len(group)} clients'} {_deed(group)}."
    who = f"{names(group)} sends nothing" if is_one else "No client sends anything"
    return f"{who}, because {_why_nothing(group[0], reasons)}."


def _told(groups: Sequence[Sequence[Explained]], reasons: Reasons) -> list[str]:
    first = groups[0]
    does_something = first[0].choice.sends or first[0].choice.error
    because = "" if does_something else f", because {_why_nothing(first[0], reasons)}"
    told = [f"{names(first)} {_deed(first)}{because}."]
    for group in groups[1:]:
        told.append(f"{names(group)} {_deed(group)}{_because(first[0], group[0], reasons)}.")
    return told


def names(group: Sequence[Explained]) -> str:
    """Write the names of clients as a list in a sentence; many versions of one client are counted."""
    titles = [
        f"{name} {found[0]}" if len(found) == 1 else f"{name} ({len(found)} versions)"
        for name, found in _families(group).items()
    ]
    if len(titles) > _NAMED_AT_MOST:
        titles = [*titles[: _NAMED_AT_MOST - 1], f"{len(titles) - _NAMED_AT_MOST + 1} more"]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def versions(group: Sequence[Explained]) -> str:
    """Write the names of clients as a heading: every version of one client behind its name."""
    return "; ".join(f"{name} {', '.join(found)}" for name, found in _families(group).items())


def _families(group: Sequence[Explained]) -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for one in group:
        name = name_of(one.client)
        families.setdefault(name, []).append(one.title.removeprefix(f"{name} "))
    return families


def _s(verb: str, group: Sequence[Explained]) -> str:
    return verb if len(group) > 1 else f"{verb}s"


def _deed(group: Sequence[Explained]) -> str:
    choice = group[0].choice
    if choice.error:
        return f"{_s('stop', group)} with an error"
    if choice.secret is None:
        return f"{_s('send', group)} nothing"
    lines = {one.choice.line for one in group}
    place = f" from line {choice.line}" if choice.line is not None and len(lines) == 1 else ""
    secret = f"a secret ({choice.secret})" if choice.secret else "an empty secret"
    return f"{_s('send', group)} {choice.login or 'an empty login'} with {secret}{place}"


def _because(one: Explained, other: Explained, reasons: Reasons) -> str:
    for rule in _RULES:
        reason = rule(one, other, reasons)
        if reason:
            return f", because {reason}"
    return ""


def _why_nothing(one: Explained, reasons: Reasons) -> str:
    reason = _reads_none(one, one, reasons) or _other_file(one, one, reasons) or _refused(one, one, reasons)
    if reason:
        return reason
    if reasons.lines_of_machine():
        return _odd_file(one, one, reasons) or one.choice.why
    named = list(dict.fromkeys(entry.machine for entry in reasons.document.entries if not entry.is_default))
    odd = _odd_name(reasons)
    if odd:
        return odd
    return f"no entry is for {reasons.url.host}; the file has {', '.join(named[:5]) or 'no entry at all'}" + (
        f" and {len(named) - 5} more" if len(named) > 5 else ""
    )


def _odd_name(reasons: Reasons) -> str:
    for finding in reasons.findings:
        if finding.id.startswith("machine-") and finding.fix.endswith(f" {reasons.url.host.lower()}"):
            return f"in line {finding.line} {finding.what}: {finding.bites}"
    return ""


def _reads_none(one: Explained, other: Explained, reasons: Reasons) -> str:
    return "" if other.reads_netrc else "nothing is taken from a netrc file there, whatever it says"


def _other_file(one: Explained, other: Explained, reasons: Reasons) -> str:
    if one is not other and one.file == other.file:
        return ""
    if other.file is None or other.permission.why == "there is no file":
        where = other.file or " or ".join(other.tried)
        return f"there is no {where} ({other.file_why})" if where else other.file_why or "it looks for no file"
    return "" if one is other else f"it reads {other.file} ({other.file_why})"


def _refused(one: Explained, other: Explained, reasons: Reasons) -> str:
    if other.permission.accepts or other.choice.sends:
        return ""
    return f"of the file's permissions: {other.permission.why}"


def _error(one: Explained, other: Explained, reasons: Reasons) -> str:
    for bad in (other, one):
        words = bad.choice.error or "; ".join(bad.choice.warnings)
        if words:
            finding = next((f for f in reasons.findings if f.id in _FATAL), None)
            place = f" ({f'line {finding.line}: ' if finding.line else ''}{finding.what})" if finding else ""
            return f"{bad.title} says: {words}{place}"
    return ""


def _hidden_entry(one: Explained, other: Explained, reasons: Reasons) -> str:
    for bad in (other, one):
        line = bad.choice.line
        kind = None if line is None else reasons.kind_at(line)
        if kind is Kind.COMMENT:
            return f"line {line} is commented out and {bad.title} reads it all the same"
        if kind is Kind.MACRO:
            return f"line {line} is part of a macro and {bad.title} reads it as an entry"
    return ""


def _default(one: Explained, other: Explained, reasons: Reasons) -> str:
    for bad in (other, one):
        line = bad.choice.line
        if line is not None and line != (other if bad is one else one).choice.line and reasons.is_default(line):
            return f"{bad.title} takes default in line {line}"
    return ""


def _which_entry(one: Explained, other: Explained, reasons: Reasons) -> str:
    mine, theirs = one.choice.line, other.choice.line
    lines = reasons.lines_of_machine()
    if mine is None or theirs is None or mine == theirs or len(lines) < 2:
        return ""
    rule = {min(lines): "the first", max(lines): "the last"}
    places = f"lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}"
    picks = f"{one.title} takes {rule.get(mine, f'line {mine}')}, {other.title} {rule.get(theirs, f'line {theirs}')}"
    return f"{reasons.url.host} stands in {places}: {picks}"


def _user_of_url(one: Explained, other: Explained, reasons: Reasons) -> str:
    if reasons.url.user is None:
        return ""
    return "the URL names a user, and clients disagree on whether it or the file counts"


def _odd_name_for_one(one: Explained, other: Explained, reasons: Reasons) -> str:
    return "" if one.choice.sends and other.choice.sends else _odd_name(reasons)


def _odd_value(one: Explained, other: Explained, reasons: Reasons) -> str:
    """What stands in the entry itself: a quote, a backslash, a missing login."""
    chosen = {line for line in (one.choice.line, other.choice.line) if line is not None}
    starts = [entry.line for entry in reasons.document.entries]
    for finding in reasons.findings:
        if finding.line is None or not finding.id.startswith(("value-", "missing-", "order")):
            continue
        start = max((line for line in starts if line <= finding.line), default=0)
        if start in (chosen or reasons.lines_of_machine()):
            return f"in line {finding.line} {finding.what}: {finding.bites}"
    return ""


_FATAL = (
    "utf-16", "not-utf-8", "byte-order-mark", "comment-after-blank-line", "unknown-word", "keyword-capitals",
    "value-unterminated-quote", "macro-open", "carriage-return", "missing-password", "missing-login", "nul",
    "default-not-last", "line-long", "file-long", "no-break-space", "curly-quote", "comment",
)  # fmt: skip
"""Findings that can make a client lose entries that are not the one they stand in."""


def _odd_file(one: Explained, other: Explained, reasons: Reasons) -> str:
    for id_ in _FATAL:
        for finding in reasons.findings:
            if finding.id == id_:
                place = f"in line {finding.line} " if finding.line else ""
                return f"{place}{finding.what}: {finding.bites}"
    return ""


Rule = Callable[[Explained, Explained, Reasons], str]

_RULES: tuple[Rule, ...] = (
    _reads_none, _other_file, _refused, _hidden_entry, _error, _default, _which_entry, _user_of_url, _odd_name_for_one,
    _odd_value, _odd_file,
)  # fmt: skip
"""From the surest reason to the vaguest; the first that applies is told."""
