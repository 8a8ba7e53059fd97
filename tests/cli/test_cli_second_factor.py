"""Second factors by command: who has one and must have one, and the switch that no page has."""

from pathlib import Path

import pytest

from tests.cli.program import ADMIN, run


def kinds(data: Path) -> list[str]:
    """Return what the audit log says of second factors, oldest first."""
    exported = run("audit", "export", "--data", data).out
    return [line for line in exported.splitlines() if "second factor changed" in line]


def test_nobody_is_listed_until_somebody_has_or_must_have_one(data: Path) -> None:
    assert "Nobody has a second factor" in run("second-factor", "list", "--data", data).err
    assert run("settings", "set", "secondFactorFor", "everyone", "--data", data).code == 0
    (row,) = run("second-factor", "list", "--json", "--data", data).json
    assert (row["user"], row["factors"], row["required"], row["bypassed"]) == (ADMIN, None, True, False)


def test_the_switch_is_turned_on_with_a_reason_and_off_again_and_both_are_recorded(data: Path) -> None:
    on = run("second-factor", "bypass", "--for", ADMIN, "--hours", "2", "--why", "Phone lost", "--data", data)
    assert on.code == 0 and f"not asked of {ADMIN} until" in on.out
    (row,) = run("second-factor", "list", "--json", "--data", data).json
    assert row["bypassed"] is True
    assert run("second-factor", "bypass", "--off", "--data", data).out == "Turned 1 emergency switch off.\n"
    assert run("second-factor", "bypass", "--off", "--data", data).out == "None was on.\n"
    recorded = kinds(data)
    assert len(recorded) == 2 and "Phone lost" in recorded[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--hours", "1", "--why", "x"], "--for EMAIL, or --everyone"),
        (["--for", ADMIN, "--everyone", "--why", "x"], "--for EMAIL, or --everyone"),
        (["--everyone", "--hours", "1"], "Say why"),
        (["--for", "nobody@example.org", "--why", "x"], "There is no user"),
        (["--everyone", "--hours", "169", "--why", "x"], "169"),
    ],
)
def test_a_switch_without_an_end_a_reason_or_a_person_is_refused(data: Path, given: list[str], words: str) -> None:
    done = run("second-factor", "bypass", *given, "--data", data)
    assert done.code == 2 and words in done.err
    assert kinds(data) == []


def test_factors_are_reset_after_a_question(data: Path) -> None:
    assert run("second-factor", "reset", ADMIN, "--data", data, stdin="n\n").code != 0
    assert kinds(data) == []
    done = run("second-factor", "reset", ADMIN, "--yes", "--data", data)
    assert done.out == f"Removed no second factors of {ADMIN}; all sessions ended.\n"
    assert len(kinds(data)) == 1
