"""The contracts of the house: layers, sizes, the heart's imports, and what no committed file may say."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "keyhouse"
MOST_LINES = 400
# Spelt in pieces, so that this file does not hold what it looks for.
_REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "npmjs" + ".com/package")
_MACHINE = re.compile(
    "|".join(("/work" + "/", "/home" + "/[a-z]+/(work|src|projects)", "/root" + "/", "/tmp" + "/pip"))
)


def committed_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name] or [path for path in ROOT.rglob("*") if path.is_file()]
    return [path for path in files if path.is_file() and ".git" not in path.parts]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in committed_files():
        try:
            found.append((path, path.read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    assert len(found) > 100
    return found


def test_layers_and_contracts_of_the_house_hold():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_outgrows_a_sitting(path):
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", sorted((SOURCE / "core").rglob("*.py")), ids=lambda path: path.name)
def test_the_heart_imports_the_standard_library_and_itself_alone(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            assert name.startswith("keyhouse.core.") or name.partition(".")[0] in sys.stdlib_module_names, name


def test_the_heart_has_no_clock_no_entropy_and_no_input_of_its_own():
    forbidden = {"time", "random", "secrets", "os", "io", "socket", "pathlib", "sqlite3", "subprocess", "threading"}
    for path in (SOURCE / "core").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not forbidden & {alias.name for alias in node.names}, path
            if isinstance(node, ast.ImportFrom):
                assert node.module not in forbidden, path
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"now", "utcnow", "today"}, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"open", "print", "input"}, path


def test_the_heart_stays_small_enough_to_review_in_one_sitting():
    assert sum(len(path.read_text("utf-8").splitlines()) for path in (SOURCE / "core").rglob("*.py")) <= 1200


def test_only_one_module_asks_the_clock_and_the_entropy():
    for path in SOURCE.rglob("*.py"):
        if path.name == "system.py" or {"cli", "netrc", "migrations", "demo_data"} & set(path.parts):
            continue
        assert "datetime.now(" not in path.read_text("utf-8"), path


def test_no_committed_file_names_a_package_registry():
    for path, text in texts():
        assert not [host for host in _REGISTRIES if host in text], path


def test_no_committed_file_names_a_place_on_somebodys_machine():
    for path, text in texts():
        found = _MACHINE.search(text)
        assert found is None, f"{path}: {found.group()}"


def test_nothing_is_left_for_later_in_the_source():
    pattern = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")))
    for path in SOURCE.rglob("*.py"):
        assert not pattern.search(path.read_text("utf-8")), path


def test_no_test_is_skipped_or_expected_to_fail_by_a_mark():
    pattern = re.compile(r"mark\.(skip|skipif|xfail)\b|pytest\.xfail\(")
    for path in (ROOT / "tests").rglob("*.py"):
        if path != Path(__file__):
            assert not pattern.search(path.read_text("utf-8")), path
