"""Users, groups, folders and roles by command."""

import os
import pty
import re
import subprocess
from pathlib import Path

from tests.cli.program import ADMIN, PASSWORD, PROGRAM, environment, run


def test_password_from_standard_input_is_the_first_line_without_its_end(data: Path) -> None:
    for email, text in (("a@x.org", f"{PASSWORD}\nmore\n"), ("b@x.org", PASSWORD), ("c@x.org", f"{PASSWORD}\r\n")):
        result = run("user", "add", email, "--password-stdin", "--data", data, stdin=text)
        assert (result.code, result.out) == (0, f"Added {email}.\n"), result.err
    users = {user["email"]: user for user in run("user", "list", "--json", "--data", data).json}
    assert all(users[email]["has_password"] for email in ("a@x.org", "b@x.org", "c@x.org"))


def test_password_is_in_no_output_and_no_file(data: Path) -> None:
    result = run("user", "add", "a@x.org", "--password-stdin", "--data", data, stdin=PASSWORD + "\n")
    assert PASSWORD not in result.out + result.err
    assert not [file for file in data.rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()]


def test_empty_long_and_broken_passwords_are_usage_errors(data: Path) -> None:
    for text, named in (("", "no password on standard input"), ("x" * 5000, "longer than")):
        result = run("user", "add", "a@x.org", "--password-stdin", "--data", data, stdin=text)
        assert (result.code, named in result.err) == (2, True), result.err
    assert len(run("user", "list", "--json", "--data", data).json) == 1


def test_weak_password_is_refused_with_the_rule(data: Path) -> None:
    result = run("user", "add", "a@x.org", "--password-stdin", "--data", data, stdin="password\n")
    assert result.code == 2
    assert "too common" in result.err


def test_user_without_terminal_and_password_needs_one_later(data: Path) -> None:
    result = run("user", "add", "a@x.org", "--data", data)
    assert result.code == 0
    assert "keyhouse user set-password a@x.org" in result.err
    set_now = run("user", "set-password", "a@x.org", "--password-stdin", "--data", data, stdin=PASSWORD)
    assert set_now.code == 0, set_now.err


def test_service_account_never_has_a_password(data: Path) -> None:
    assert run("user", "add", "s@x.org", "--service", "--password-stdin", "--data", data, stdin="x\n").code == 2
    result = run("user", "add", "s@x.org", "--service", "--display-name", "Nightly", "--data", data)
    assert (result.code, "keyhouse key issue s@x.org" in result.out) == (0, True)
    refused = run("user", "set-password", "s@x.org", "--password-stdin", "--data", data, stdin=PASSWORD)
    assert (refused.code, "has no password" in refused.err) == (2, True)


def test_terminal_is_asked_twice_and_shows_nothing(data: Path) -> None:
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "user", "add", "t@x.org", "--data", str(data)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment(),
        start_new_session=True,
    )
    os.close(terminal)
    seen = _read_until(main, b"Password: ")
    os.write(main, PASSWORD.encode() + b"\n")
    seen += _read_until(main, b"The same again: ")
    os.write(main, PASSWORD.encode() + b"\n")
    seen += _read_until(main, b"Added t@x.org.")
    assert process.wait(30) == 0
    os.close(main)
    assert PASSWORD.encode() not in seen


def _read_until(descriptor: int, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen:
        seen += os.read(descriptor, 1000)
    return seen


def test_taken_and_broken_addresses_are_refused(data: Path) -> None:
    assert "There is a user admin@example.org already" in run("user", "add", ADMIN.upper(), "--data", data).err
    assert "is not an e-mail address" in run("user", "add", "nobody", "--data", data).err
    assert run("user", "add", "nobody", "--data", data).code == 2


def test_user_is_deactivated_reactivated_and_deleted(data: Path) -> None:
    run("user", "add", "a@x.org", "--data", data)
    assert run("user", "deactivate", "a@x.org", "--data", data).out == "Deactivated a@x.org.\n"
    assert run("user", "deactivate", "a@x.org", "--data", data).out == "a@x.org is deactivated already.\n"
    assert run("user", "reactivate", "a@x.org", "--data", data).out == "Reactivated a@x.org.\n"
    assert run("user", "delete", "a@x.org", "--data", data).code == 2, "without a terminal, --yes must say so"
    assert run("user", "delete", "a@x.org", "--yes", "--data", data).out == "Deleted a@x.org.\n"
    assert "There is no user a@x.org" in run("user", "deactivate", "a@x.org", "--data", data).err


def test_last_administrator_leaves_with_a_warning(data: Path) -> None:
    assert "No active user is a site administrator now" in run("user", "deactivate", ADMIN, "--data", data).err


def test_groups_have_members_that_are_users_or_groups(data: Path) -> None:
    for name in ("Lab", "Trial team"):
        assert run("group", "add", name, "--data", data).code == 0
    assert run("group", "add", "lab", "--data", data).code == 2
    assert run("group", "add-member", "Lab", "Trial team", "--data", data).code == 0
    assert run("group", "add-member", "trial team", ADMIN, "--data", data).code == 0
    assert [row["name"] for row in run("group", "members", "Lab", "--json", "--data", data).json] == ["Trial team"]
    assert run("group", "remove-member", "Trial team", ADMIN, "--data", data).code == 0
    assert run("group", "members", "Trial team", "--json", "--data", data).json == []
    assert run("group", "delete", "Lab", "--yes", "--data", data).code == 0
    assert run("group", "delete", "Administrators", "--yes", "--data", data).code == 2
    assert "Lab" not in run("group", "list", "--data", data).out


def test_folders_and_roles(data: Path) -> None:
    assert run("folder", "add", "/Lab/Trial", "--data", data).code == 2, "the folder above is not there"
    assert run("folder", "add", "/Lab", "--private", "--data", data).out == "Added /Lab.\n"
    folders = {row["path"]: row for row in run("folder", "list", "--json", "--data", data).json}
    assert (set(folders), folders["/Lab"]["inherits_roles"]) == ({"/", "/home", "/Shared", "/Lab"}, False)
    assert run("role", "assign", "reader", "All Site Users", "--folder", "/lab", "--data", data).code == 0
    assert run("role", "assign", "reader", ADMIN, "--data", data).code == 2, "a folder is needed"
    assert run("role", "assign", "troubleshooter", ADMIN, "--data", data).code == 0
    assert run("role", "assign", "king", ADMIN, "--data", data).code == 2
    listed = run("role", "list", "--folder", "/Lab", "--json", "--data", data).json
    assert listed == [{"folder": "/Lab", "role": "Reader", "principal": "All Site Users"}]
    assert run("role", "remove", "Reader", "All Site Users", "--folder", "/Lab", "--data", data).code == 0
    assert run("role", "list", "--folder", "/Lab", "--json", "--data", data).json == []
    assert "keyhouse folder list" in run("role", "list", "--folder", "/nowhere", "--data", data).err


def test_what_a_command_did_is_in_the_audit_log_under_the_login(data: Path) -> None:
    run("group", "add", "Lab", "--data", data)
    last = run("audit", "export", "--kind", "group changed", "--data", data).json
    assert last["comment"] == "Group Lab was added."
    assert re.fullmatch(r"\S.*\(command line\)", last["user"])
