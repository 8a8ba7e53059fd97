"""What every command has."""

import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from keyhouse.cli.failure import EXIT_CODES
from keyhouse.cli.program import MODULES, program
from tests.cli.command_lines import COMMANDS, fault_of
from tests.cli.program import environment, run

_WITH_CLICK_ONLY = """
import sys
for name in ("django", "sqlalchemy", "granian", "allauth", "orjson", "cryptography", "psycopg", "argon2", "labkey"):
    sys.modules[name] = None
sys.argv = ["keyhouse", *sys.argv[1:]]
from keyhouse.cli import main
main()
"""


LEAVES = {names: command for names, command in COMMANDS.items() if not isinstance(command, click.Group)}


def _with_click_only(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _WITH_CLICK_ONLY, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment())


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_help_of_every_command_has_text_and_examples(names: tuple[str, ...]) -> None:
    result = CliRunner().invoke(program, [*names, "--help"])
    assert result.exit_code == 0, result.output
    assert "Examples:" in result.output
    assert (COMMANDS[names].help or "").split(".")[0].split()[0] in result.output


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_examples_name_commands_and_options_that_exist(names: tuple[str, ...]) -> None:
    for example in COMMANDS[names].examples:  # type: ignore[attr-defined]
        line = re.split(r"(?:^|\s)keyhouse ", example, maxsplit=1)[1]
        assert not fault_of(line), example


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_takes_the_data_directory(names: tuple[str, ...]) -> None:
    assert any("--data" in one.opts for one in COMMANDS[names].params)


@pytest.mark.parametrize("names", [names for names in LEAVES if names[-1] in {"list", "members"}], ids=" ".join)
def test_every_list_can_be_json(names: tuple[str, ...]) -> None:
    assert any("--json" in one.opts for one in LEAVES[names].params)


def test_no_command_takes_a_password_as_argument_or_option() -> None:
    for command in LEAVES.values():
        for one in command.params:
            assert "password" not in (one.name or "") or one.is_flag  # type: ignore[attr-defined]
    flags = [one for one in LEAVES[("user", "add")].params if "--password-stdin" in one.opts]
    assert len(flags) == 1


def test_help_of_the_program_documents_the_exit_codes() -> None:
    text = " ".join(CliRunner().invoke(program, ["--help"]).output.split())
    for code, meaning in EXIT_CODES:
        assert f"{code} {meaning.split(':')[0]}" in text


def test_help_needs_nothing_but_click() -> None:
    done = _with_click_only("--help")
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in MODULES)


def test_help_imports_nothing_heavy() -> None:
    text = "import sys; from keyhouse.cli.program import program; program(['--help'], standalone_mode=False); "
    done = subprocess.run(
        [sys.executable, "-c", f"{text} print(*sys.modules, file=sys.stderr)"], capture_output=True, text=True
    )
    assert "keyhouse.cli.program" in done.stderr.split()
    assert set(done.stderr.split()) & {"django", "sqlalchemy", "granian", "cryptography"} == set()


def test_server_command_without_the_server_names_the_extra() -> None:
    done = _with_click_only("init", "--data", "/nonexistent/never")
    assert done.returncode == 3
    assert done.stderr == "Error: This command needs the server. Install it with: pip install 'keyhouse[server]'\n"


def test_scan_and_whoami_need_nothing_but_click() -> None:
    assert _with_click_only("scan", __file__).returncode == 0
    done = _with_click_only("whoami", "http://127.0.0.1:1")
    assert (done.returncode, "cannot be reached" in done.stderr) == (3, True), done.stderr


def test_unknown_command_is_a_usage_error() -> None:
    result = run("frobnicate")
    assert result.code == 2
    assert "No such command 'frobnicate'" in result.err
