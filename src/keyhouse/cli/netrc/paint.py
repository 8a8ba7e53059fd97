"""Colour for people at a terminal; pipes, files and NO_COLOR get none."""

import os
import sys

import click


def has_colour() -> bool:
    """Tell whether standard output shows colours; see no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str = "", bold: bool = False) -> str:
    """Return the text in a colour where colours are shown."""
    return click.style(text, fg=colour or None, bold=bold) if has_colour() else text
