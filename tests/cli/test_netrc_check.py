"""`keyhouse netrc check` finds what bites, and `--fix` mends only what loses nothing."""

import os
import pty
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.cli.netrc.masking import masked_diff, masked_text
from keyhouse.cli.netrc.mending import mended
from keyhouse.netrc.document import parse
from tests.cli.netrc_home import Home
from tests.cli.program import PROGRAM, environment

_SECRET = "hunter2secret"
_PORTABLE = f"machine lk.test login alice password {_SECRET}\n"
_CREDENTIALS = st.text("abcdefghij0123456789", min_size=8, max_size=12)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _ids(home: Home, *more: str | Path) -> set[str]:
    answer = home.run("check", "--json", *more).json
    # HOME is a made-up one in every test here.
    return {one["id"] for one in answer["findings"]} - {"home-differs"}


def test_portable_file_has_no_finding(home: Home) -> None:
    home.write(_PORTABLE)
    assert _ids(home) == set()
    result = home.run("check", home.file)
    assert (result.code, result.out, result.err) == (0, f"{home.file}: every client reads it alike.\n", "")


def test_variables_count_for_the_usual_file_and_not_for_a_named_one(home: Home) -> None:
    home.write(_PORTABLE)
    found = {one["id"] for one in home.run("check", "--json", NETRC="~/.netrc").json["findings"]}
    assert {"variable-tilde", "home-differs"} <= found
    assert home.run("check", home.file, NETRC="~/.netrc").code == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\xef\xbb\xbf" + _PORTABLE.encode(), {"byte-order-mark"}),
        (_PORTABLE.replace("\n", "\r\n").encode(), {"carriage-return"}),
        (_PORTABLE.encode("utf-16"), {"utf-16"}),
        (_PORTABLE.replace("lk.test", "lk.test:8080").encode(), {"machine-port"}),
        (_PORTABLE.replace("lk.test", "https://lk.test").encode(), {"machine-scheme"}),
        (_PORTABLE.replace("lk.test", "LK.test").encode(), {"machine-capitals"}),
        ((_PORTABLE + _PORTABLE.replace("alice", "bob")).encode(), {"duplicate"}),
        (b"default login a password b\n" + _PORTABLE.encode(), {"default", "default-not-last"}),
        (_PORTABLE.encode() + b"\n# a note\n", {"comment", "comment-after-blank-line"}),
    ],
)
def test_finding_has_the_id_of_its_fault(home: Home, text: bytes, expected: set[str]) -> None:
    home.write(text)
    assert expected <= _ids(home)
    assert home.run("check").code == 1


def test_finding_tells_place_victims_and_remedy(home: Home) -> None:
    home.write(f"machine a.test login x password y\nmachine lk.test:8080 login alice password {_SECRET}\n")
    result = home.run("check")
    assert f"error   machine-port  {home.file}:2:9" in result.out
    assert "bites: only Go and git-credential-netrc match ports" in result.out
    assert "do:    write: machine lk.test" in result.out
    assert "Some can be mended with --fix." in result.err


def test_commented_out_key_that_is_live_is_a_danger(home: Home) -> None:
    home.write(f"machine x login y password z\n\n# machine lk.test login old password {_SECRET}\n")
    found = home.run("check", "--json").json["findings"]
    live = next(one for one in found if one["id"] == "commented-out-live")
    assert (live["severity"], live["line"]) == ("danger", 3)
    assert any(name.startswith("requests") for name in live["clients"])


def test_notes_alone_are_no_failure(home: Home) -> None:
    home.write(f"# a note\n{_PORTABLE}")
    found = home.run("check", "--json").json["findings"]
    assert {one["severity"] for one in found if one["id"] != "home-differs"} == {"note"}


def test_missing_file_is_a_finding_and_so_is_the_txt_beside_it(home: Home) -> None:
    (home.folder / ".netrc.txt").write_text(_PORTABLE)
    assert _ids(home) == {"no-file", "txt"}
    assert home.run("check").code == 1


def test_directory_and_pipe_are_findings(home: Home) -> None:
    home.file.mkdir()
    assert "not-a-file" in _ids(home)
    home.file.rmdir()
    os.mkfifo(home.file)
    assert "not-a-file" in _ids(home)


def test_file_can_be_named_as_argument_or_option_but_once(home: Home) -> None:
    other = home.folder / "other"
    other.write_text("machine a:1 login b password c\n")
    other.chmod(0o600)
    home.write(_PORTABLE)
    assert _ids(home, other) == _ids(home, "--file", other) == {"machine-port"}
    assert home.run("check", other, "--file", other).code == 2
    assert home.run("check", "--dry-run").code == 2


def test_fix_takes_rights_from_others(home: Home) -> None:
    home.write(_PORTABLE, 0o644)
    result = home.run("check", "--fix")
    assert "Mended: mode." in result.out
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600
    assert home.text == _PORTABLE


def test_fix_mends_everything_at_once_and_shows_it_without_secrets(home: Home) -> None:
    home.write(
        b"\xef\xbb\xbfmachine https://LK.test:8080/labkey login alice password hunter2secret\r\n"
        b"machine b.test login a password hunter2secret\r\nmachine b.test login a password hunter2secret\r\n"
    )
    result = home.run("check", "--fix", "--backup")
    assert home.text == f"{_PORTABLE}machine b.test login a password {_SECRET}\n"
    assert _SECRET not in result.out + result.err
    assert "+machine lk.test login alice password (13 bytes, fingerprint " in result.out
    assert (home.folder / ".netrc.bak").read_bytes().startswith(b"\xef\xbb\xbf")


def test_dry_run_shows_the_same_and_changes_nothing(home: Home) -> None:
    text = _PORTABLE.replace("lk.test", "lk.test:8080")
    home.write(text, 0o644)
    result = home.run("check", "--fix", "--dry-run")
    assert "Would mend: mode, machine-port." in result.out
    assert "+machine lk.test login" in result.out
    assert (home.text, stat.S_IMODE(home.file.stat().st_mode)) == (text, 0o644)


def test_carriage_returns_are_seen_in_the_difference(home: Home) -> None:
    home.write(_PORTABLE.replace("\n", "\r\n"))
    assert "\N{SYMBOL FOR CARRIAGE RETURN}" in home.run("check", "--fix").out
    assert home.text == _PORTABLE


def test_fix_does_not_make_two_entries_collide(home: Home) -> None:
    text = f"machine lk.test:8080 login bob password other\n{_PORTABLE}"
    home.write(text)
    result = home.run("check", "--fix")
    assert "There is nothing that can be mended without you." in result.out
    assert home.text == text
    assert "with --fix" not in result.err


def test_fix_in_json_says_what_was_fixed_and_what_is_left(home: Home) -> None:
    home.write(_PORTABLE.replace("lk.test", "lk.test:80") + "machine b login c\n")
    answer = home.run("check", "--fix", "--json").json
    assert answer["fixed"] == ["machine-port"]
    assert "missing-password" in {one["id"] for one in answer["findings"]}


def test_fix_leaves_a_link_a_link(home: Home) -> None:
    target = home.folder / "real"
    target.write_text(_PORTABLE.replace("lk.test", "lk.test:80"))
    home.file.symlink_to(target)
    home.run("check", "--fix")
    assert home.file.is_symlink()
    assert target.read_text() == _PORTABLE


@given(
    _CREDENTIALS, st.text(max_size=30), st.text(max_size=30), st.sampled_from(["", "#", "machine ", '"', "macdef x\n"])
)
def test_masked_text_never_holds_a_password(secret: str, before: str, after: str, prefix: str) -> None:
    files = (
        f"machine lk.test login alice password {secret}\n{before}\n{after}",
        f"{before}\n{prefix}password {secret}\n",
        f"machine h login x password a {secret} {after}\n",
        f"# {secret}\n",
        f"macdef m\n{secret}\n\n",
        f"machine https://u:{secret}@h login x password y\n",
    )
    for text in files:
        document = parse(text.encode("utf-8", "surrogatepass"))
        hidden = masked_text(document)
        assert secret not in hidden or secret in before + after, text
        assert secret not in "\n".join(masked_diff(document, parse(b""))) or secret in before + after


@given(st.lists(st.sampled_from(
    ["machine a.test", "machine A.test:80", "machine https://b.test", "login x", "password p", "password q", "\r\n",
     "\n", "\n\n", "# note", "default", "macdef m\n", '"', "port 1", "machine a.test login x password p\n"]
), max_size=12))  # fmt: skip
def test_mending_ends_and_keeps_every_secret(words: list[str]) -> None:
    before = parse(" ".join(words).encode())
    after, _ = mended(before)
    assert mended(after)[1] == []
    secrets = {entry.password for entry in before.entries}
    assert {entry.password for entry in after.entries} <= secrets | {None}
    assert {entry.machine.lower() for entry in after.entries} <= {
        name for entry in before.entries for name in (entry.machine.lower(), "a.test", "b.test")
    }


def test_doctor_is_another_name_of_check(home: Home) -> None:
    home.write(_PORTABLE.replace("lk.test", "lk.test:8080"))
    check, doctor = home.run("check"), home.run("doctor")
    assert (doctor.code, doctor.out, doctor.err) == (check.code, check.out, check.err) and doctor.code == 1
    assert "doctor     The same as check." in home.run("--help").out


def test_fix_makes_text_of_utf_16_with_and_without_its_mark(home: Home) -> None:
    for coding in ("utf-16", "utf-16-le", "utf-16-be"):
        home.write(_PORTABLE.encode(coding))
        assert "utf-16" in home.run("check", "--fix", "--json").json["fixed"]
        assert home.text == _PORTABLE


def test_fix_merges_two_entries_only_where_they_say_the_same_and_says_why_not(home: Home) -> None:
    home.write(_PORTABLE * 2)
    assert "Mended: duplicate." in home.run("check", "--fix").out
    assert home.text == _PORTABLE
    for other, why in (
        ("login bob password x", "which login is meant"),
        ("login alice password y", "which of the two"),
    ):
        text = f"{_PORTABLE}machine lk.test {other}\n"
        home.write(text)
        assert why in home.run("check", "--fix").out
        assert home.text == text


def test_fix_merges_nothing_where_a_client_would_then_choose_otherwise(home: Home) -> None:
    """Ruby's gem takes the second entry's words for the first, which lacks them."""
    text = (
        f"machine a.test\n{_PORTABLE}machine b.test login x password y\nmachine b.test login x password y account z\n"
    )
    home.write(text)
    home.run("check", "--fix")
    assert home.text == text


def test_fix_changes_nothing_else(home: Home) -> None:
    text = "# a note\n\tmachine\tlk.test:8080\tlogin alice  password hunter2secret  # odd\nmacdef m\nbin\n\n"
    home.write(text)
    home.run("check", "--fix")
    assert home.text == text.replace(":8080", "")


@pytest.mark.parametrize(("answer", "is_changed"), [("n\n", False), ("y\n", True)])
def test_fix_asks_at_a_terminal(home: Home, answer: str, is_changed: bool) -> None:
    home.write(_PORTABLE.replace("lk.test", "lk.test:8080"))
    master, terminal = pty.openpty()
    try:
        os.write(master, answer.encode())
        command, environ = [*PROGRAM, "netrc", "check", "--fix"], environment(HOME=str(home.folder))
        done = subprocess.run(
            command,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=home.folder,
            env=environ,
        )
    finally:
        os.close(master)
        os.close(terminal)
    assert "Change " in done.stderr and "+machine lk.test login" in done.stdout
    assert (home.text == _PORTABLE) is is_changed


def test_fix_is_not_asked_about_with_yes(home: Home) -> None:
    home.write(_PORTABLE.replace("lk.test", "lk.test:8080"))
    assert "Mended: machine-port." in home.run("check", "--fix", "--yes").out
    assert home.run("check", "--yes").code == 2
