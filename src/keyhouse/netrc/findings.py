"""A finding of the doctor: what is wrong where, whom it bites and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from .choices import Choice, lookup
from .clients.catalogue import clients
from .document import Document, Edit


class Severity(IntEnum):
    """How much it matters."""

    NOTE = 1
    WARNING = 2
    ERROR = 3
    DANGER = 4
    """A secret goes where it should not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. What loses nothing can be mended: by `edit`, or where all of the file changes, by `rewrite`."""

    id: str
    severity: Severity
    line: int | None
    column: int | None
    what: str
    bites: str
    fix: str
    clients: tuple[str, ...] = ()
    rewrite: Callable[[Document], Document] | None = None
    edit: Edit | None = None
    affects: str = ""
    """The machine whose entries the edit may change: what clients choose for it is compared before and after."""

    @property
    def repair(self) -> Callable[[Document], Document] | None:
        """Return the safe repair, of the document that was examined; None where there is none."""
        edit = self.edit
        return self.rewrite if edit is None else lambda document: document.edited((edit,))


Lint = Callable[[Document], Iterator[Finding]]

ASKED = (
    "curl@7.68.0", "curl@8.7.1", "curl@8.14.1", "curl@8.21.0", "python@3.10.13", "python@3.13.0", "requests@2.34.2",
    "httpx@0.28.1", "uv@0.13.8", "wget@1.21.3", "git@2.39.5", "go@1.27.3", "labkey-java@6", "labkey-rs@0.4.1",
    "r@4+libcurl7.88.1", "jgit@4.11.9", "perl@3.14", "ruby@0.11.0", "npm-netrc@0.1.4", "heroku@3.1.6", "emacs@28.2",
)  # fmt: skip
"""The clients a finding is tried on: one of each way of reading."""

PROBE_LIMIT = 256 * 1024
"""Above this size findings are not tried on the clients, to keep the doctor fast."""
PROBE_WORK = 2 * 1024 * 1024
"""How many bytes all probes of one file may read together, each client once: some seconds."""
PROBES_AT_MOST = 100
"""How many machines the clients are asked about: each costs some milliseconds, however short the file."""


class Probes:
    """Ask each of the asked clients what it sends, within the limits."""

    def __init__(self, document: Document, other: Probes | None = None) -> None:
        """Share the limits of `other`."""
        self._data = document.dump()
        self._left: list[int] = [PROBES_AT_MOST, PROBE_WORK] if other is None else other._left
        self._answers: dict[str, dict[str, Choice]] = {}

    def ask(self, machine: str) -> dict[str, Choice] | None:
        """Return each client's choice; none for what is no host; None where the limits are reached."""
        if not machine or any(char in machine for char in " \t\r\n/?#@[]\\:"):
            return {}
        if machine not in self._answers:
            self._left[0] -= 1
            self._left[1] -= len(self._data)
            if len(self._data) > PROBE_LIMIT or min(self._left) < 0:
                return None
            table = clients()
            asked = (name for name in ASKED if table[name].kind != "ftp")
            self._answers[machine] = {name: lookup(f"https://{machine}/", table[name], self._data) for name in asked}
        return self._answers[machine]
