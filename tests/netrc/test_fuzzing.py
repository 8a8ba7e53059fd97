"""The fuzzing itself: it finds a difference, makes the file small, and can be repeated."""

import sys

from benchmarks import fuzz_netrc
from benchmarks.fuzz_netrc import smallest


def test_a_file_on_which_two_differ_is_made_as_small_as_can_be():
    found = smallest(
        b"default login d password e\nmachine h.test login a password b\n",
        lambda data: "differs" if b"h.test" in data and b"login" in data else "",
    )
    assert sorted(found) == sorted(b"loginh.test")


def _main(monkeypatch, capsys, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["fuzz", "--files", "300", "--curl", "5", *arguments])
    return fuzz_netrc.main(), capsys.readouterr().out


def test_models_that_agree_end_with_0_and_the_seed_is_told(monkeypatch, capsys):
    code, told = _main(monkeypatch, capsys, "--seed", "4")
    assert code == 0, told
    assert told.startswith("seed 4\n")
    assert "300 files, no difference" in told


def test_a_model_of_another_python_is_found_out_with_the_same_file_each_time(monkeypatch, capsys):
    old = fuzz_netrc.client("python@3.10")
    monkeypatch.setattr(fuzz_netrc, "client", lambda _: old)
    code, told = _main(monkeypatch, capsys, "--seed", "4")
    assert code == 1
    assert "differ on the file" in told
    assert _main(monkeypatch, capsys, "--seed", "4") == (1, told)
