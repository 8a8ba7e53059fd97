"""Whether a command line that somebody wrote down is one that the program has."""

import re
import shlex
from collections.abc import Iterator

import click

from keyhouse.cli.program import program

_END = re.compile(r"\s(?:\||&&|>|2>|#|;|<)\s?.*| ….*| \.\.\..*")


def commands(
    command: click.Command = program, names: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Walk the program: the words of each command, and the command."""
    yield names, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*names, name))


COMMANDS = dict(commands())


def fault_of(line: str) -> str:
    """Return what is wrong with what follows ``keyhouse``, or nothing."""
    words = shlex.split(_END.sub("", line))
    command: click.Command = program
    options: set[str] = set()
    while words:
        options |= {text for one in command.params for text in [*one.opts, "--help", "--version"]}
        if not isinstance(command, click.Group):
            break
        if words[0] == "--data":
            words = words[2:]
            continue
        below = command.get_command(click.Context(command), words[0])
        if below is None:
            return "" if words[0].startswith("-") else f"there is no command '{words[0]}'"
        command, words = below, words[1:]
    unknown = {word.partition("=")[0] for word in words if word.startswith("--")} - options
    return f"there is no option {sorted(unknown)}" if unknown else ""
