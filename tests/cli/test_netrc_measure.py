"""The measurement finds a program that differs from its model, and leaves nothing behind."""

import json
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from keyhouse.cli import netrc_experiment
from keyhouse.cli.netrc_experiment import Program
from keyhouse.cli.netrc_measure import command
from keyhouse.netrc import client

_HONEST = (sys.executable, "-c", netrc_experiment._STDLIB)
_SILENT = (sys.executable, "-c", "pass")


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(netrc_experiment, "FILES", netrc_experiment.FILES[:3])

    def run(*arguments: str, program: tuple[str, ...] = _HONEST):
        found = Program("Python netrc", "3", program, client(f"python@{sys.version_info[0]}.{sys.version_info[1]}.99"))
        monkeypatch.setattr(netrc_experiment, "installed", lambda: [found])
        return CliRunner().invoke(command, arguments)

    return run


def test_a_program_that_behaves_like_its_model_agrees(run):
    ended = run()
    assert ended.exit_code == 0, ended.output
    assert "3 of 3 files agree" in ended.stdout


def test_a_program_that_differs_is_named_with_what_it_sent_and_ends_with_1(run):
    ended = run(program=_SILENT)
    assert ended.exit_code == 1
    assert "0 of 3 files agree" in ended.stdout
    assert "plain: sent nothing, model 'ada:" in ended.stdout


def test_json_tells_each_measurement(run):
    told = json.loads(run("--json").stdout)
    assert told["agrees"] is True
    assert [row["file"] for row in told["measured"]] == ["plain", "two entries", "commented out"]
    assert all(row["sent"] == row["model"] and row["sent_at_once"] for row in told["measured"])


def test_a_program_that_does_not_end_is_ended_and_counts_as_differing(run, monkeypatch):
    monkeypatch.setattr(netrc_experiment, "LIMIT_SECONDS", 0.3)
    ended = run(program=(sys.executable, "-c", "import time; time.sleep(60)"))
    assert ended.exit_code == 1
    assert "did not end in time" in ended.stdout


def test_nothing_is_left_behind(run, tmp_path):
    run()
    assert list(tmp_path.iterdir()) == []


def test_your_own_file_is_neither_read_nor_changed(run, tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    own = home / ".netrc"
    own.write_bytes(b"machine 127.0.0.1 login mine password Own5ecret\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(own))
    ended = run("--json")
    assert "Own5ecret" not in ended.output
    assert own.read_bytes() == b"machine 127.0.0.1 login mine password Own5ecret\n"


def test_the_curl_wget_and_git_of_this_machine_behave_like_their_models(tmp_path):
    programs = [one for one in netrc_experiment.installed() if one.name in ("curl", "wget", "git")]
    if not programs:
        pytest.skip("needs the Debian packages curl, wget or git")
    with netrc_experiment.laboratory() as place:
        measured = [place.measure(one, name, data) for one in programs for name, data in netrc_experiment.FILES[:4]]
    assert [(one.program.name, one.file) for one in measured if not one.agrees] == []
    assert not Path(place.home).exists()
