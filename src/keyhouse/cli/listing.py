"""Lists: a table for people, JSON for programs. What others wrote cannot steer the terminal."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

Rows = Sequence[Mapping[str, Any]]


def show(rows: Rows, as_json: bool, empty: str) -> None:
    """Print rows whose members are the columns; `empty` says that there are none."""
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows], indent=2, default=_plain))
    elif not rows:
        click.echo(empty, err=True)
    else:
        click.echo("\n".join(table(rows)))


def show_one(values: Mapping[str, Any]) -> None:
    """Print one thing as JSON."""
    click.echo(json.dumps(dict(values), indent=2, default=_plain))


def table(rows: Rows, heading: Callable[[str], str] = lambda name: name.replace("_", " ").upper()) -> list[str]:
    """Lay rows out as lines of aligned columns under their headings; numbers to the right."""
    names = list(rows[0])
    cells = [[printable(text_of(row[name])) for name in names] for row in rows]
    headings = [heading(name) for name in names]
    widths = [max(len(line[place]) for line in [headings, *cells]) for place in range(len(names))]
    is_number = [all(isinstance(row[name], int | float | None) for row in rows) for name in names]
    lines = [headings, *cells]
    return ["  ".join(_padded(line, widths, is_number)).rstrip() for line in lines]


def text_of(value: Any) -> str:
    """Write a value as people read it: nothing for None, yes and no, times to the second in UTC."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def printable(text: str) -> str:
    """Replace what would steer a terminal: a user agent or description may hold escape sequences."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _padded(line: Sequence[str], widths: Sequence[int], is_number: Sequence[bool]) -> list[str]:
    return [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(line, widths, is_number, strict=True)
    ]


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
