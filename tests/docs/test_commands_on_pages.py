"""Each command that a page shows is one that the program has, with options and values that it takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from keyhouse.cli.program import program

DOCS = Path(__file__).parents[2] / "docs"
_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^ *(?:\$ )?(?:sudo (?:-\S+ \S+ )*)?keyhouse (.*)", re.MULTILINE)
_OF_THE_SHELL = re.compile(r"\||[0-9&]*[<>]|&|;")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words behind `keyhouse` in the blocks of a page, up to what is the shell's."""
    for _, language, block in _FENCED.findall(text):
        if language not in {"", "console", "sh", "bash"}:
            continue
        for line in _COMMAND.findall(re.sub(r"\s*\\\n\s*", " ", block)):
            words = shlex.split(line, comments=True)
            ends = (place for place, word in enumerate(words) if _OF_THE_SHELL.match(word))
            yield words[: next(ends, len(words))]


def pages() -> list[Path]:
    found = sorted([*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")])
    return [page for page in found if any(commands(page.read_text()))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_each_command_of_a_page_is_one_that_can_be_typed(page):
    for words in commands(page.read_text()):
        check(words)


def check(words: list[str]) -> None:
    """Raise what a person would be told who types this, short of what only a file or a site could tell."""
    command, context = program, click.Context(program, info_name="keyhouse")
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"there is no command {name} in {shlex.join(words)}"
        context = click.Context(command, parent=context, info_name=name, **command.context_settings)
    taken, left, _ = command.make_parser(context).parse_args(list(rest))
    if taken.keys() & {"help", "version"}:
        return
    assert not left, f"{left} is too much in {shlex.join(words)}"
    for parameter in command.get_params(context):
        lacks = taken.get(parameter.name) in (None, ())
        assert not (parameter.required and lacks), f"{parameter.name} lacks in {shlex.join(words)}"


@pytest.mark.parametrize(
    "typed", ["netrc set data.example.org", "nothing", "terms set --fodler /x terms.md", "init a b"]
)
def test_what_cannot_be_typed_is_found(typed):
    with pytest.raises((AssertionError, click.UsageError)):
        check(typed.split())
