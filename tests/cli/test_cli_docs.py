"""The documentation names commands and options that exist."""

import re
from pathlib import Path

import pytest

from tests.cli.command_lines import fault_of

_ROOT = Path(__file__).parents[2]
_PAGES = [*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")]
_CODE = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"(?:^|\$ |bin/|\| |&& |=)keyhouse ([a-z-].*)", re.MULTILINE)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_command_lines_of_this_page_exist(page: Path) -> None:
    code = (block or inline for block, inline in _CODE.findall(page.read_text("utf-8")))
    lines = [line for text in code for line in _LINE.findall(text.replace("\\\n", " "))]
    faults = [f"keyhouse {line}: {fault}" for line in lines if (fault := fault_of(line))]
    assert not faults, "\n".join(faults)


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    assert fault_of("user frobnicate") == "there is no command 'frobnicate'"
    assert fault_of("user add a@x.org --sight-admin") == "there is no option ['--sight-admin']"
    assert fault_of("--data D user add a@x.org --site-admin | cat") == ""
