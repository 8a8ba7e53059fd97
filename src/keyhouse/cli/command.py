"""What every command has: examples in its help, ``--data`` before or after it, ``--json`` where it lists."""

import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from keyhouse.cli.failure import EXIT_CODES

_DATA = "keyhouse.cli.data"
DATA_VARIABLE = "KEYHOUSE_DATA"
DEFAULT_DATA = "keyhouse-data"

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Command(click.Command):
    """A command with examples."""

    def __init__(
        self, *arguments: Any, examples: Sequence[str] = (), default_data: str | None = None, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self.examples = tuple(examples)
        self.params.append(_data_option(default_data))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the options."""
        _write_examples(self.examples, formatter)


class Family(click.Group):
    """Commands about one thing: ``keyhouse user add``, ``keyhouse user list``."""

    command_class = Command

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.examples = tuple(examples)
        self.params.append(_data_option())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the commands."""
        _write_examples(self.examples, formatter)


class Program(Family):
    """The whole program; a command's module is imported when the command is asked for."""

    def __init__(self, *arguments: Any, modules: Mapping[str, str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which people need them."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and return its `command`."""
        if cmd_name not in self._modules:
            return None
        module = importlib.import_module(f"keyhouse.cli.{self._modules[cmd_name]}")
        return cast(click.Command, module.command)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has gone (`keyhouse audit export | head`) is no error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None
        return result

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes and the examples below the commands."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES])
        super().format_epilog(ctx, formatter)


def data_directory() -> Path:
    """Return the data directory that the command was given; the innermost ``--data`` wins."""
    return given_data() or Path(os.environ.get(DATA_VARIABLE) or DEFAULT_DATA)


def given_data() -> Path | None:
    """Return what ``--data`` said, and nothing else."""
    given: Path | None = click.get_current_context().meta.get(_DATA)
    return given


def json_option(decorated: Decorated) -> Decorated:
    """Add ``--json``, which a command takes as `as_json`."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of a table.")
    return option(decorated)


def yes_option(decorated: Decorated) -> Decorated:
    """Add ``--yes``, which a command takes as `is_sure`."""
    return click.option("--yes", "is_sure", is_flag=True, help="Do not ask whether you are sure.")(decorated)


def _data_option(default: str | None = None) -> click.Option:
    usual = f"(or {DATA_VARIABLE}; default ./{DEFAULT_DATA})"
    return click.Option(
        ["--data"],
        metavar="DIR",
        type=click.Path(file_okay=False, readable=False, path_type=Path),
        expose_value=False,
        callback=_remember_data,
        help=f"Data directory of the site {f'(default ./{default})' if default else usual}.",
    )


def _remember_data(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta[_DATA] = value


def _write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for example in examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
