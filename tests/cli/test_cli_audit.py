"""The audit log by command: exported, verified, and the first broken link named."""

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import PROGRAM, environment, run


@pytest.fixture(scope="module")
def _logged(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = Path(shutil.copytree(_made, tmp_path_factory.mktemp("logged") / "data"))
    for name in ("a", "b", "c"):
        assert run("group", "add", name, "--data", data).code == 0
    return data


@pytest.fixture
def log(_logged: Path, tmp_path: Path) -> Path:
    """A data directory whose log has some events more."""
    return Path(shutil.copytree(_logged, tmp_path / "data"))


def _tamper(data: Path, statement: str) -> None:
    """Change the log as somebody could who owns the file: without the triggers."""
    with sqlite3.connect(data / "keyhouse.sqlite3") as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'keyhouse_audit%'"
        ).fetchall()
        assert triggers
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        assert database.execute(statement).rowcount == 1


def test_database_itself_refuses_to_change_the_log(log: Path) -> None:
    with sqlite3.connect(log / "keyhouse.sqlite3") as database, pytest.raises(sqlite3.IntegrityError):
        database.execute("UPDATE keyhouse_audit_event SET comment = 'x' WHERE sequence = 2")


def test_whole_log_verifies_and_prints_its_anchor(log: Path) -> None:
    result = run("audit", "verify", "--data", log)
    assert result.code == 0
    anchor = result.out.splitlines()[1].removeprefix("anchor ")
    assert run("audit", "verify", "--anchor", anchor, "--data", log).code == 0
    assert run("audit", "verify", "--json", "--data", log).json["intact"] is True


@pytest.mark.parametrize(
    ("statement", "event"),
    [
        ("UPDATE keyhouse_audit_event SET comment = 'x' WHERE sequence = 2", 2),
        ("UPDATE keyhouse_audit_event SET digest = 'x' WHERE sequence = 3", 3),
        ("DELETE FROM keyhouse_audit_event WHERE sequence = 2", 2),
        ("DELETE FROM keyhouse_audit_event WHERE sequence = (SELECT max(sequence) FROM keyhouse_audit_event)", 4),
    ],
)
def test_verify_names_the_first_broken_link(log: Path, statement: str, event: int) -> None:
    _tamper(log, statement)
    result = run("audit", "verify", "--data", log)
    assert result.code == 1
    assert f"broken at event {event}:" in result.err
    assert run("audit", "verify", "--json", "--data", log).json["event"] == event


def test_anchor_that_does_not_hold_is_told(log: Path) -> None:
    assert run("audit", "verify", "--anchor", f"2:{'0' * 64}", "--data", log).code == 1
    assert run("audit", "verify", "--anchor", f"99:{'0' * 64}", "--data", log).code == 1
    assert run("audit", "verify", "--anchor", "nonsense", "--data", log).code == 2


def test_export_is_json_lines_in_the_order_of_the_chain(log: Path) -> None:
    events = [json.loads(line) for line in run("audit", "export", "--data", log).out.splitlines()]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert [event["previous_digest"] for event in events[1:]] == [event["digest"] for event in events[:-1]]
    assert events[-1]["kind"] == "audit read"


def test_export_is_narrowed_by_kind_and_time(log: Path) -> None:
    groups = run("audit", "export", "--kind", "group changed", "--data", log).out.splitlines()
    moments = [json.loads(line)["at"] for line in groups]
    assert len(groups) == 3
    later = run("audit", "export", "--kind", "group changed", "--since", moments[1], "--data", log)
    assert later.out.splitlines() == groups[1:]
    earlier = run("audit", "export", "--kind", "group changed", "--until", moments[1], "--data", log)
    assert earlier.out.splitlines() == groups[:1]
    assert run("audit", "export", "--kind", "nothing", "--data", log).code == 2
    assert run("audit", "export", "--since", "yesterday", "--data", log).code == 2


def test_export_to_a_file_is_private_and_whole(log: Path, tmp_path: Path) -> None:
    result = run("audit", "export", "--output", tmp_path / "log.jsonl", "--data", log)
    assert (result.code, result.out) == (0, "")
    assert (tmp_path / "log.jsonl").stat().st_mode & 0o077 == 0
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == int(result.err.split()[0])
    missing = run("audit", "export", "--output", tmp_path / "none" / "log.jsonl", "--data", log)
    assert (missing.code, "cannot be written" in missing.err) == (3, True)


def test_reader_that_stops_reading_is_no_error(log: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "audit", "export", "--data", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED="1"),
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.wait(60) == 0
    assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["who-saw", "P1"], "Nobody was served"),
        (["seen-by", "x@example.org"], "No rows of participants"),
        (["declared"], "Nothing was declared."),
        (["within"], "0 accesses checked"),
    ],
)
def test_report_of_nothing_says_so_and_is_audited(log: Path, command: list[str], said: str) -> None:
    result = run("audit", *command, "--data", log)
    assert (result.code, said in result.err) == (0, True)
    exported = run("audit", "export", "--kind", "audit read", "--data", log).out.splitlines()
    assert "Compliance report by command" in json.loads(exported[-2])["comment"]


def test_report_is_written_as_csv_and_index_made_anew(log: Path, tmp_path: Path) -> None:
    result = run("audit", "declared", "--format", "csv", "--output", tmp_path / "d.csv", "--data", log)
    assert result.code == 0
    assert (tmp_path / "d.csv").read_text().startswith("Event,When (UTC),Person")
    assert "0 entries." in run("audit", "reindex", "--data", log).err
    assert run("audit", "verify", "--data", log).code == 0


def test_archive_takes_nothing_that_is_to_be_kept(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "old.jsonl"
    assert "no events that old" in run("audit", "archive", "--out", out, "--data", log).err
    result = run("audit", "archive", "--out", out, "--before", "2199-01-01", "--data", log)
    assert (result.code, out.exists()) == (2, False)
    assert "kept for 2192 days" in result.err


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_anything_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import stat

    from keyhouse.cli.audit_output import target

    out, real, synced = tmp_path / "old.jsonl", os.fsync, []

    def fsync(opened: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(opened).st_mode), os.fstat(opened).st_size > 0, out.exists()))
        real(opened)

    monkeypatch.setattr(os, "fsync", fsync)
    with target(out) as stream:
        stream.write("an event\n")
    assert [(is_folder, is_there) for is_folder, _has_bytes, is_there in synced] == [(False, False), (True, True)]
    assert synced[0][1]
