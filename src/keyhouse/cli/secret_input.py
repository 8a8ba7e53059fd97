"""Read a password or an address with a password in it: from a hidden prompt or standard input, never an argument."""

import sys

import click

from keyhouse.cli.failure import Wrong

_LONGEST = 4096


def first_line(what: str) -> str:
    """Return the first line of standard input without its line end."""
    line = sys.stdin.buffer.readline(_LONGEST + 2)
    if len(line) > _LONGEST:
        raise Wrong(f"The {what} on standard input is longer than {_LONGEST} bytes.")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Wrong(f"The {what} on standard input is not UTF-8 text.") from None
    if not text:
        raise Wrong(f"There is no {what} on standard input. Pipe it in as one line.")
    return text


def password(from_stdin: bool) -> str | None:
    """Return a password from standard input or a hidden prompt, asked twice; None where there is no terminal."""
    if from_stdin:
        return first_line("password")
    if not is_terminal():
        return None
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))


def confirm(question: str, is_sure: bool) -> None:
    """Go on only where the person is sure; without a terminal, ``--yes`` must say so."""
    if is_sure:
        return
    if not is_terminal():
        raise Wrong(f"{question} There is no terminal to ask on: say --yes.")
    click.confirm(question, abort=True, err=True)


def is_terminal() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty()
