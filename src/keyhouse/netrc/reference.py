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
_MENDED_AS_WELL = ("mode",)
"""Repaired on the file itself, not in its content."""


def clients_table() -> Iterator[str]:
    """Yield one row for each client name, with its versions and when it sends."""
    families: dict[str, list[tuple[str, Client]]] = {}
    for key, client in clients().items():
        families.setdefault(key.partition("@")[0], []).append((key.partition("@")[2], client))
    for name, members in families.items():
        versions = " · ".join(f"`{version}`" for version, _ in members)
        yield _row(f"`{name}`", versions, _when(members[-1][1]))


def _when(client: Client) -> str:
    if client.kind == "library":
        return "hands it to the program"
    if client.kind == "ftp":
        return "when it logs in"
    return "with the first request" if client.preemptive else "after a 401 that asks for Basic"


def files_table() -> Iterator[str]:
    """Yield one row for each way of looking for the file, with the clients that share it."""
    shared: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for key, client in clients().items():
        if client.name == "hg":
            continue
        name, _, version = key.partition("@")
        row = (*_places(client.files), _RIGHTS[client.permission])
        shared.setdefault(row, {}).setdefault(name, []).append(version)
    everybody = [key.partition("@")[0] for key in clients()]
    for row, names in shared.items():
        yield _row(", ".join(_versions(name, all_, everybody.count(name)) for name, all_ in names.items()), *row)


def _versions(name: str, found: Sequence[str], total: int) -> str:
    if len(found) == total:
        return f"`{name}`"
    return f"`{name}` {found[0]}" + (f" to {found[-1]}" if len(found) > 1 else "")


def _places(rule: FileRule) -> tuple[str, str, str]:
    """Say where a rule looks on Unix, on Windows, and what NETRC does."""
    unix = f"{_and(rule.names, rule.goes_on)} in {_homes(rule.home, '$')}"
    windows = f"{_and(rule.windows_names, rule.goes_on)} in {_homes(rule.windows_home, '%')}"
    return unix, windows, _variable(rule)


def _and(names: Sequence[str], goes_on: bool) -> str:
    return (" and then " if goes_on else ", else ").join(f"`{name}`" for name in names)


def _homes(sources: Sequence[str], sign: str) -> str:
    end = "%" if sign == "%" else ""
    words = {"account": "the account's home", "cwd": "the current folder"}
    return ", else ".join(
        words.get(one) or "".join(f"`{sign}{part}{end}`" for part in one.split("+")) for one in sources
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
