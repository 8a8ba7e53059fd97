"""A finding of the doctor: what is wrong where, whom it bites and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from .choices import Choice, lookup
from .clients.catalogue import clients
from .document import Document


class Severity(IntEnum):
    """How much it matters."""

    NOTE = 1
    WARNING = 2
    ERROR = 3
    DANGER = 4
    """A secret goes where it should not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `repair` returns the document without it, for repairs that lose nothing; else None."""

    id: str
    severity: Severity
    line: int | None
    column: int | None
    what: str
    bites: str
    fix: str
    clients: tuple[str, ...] = ()
    repair: Callable[[Document], Document] | None = None


Lint = Callable[[Document], Iterator[Finding]]

ASKED = (
    "curl@7.68.0", "curl@8.7.1", "curl@8.14.1", "curl@8.21.0", "python@3.10.13", "python@3.13.0", "requests@2.34.2",
    "httpx@0.28.1", "uv@0.13.8", "wget@1.21.3", "git@2.39.5", "go@1.27.3", "labkey-java@6", "labkey-rs@0.4.1",
    "r@4+libcurl7.88.1", "jgit@4.11.9", "perl@3.14", "ruby@0.11.0", "npm-netrc@0.1.4", "heroku@3.1.6", "emacs@28.2",
)  # fmt: skip
"""The clients a finding is tried on: one of each way of reading."""

PROBE_LIMIT = 256 * 1024
"""Above this size findings are not tried on the clients, to keep the doctor fast."""


def ask(document: Document, machine: str) -> dict[str, Choice]:
    """Return what each of the asked clients sends to a machine with this file."""
    data = document.dump()
    if len(data) > PROBE_LIMIT or not machine or any(char in machine for char in " \t\r\n/?#@[]\\:"):
        return {}
    table = clients()
    url = f"https://{machine}/"
    return {name: lookup(url, table[name], data) for name in ASKED if table[name].kind != "ftp"}
