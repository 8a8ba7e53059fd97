"""The reference in the docs is what the code says."""

from pathlib import Path

from keyhouse.cli import reference
from keyhouse.cli.checks.rules import RULES
from keyhouse.cli.program import MODULES
from keyhouse.settings import OPTIONS as BOOT
from keyhouse.siteconfig import OPTIONS as SITE

_FOLDER = Path(__file__).parents[2] / "docs" / "reference"
_HINT = "Run: python -m keyhouse.cli.reference {0} > docs/reference/{0}.md"


def test_commands_page_is_generated_from_the_program() -> None:
    assert (_FOLDER / "commands.md").read_text("utf-8") == reference.commands(), _HINT.format("commands")


def test_settings_page_is_generated_from_the_tables() -> None:
    assert (_FOLDER / "settings.md").read_text("utf-8") == reference.settings(), _HINT.format("settings")


def test_pages_name_everything_there_is() -> None:
    commands, settings = reference.commands(), reference.settings()
    assert all(f"\n## keyhouse {name}\n" in commands for name in MODULES)
    assert all(f"| {rule} |" in commands for rule in RULES)
    assert all(f"`{option.name}`" in settings for option in (*BOOT, *SITE))
