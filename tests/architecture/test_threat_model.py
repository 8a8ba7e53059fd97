"""The threat model and the attack suite are one: each attack it tells of has its test, each test its line there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "threat-model.md"
TESTS = sorted((ROOT / "tests" / "attacks").glob("test_*.py"))


def linked() -> list[str]:
    return re.findall(r"tests/attacks/(test_\w+\.py)", PAGE.read_text("utf-8"))


def test_every_attack_of_the_threat_model_has_its_test():
    assert linked()
    assert not [name for name in linked() if not (ROOT / "tests" / "attacks" / name).is_file()]


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_every_attack_that_is_tested_is_told_of(path):
    assert path.name in linked()


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_every_attack_has_a_test_function_and_says_what_it_is(path):
    text = path.read_text("utf-8")
    assert text.startswith('"""Attack')
    assert re.search(r"^def test_", text, re.MULTILINE)


def test_the_threat_model_says_what_is_at_stake_who_attacks_and_what_it_does_not_cover():
    headings = re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {"What is at stake", "Who attacks", "The attacks", "What this does not cover"} <= set(headings)
