"""API keys by command, and the import of a LabKey Server's keys."""

import hashlib
import random
import signal
import subprocess
import time
from pathlib import Path

from keyhouse.core.tokens import Token, parse
from tests.cli.program import ADMIN, PROGRAM, environment, run


def _issue(data: Path, *more: str) -> str:
    result = run("key", "issue", ADMIN, *more, "--data", data)
    assert result.code == 0, result.err
    return result.out.strip()


def test_issued_key_is_all_that_is_on_standard_output(data: Path) -> None:
    result = run("key", "issue", ADMIN, "--description", "nightly", "--data", data)
    token = parse(result.out.removesuffix("\n"))
    assert isinstance(token, Token)
    assert token.text not in result.err
    assert f"Key {token.key_id} of {ADMIN} never expires" in result.err


def test_issued_key_is_in_no_file(data: Path) -> None:
    text = _issue(data)
    for file in data.rglob("*"):
        assert file.is_dir() or text.encode() not in file.read_bytes()


def test_sites_maximum_holds_for_keys_by_command(data: Path) -> None:
    run("settings", "set", "apiKeyExpirationSeconds", "604800", "--data", data)
    _issue(data, "--expires", "30")
    _issue(data, "--expires", "1")
    rows = run("key", "list", "--json", "--data", data).json
    lives = sorted(_days(row["created"], row["expires"]) for row in rows)
    assert lives == [1, 7]


def _days(created: str, expires: str) -> int:
    from datetime import datetime

    return (datetime.fromisoformat(expires) - datetime.fromisoformat(created)).days


def test_key_is_revoked_by_id_by_user_and_with_all(data: Path) -> None:
    first, second, third = (_issue(data) for _ in range(3))
    assert run("key", "revoke", first[4:16], "--data", data).out == "Revoked 1 key.\n"
    again = run("key", "revoke", first[4:16], "--data", data)
    assert (again.code, again.out) == (0, "Revoked 0 keys.\n")
    assert run("key", "revoke", second, "--data", data).out == "Revoked 1 key.\n", "a whole key is taken for its id"
    states = {row["id"]: row["state"] for row in run("key", "list", "--all", "--json", "--data", data).json}
    assert states == {first[4:16]: "revoked", second[4:16]: "revoked", third[4:16]: "valid"}
    assert run("key", "revoke", "--user", ADMIN, "--data", data).out == "Revoked 1 key.\n"
    _issue(data)
    assert run("key", "revoke", "--all", "--data", data).code == 2, "without a terminal, --yes must say so"
    assert run("key", "revoke", "--all", "--yes", "--data", data).out == "Revoked 1 key.\n"
    assert run("key", "list", "--json", "--data", data).json == []


def test_key_of_a_deactivated_owner_is_listed_as_what_it_is(data: Path) -> None:
    _issue(data)
    assert run("user", "deactivate", ADMIN, "--data", data).code == 0
    assert [row["state"] for row in run("key", "list", "--json", "--data", data).json] == ["owner deactivated"]


def test_unknown_id_revokes_nothing(data: Path) -> None:
    text = _issue(data)
    result = run("key", "revoke", text[4:16], "000000000000", "--data", data)
    assert (result.code, "There is no key '000000000000', so none was revoked" in result.err) == (2, True)
    assert [row["state"] for row in run("key", "list", "--json", "--data", data).json] == ["valid"]


def test_revoke_without_saying_which_is_a_usage_error(data: Path) -> None:
    assert run("key", "revoke", "--data", data).code == 2
    assert run("key", "revoke", "abc", "--all", "--data", data).code == 2


def test_deactivated_user_gets_no_key(data: Path) -> None:
    run("user", "deactivate", ADMIN, "--data", data)
    result = run("key", "issue", ADMIN, "--data", data)
    assert (result.code, result.out, "is deactivated" in result.err) == (2, "", True)


def test_escape_sequences_in_a_description_do_not_reach_the_terminal(data: Path) -> None:
    _issue(data, "--description", "\x1b[2Jgone")
    assert "\x1b" not in run("key", "list", "--data", data).out


def test_killed_issue_leaves_no_half_key_and_loses_none_that_was_shown(data: Path) -> None:
    shown, source = [], random.Random(7)
    for _ in range(10):
        process = subprocess.Popen(
            [*PROGRAM, "key", "issue", ADMIN, "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        time.sleep(source.uniform(0.25, 0.6))
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        if out.strip():
            shown.append(out.decode().strip())
    shown.append(_issue(data))
    known = {row["id"] for row in run("key", "list", "--json", "--data", data).json}
    issued = run("audit", "export", "--kind", "key issued", "--data", data).out.splitlines()
    assert {text[4:16] for text in shown} <= known
    assert len(known) == len(issued), "a key and its line in the log are there together or not at all"
    assert run("audit", "verify", "--data", data).code == 0


def test_keys_of_a_labkey_server_are_imported_once(data: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"an old key").hexdigest()
    file = tmp_path / "keys.csv"
    file.write_text(
        "Email,Crypt,Created,Expiration,Description\n"
        f"{ADMIN},sha256:{digest},2026-01-01 10:00:00,,old script\n"
        f"stranger@example.org,sha256:{digest[::-1]},2026-01-01 10:00:00,,other\n"
    )
    result = run("import", "labkey-keys", file, "--data", data)
    assert result.out == "Imported 1 keys; 0 were here already.\n"
    assert "stranger@example.org" in result.err
    assert run("import", "labkey-keys", file, "--data", data).out == "Imported 0 keys; 1 were here already.\n"


def test_broken_import_names_its_line_and_imports_nothing(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.csv"
    good = hashlib.sha256(b"an old key").hexdigest()
    file.write_text(f"Email,Crypt\n{ADMIN},sha256:{good}\n{ADMIN},plain text\n")
    result = run("import", "labkey-keys", file, "--data", data)
    assert (result.code, "Line 3" in result.err) == (2, True)
    assert run("key", "list", "--json", "--data", data).json == []
    file.write_bytes(b"Email,Crypt\n\xff\xfe,\n")
    assert run("import", "labkey-keys", file, "--data", data).code == 2
