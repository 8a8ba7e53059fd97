"""Cases measured in turns, round after round, so that a machine that slows down slows all of them; medians are told."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROUNDS = 5
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Case:
    """Something to measure: `run` returns a figure of which more is better, such as answers a second."""

    name: str
    run: Callable[[], float]


@dataclass(frozen=True)
class Table:
    """Cases that are compared with the first of them. `unit` says what the figures are."""

    title: str
    unit: str
    cases: Sequence[Case]
    promises: Sequence[tuple[str, str, float]] = field(default=())
    """(case, other, least): the first must reach `least` times the other; told, and never a test."""


def measure(table: Table, rounds: int = ROUNDS) -> dict[str, Any]:
    """Run every case once a round, print the medians and their ratios, and return them."""
    figures: dict[str, list[float]] = {case.name: [] for case in table.cases}
    for _ in range(rounds):
        for case in table.cases:
            figures[case.name].append(case.run())
    medians = {name: statistics.median(values) for name, values in figures.items()}
    first = medians[table.cases[0].name]
    print(f"\n{table.title}, {table.unit}, medians of {rounds} rounds")
    for name, median in medians.items():
        low, high = min(figures[name]), max(figures[name])
        print(f"  {name:46}{median:14,.0f}{median / first:8.3f}   ({low:,.0f} to {high:,.0f})")
    ratios = [_ratio(medians, *promise) for promise in table.promises if promise[1] in medians]
    return {"unit": table.unit, "rounds": figures, "medians": medians, "ratios": ratios}


def _ratio(medians: dict[str, float], name: str, other: str, least: float) -> dict[str, Any]:
    ratio = medians[name] / medians[other]
    print(f"  {name} / {other}: {ratio:.2f} (promised: {least})")
    return {"of": name, "to": other, "ratio": round(ratio, 3), "promised": least}


def save(tables: dict[str, Any]) -> Path:
    """Write what was measured beside what it was measured on; tables that were not measured again today stay."""
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
    }
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}.json"
    earlier = json.loads(path.read_text())["tables"] if path.exists() else {}
    path.write_text(json.dumps({"machine": machine, "tables": earlier | tables}, indent=1) + "\n")
    return path
