"""Where a secret comes from: a hidden prompt, standard input, a file descriptor or a variable; never an argument."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from keyhouse.cli import secret_input
from keyhouse.cli.failure import Wrong

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_LONGEST = 4096


def secret_options(decorated: Decorated) -> Decorated:
    """Add the three options; a command takes them as `from_stdin`, `from_fd` and `from_variable`."""
    for option in (
        click.option("--password-env", "from_variable", metavar="VAR", help="Take the secret from this variable."),
        click.option(
            "--password-fd", "from_fd", type=click.IntRange(0), metavar="N", help="Read it from this file descriptor."
        ),
        click.option("--password-stdin", "from_stdin", is_flag=True, help="Read it from standard input, one line."),
    ):
        decorated = option(decorated)
    return decorated


def secret_from(from_stdin: bool, from_fd: int | None, from_variable: str | None) -> str:
    """Return the secret from the one place that was named, else from the prompt."""
    if sum((from_stdin, from_fd is not None, from_variable is not None)) > 1:
        raise Wrong("Say one of --password-stdin, --password-fd and --password-env.")
    if from_fd is not None:
        return _from_descriptor(from_fd)
    if from_variable is not None:
        value = os.environ.get(from_variable)
        if not value:
            raise Wrong(f"The variable {from_variable} is not set or empty.")
        return value
    secret = secret_input.first_line("password") if from_stdin else _prompted()
    if secret is None:
        raise Wrong("There is no terminal to ask on: use --password-stdin, --password-fd or --password-env.")
    return secret


def _prompted() -> str | None:
    if not secret_input.is_terminal():
        return None
    return str(click.prompt("Password or key", hide_input=True, err=True))


def _from_descriptor(number: int) -> str:
    data = b""
    try:
        while b"\n" not in data and len(data) <= _LONGEST and (part := os.read(number, _LONGEST)):
            data += part
    except OSError:
        raise Wrong(f"The file descriptor {number} cannot be read. In bash: --password-fd 3 3< FILE") from None
    line = data.partition(b"\n")[0].removesuffix(b"\r")
    if not line or len(line) > _LONGEST:
        raise Wrong(f"There is no password on the file descriptor {number}, or it is longer than {_LONGEST} bytes.")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Wrong(f"The password on the file descriptor {number} is not UTF-8 text.") from None
