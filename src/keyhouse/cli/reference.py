"""Write the reference of the docs from the code: ``python -m keyhouse.cli.reference [commands|settings]``."""

import sys
from collections.abc import Iterator, Sequence

import click

from keyhouse.cli.checks.rules import RULES
from keyhouse.cli.failure import EXIT_CODES
from keyhouse.cli.program import MODULES, program

_HEAD = "<!-- Made from the code by `python -m keyhouse.cli.reference {page}`; a test holds it to it. -->\n"
_COMMANDS_HEAD = """# Commands

Every command takes `--data DIR`, before or after its name; `KEYHOUSE_DATA` says the same, and the default is
`./keyhouse-data`. Every command has `--help`. Lists take `--json`. What goes wrong is told on standard error with what
to do about it; `KEYHOUSE_DEBUG=1` adds where in the code it happened.
"""
_SETTINGS_HEAD = """# Settings

`keyhouse settings show` prints each setting with its value and where that came from.

## Boot settings

They hold from the next start on. They come from `keyhouse.toml` in the data directory; a variable of the environment
wins over the file, and an option of `keyhouse serve` over both.
"""
_SITE_HEAD = """
## Site settings

They hold from the next request on. They live in the database and are changed on the page Site Settings or with
`keyhouse settings set NAME VALUE`; every change is in the audit log, with the old value and the new one.
"""
_CHECKS_HEAD = """
## What `keyhouse check` finds

The ids never change their meaning. An error makes the command exit with 1.
"""


def commands() -> str:
    """Return the page that describes every command."""
    context = click.Context(program, info_name="keyhouse")
    parts = [_HEAD.format(page="commands"), _COMMANDS_HEAD, *_exit_codes()]
    for name in MODULES:
        command = program.get_command(context, name)
        if command is not None:
            parts += _described(command, f"keyhouse {name}", 2)
    return "\n".join([*parts, _CHECKS_HEAD, *_rules()]) + "\n"


def settings() -> str:
    """Return the page that describes every boot and site setting."""
    from keyhouse.settings import OPTIONS as BOOT
    from keyhouse.siteconfig import OPTIONS as SITE

    boot = [(f"`{one.name}`", f"`{one.variable}`", _value(one.default), one.doc) for one in BOOT]
    site = [(f"`{one.name}`", _value(one.default), f"{one.label}. {one.doc}") for one in SITE]
    return "\n".join(
        [
            _HEAD.format(page="settings"),
            _SETTINGS_HEAD,
            *_table(("name", "variable", "default", "meaning"), boot),
            _SITE_HEAD,
            *_table(("name", "default", "meaning"), site),
            "",
        ]
    )


def _exit_codes() -> Iterator[str]:
    yield from _table(("exit code", "meaning"), [(str(code), meaning) for code, meaning in EXIT_CODES])


def _rules() -> Iterator[str]:
    yield from _table(("id", "severity", "about"), [(one.id, one.severity.value, one.about) for one in RULES.values()])


def _described(command: click.Command, name: str, level: int) -> Iterator[str]:
    yield f"\n{'#' * level} {name}\n"
    context = click.Context(command, info_name=name)
    yield f"    {' '.join([name, *command.collect_usage_pieces(context)])}\n"
    yield _paragraphs(command.help or "")
    options = [one for one in command.params if isinstance(one, click.Option) and one.name != "data"]
    if options:
        yield ""
        yield from _table(("option", "meaning"), [_option_row(one) for one in options])
    examples = getattr(command, "examples", ())
    if examples:
        yield "\n".join(["\n```sh", *examples, "```"])
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                yield from _described(found, f"{name} {below}", level + 1)


def _option_row(option: click.Option) -> tuple[str, str]:
    names = ", ".join(option.opts)
    metavar = "" if option.is_flag else f" {option.metavar or option.type.name.upper().split(' ')[0]}"
    return f"`{names}{metavar}`", option.help or ""


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for cells in (heads, tuple("---" for _ in heads), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(default: object) -> str:
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if default not in ("", ()) else "(empty)"


if __name__ == "__main__":
    pages = {"commands": commands, "settings": settings}
    click.echo(pages[sys.argv[1] if len(sys.argv) > 1 else "commands"](), nl=False)
