"""Write the tables of docs/reference/netrc.md from the code: `python -m keyhouse.netrc.reference PAGE DATA.json`.

The page keeps its own prose; what stands between `<!-- made: NAME -->` and `<!-- end -->` is made here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .agreement import EXPLAINED, Agreement, agreement, client_of
from .choices import Choice, families, lookup
from .choices import client as newest
from .clients.catalogue import clients
from .clients.model import Client
from .examples import FILES, findings
from .files import FileRule
from .findings import Finding

_RIGHTS = {
    "ignores": "takes any",
    "python": "refuses shared or foreign, for its default file",
    "always": "refuses shared or foreign",
    "aria2": "ignores shared, silently",
    "perl": "refuses shared or foreign",
    "ftp": "refuses shared",
    "git-helper": "skips shared or foreign, silently",
    "exact 0600": "wants exactly 0600",
}
_UNIX = ("wget2", "aria2", "cadaver", "lftp", "lftp-ftp", "inetutils-ftp", "tnftp", "tnftp-http", "emacs",
         "git-credential-netrc")  # fmt: skip
"""Programs of Unix: what they would do on Windows was not looked at."""
_MENDED_AS_WELL = ("mode",)
"""Repaired on the file itself, not in its content."""


def clients_table() -> Iterator[str]:
    """Yield one row for each client name, with its versions and when the newest one sends."""
    for name in families():
        versions = " · ".join(f"`{version}`" for version in _family(name))
        yield _row(f"`{name}`", versions, _when(newest(name)))


def _family(name: str) -> list[str]:
    """Return a client's versions, the oldest first."""
    found = [key.partition("@")[2] for key in clients() if key.partition("@")[0] == name]
    return sorted(found, key=lambda version: [int(part) for part in re.findall(r"\d+", version)[:3]])


def _when(client: Client) -> str:
    if client.kind == "library":
        return "hands it to the program"
    choice = _sends(client, b"machine h.test login a password b\n")
    if not choice.sends:
        return "never"
    if client.kind == "ftp":
        return "when it logs in"
    return "with the first request" if choice.preemptive else "after a 401 that asks for Basic"


def _sends(client: Client, data: bytes) -> Choice:
    """Ask a client for h.test in the way in which it looks at the file at all: lftp wants the user in the URL."""
    scheme = "ftp" if client.kind == "ftp" else "https"
    user = "a@" if client.name == "lftp" else ""
    return lookup(f"{scheme}://{user}h.test/", client, data)


_ONE = b"machine h.test login a password "
_PROBES: tuple[tuple[str, bytes], ...] = (
    ('`"b c"`', _ONE + b'"b c"\n'),
    ("`b\\c`", _ONE + b"b\\c\n"),
    ("`#b`", _ONE + b"#b\n"),
    ("`b#c`", _ONE + b"b#c\n"),
    ("two entries", _ONE + b"first\n" + _ONE + b"last\n"),
    ("only `default`", b"default login a password sent\n"),
    ("`# machine …` behind an empty line", b"machine i.test login a password b\n\n# " + _ONE + b"sent\n"),
)
"""What one password, one pair, or one file gives in each dialect."""


def dialects_table() -> Iterator[str]:
    """Yield one row for each way of reading, with the clients that share it and what they make of the same files."""
    shared: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for name in families():
        for version in _family(name):
            client = clients()[f"{name}@{version}"]
            if name != "hg":
                row = tuple(_outcome(_sends(client, data)) for _, data in _PROBES)
                shared.setdefault(row, {}).setdefault(name, []).append(version)
    for row, names in shared.items():
        yield _row(_named(names), *row)


def _outcome(choice: Choice) -> str:
    if choice.error:
        return "error"
    if choice.secret is None or (choice.login or "") != "a":
        return "nothing"
    return f"`{choice.secret.reveal().decode('latin-1')}`" if choice.secret else "empty"


def files_table() -> Iterator[str]:
    """Yield one row for each way of looking for the file, with the clients that share it."""
    shared: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for name in families():
        for version in _family(name):
            client = clients()[f"{name}@{version}"]
            if name != "hg":
                place = (*_places(client), _RIGHTS[client.permission])
                shared.setdefault(place, {}).setdefault(name, []).append(version)
    for row, names in shared.items():
        yield _row(_named(names), *row)


def _named(names: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"`{name}`{_runs(versions, _family(name))}" for name, versions in names.items())


def _runs(found: Sequence[str], family: Sequence[str]) -> str:
    """Name versions as runs of the family: `7.84.0 to 8.7.1 and 8.12.0`; nothing when they are all of it."""
    if len(found) == len(family):
        return ""
    runs: list[list[str]] = []
    for before, version in zip(["", *family], family, strict=False):
        if version in found:
            if not runs or runs[-1][-1] != before:
                runs.append([])
            runs[-1].append(version)
    return " " + " and ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _places(client: Client) -> tuple[str, str, str]:
    """Say where a client looks on Unix, on Windows, and what NETRC does."""
    rule = client.files
    unix = f"{_and(rule.names, rule.goes_on)} in {_homes(rule.home, '$', '')}"
    windows = f"{_and(rule.windows_names, rule.goes_on)} in {_homes(rule.windows_home, '%', '%')}"
    return unix, "not known" if client.name in _UNIX else windows, _variable(rule)


def _and(names: Sequence[str], goes_on: bool) -> str:
    return (" and then " if goes_on else ", else ").join(f"`{name}`" for name in names)


def _homes(sources: Sequence[str], begin: str, end: str) -> str:
    words = {"account": "the account's home", "cwd": "the current folder"}
    return ", else ".join(
        words.get(one) or "`" + "".join(f"{begin}{part}{end}" for part in one.split("+")) + "`" for one in sources
    )


def _variable(rule: FileRule) -> str:
    if not rule.variable:
        return "no"
    said = ["yes, names the folder" if rule.is_folder else "yes"]
    said += ["`~` expanded"] if rule.expands_tilde else []
    said += ["empty: no file"] if rule.empty_counts and not rule.is_folder else []
    said += ["missing: the usual file"] if rule.falls_back else []
    return ", ".join(said)


def agreement_table(result: Agreement) -> Iterator[str]:
    """Yield one row for each observed client, in the order of the clients known, and the sum."""
    order = list(clients())
    labels = sorted(result.compared, key=lambda label: order.index(_key(label)))
    for label in labels:
        counts = (result.agreed[label], result.compared[label])
        yield _row(label, f"`{_key(label)}`", f"{counts[1]}", f"{counts[0]}", _share(*counts))
    agreed, compared = sum(result.agreed.values()), sum(result.compared.values())
    yield _row("**all**", "", f"{compared:,}", f"{agreed:,}", _share(agreed, compared))


def _key(label: str) -> str:
    found = client_of(label)
    return next((key for key, client in clients().items() if client is found), "")


def _share(agreed: int, compared: int) -> str:
    return "100 %" if agreed == compared else f"{int(10_000 * agreed / compared) / 100:.2f} %"


def differences_table(result: Agreement) -> Iterator[str]:
    """Yield one row for each pair on which model and observation differ, with what is known of the reason."""
    for one in sorted(result.differences, key=lambda one: (one.client, one.case)):
        reason = EXPLAINED.get((one.client, one.case), "not yet explained")
        yield _row(one.client, f"`{one.case}`", ", ".join(one.what), reason)


def findings_table(place: bool) -> Iterator[str]:
    """Yield one row for each finding of the content or of the place, the worst first."""
    chosen = [one for one in findings() if (one.id not in FILES) == place]
    for one in sorted(chosen, key=lambda one: (-one.severity, one.id)):
        yield _row(f"`{one.id}`", one.severity.name.lower(), one.what, one.bites, one.fix, _mended(one))


def _mended(finding: Finding) -> str:
    return "yes" if finding.repair is not None or finding.id in _MENDED_AS_WELL else ""


def blocks(cases: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return all made tables by name."""
    result = agreement(cases)
    finding = ("id", "severity", "what", "why it bites", "what to do", "`--fix`")
    place = ("client", "Unix and macOS", "Windows", "`NETRC`", "rights of the file")
    return {
        "dialects": _table(("client", *(head for head, _ in _PROBES)), dialects_table()),
        "clients": _table(("`--client`", "versions", "sends"), clients_table()),
        "files": _table(place, files_table()),
        "agreement": _table(("as observed", "`--client`", "pairs", "agree", "share"), agreement_table(result)),
        "differences": _table(("client", "case", "differs in", "reason"), differences_table(result)),
        "findings of the content": _table(finding, findings_table(place=False)),
        "findings of the place": _table(finding, findings_table(place=True)),
    }


def _table(head: Sequence[str], rows: Iterable[str]) -> list[str]:
    return [_row(*head), "|" + "---|" * len(head), *rows]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def filled(page: str, made: Mapping[str, Sequence[str]]) -> str:
    """Return the page with every made block renewed. Raise KeyError for a block that nobody makes."""

    def renew(match: re.Match[str]) -> str:
        return f"{match[1]}\n{chr(10).join(made[match[2]])}\n{match[3]}"

    return re.sub(r"(<!-- made: ([a-z ]+) -->)\n.*?(<!-- end -->)", renew, page, flags=re.DOTALL)


def main(page: str, data: str) -> None:
    """Renew the page in place."""
    import gzip
    import json

    raw = Path(data).read_bytes()
    cases = json.loads(gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw)
    text = Path(page).read_text("utf-8")
    Path(page).write_text(filled(text, blocks(cases)), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
