"""`keyhouse netrc list`, `get`, `remove`, `rename` and `import`."""

from pathlib import Path

import pytest

from keyhouse.cli.netrc.rereading import disturbed
from keyhouse.netrc.document import parse
from tests.cli.netrc_home import Home

_SECRET = "hunter2secret"
_TEXT = (
    "# mine\nmachine a.test login ada password one1\n\n"
    f"machine lk.test\n\tlogin apikey\n\tpassword {_SECRET}\nmachine b.test login bob password two2\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.write(_TEXT)
    return made


def test_list_shows_entries_without_secrets(home: Home) -> None:
    result = home.run("list")
    assert "4  lk.test  apikey  13 bytes, fingerprint " in result.out
    assert _SECRET not in result.out
    rows = home.run("list", "--json").json
    assert [(row["line"], row["machine"], row["login"]) for row in rows] == [
        (2, "a.test", "ada"), (4, "lk.test", "apikey"), (7, "b.test", "bob"),
    ]  # fmt: skip
    assert rows[1]["secret"]["length"] == len(_SECRET)


def test_get_masks_the_secret_unless_asked(home: Home) -> None:
    masked = home.run("get", "lk.test")
    assert "login    apikey\nsecret   13 bytes, fingerprint" in masked.out
    assert f"place    {home.file}:4:1" in masked.out
    assert _SECRET not in masked.out + home.run("get", "lk.test", "--json").out
    assert home.run("get", "lk.test", "--show-secret").out == f"{_SECRET}\n"
    assert home.run("get", "lk.test", "--show-secret", "--json").json["password"] == _SECRET


def test_get_takes_the_first_of_two_and_says_so(home: Home) -> None:
    home.write("machine x login a password one\nmachine x login b password two\n")
    first = home.run("get", "x", "--show-secret")
    assert (first.out, "has 2 entries; this is the first" in first.err) == ("one\n", True)
    assert home.run("get", "x", "--login", "b", "--show-secret").out == "two\n"


@pytest.mark.parametrize(
    "command", [["get", "no.test"], ["remove", "no.test", "--yes"], ["rename", "no.test", "c.test"]]
)
def test_machine_without_entry_is_told_with_those_that_are_there(home: Home, command: list[str]) -> None:
    result = home.run(*command)
    assert result.code == 1
    assert "has no entry for no.test. It has: a.test, lk.test, b.test." in result.err
    assert home.text == _TEXT


@pytest.mark.parametrize("command", [["list"], ["get", "x"], ["remove", "x", "--yes"], ["rename", "x", "y"]])
def test_missing_file_says_how_to_make_one(home: Home, command: list[str]) -> None:
    home.file.unlink()
    result = home.run(*command)
    assert (result.code, "keyhouse netrc set MACHINE" in result.err) == (1, True)


def test_remove_takes_one_machine_and_no_other_byte(home: Home) -> None:
    result = home.run("remove", "lk.test", "--yes", "--backup")
    assert result.code == 0
    assert home.text == ("# mine\nmachine a.test login ada password one1\n\nmachine b.test login bob password two2\n")
    assert "stays valid until you revoke it" in result.err
    assert (home.folder / ".netrc.bak").read_text() == _TEXT


def test_remove_without_a_terminal_wants_yes(home: Home) -> None:
    assert home.run("remove", "lk.test").code == 2
    assert home.text == _TEXT


def test_remove_can_take_one_login_only(home: Home) -> None:
    home.write("machine x login a password one\nmachine x login b password two\nmachine x login a password three\n")
    home.run("remove", "x", "--login", "a", "--yes")
    assert home.text == "machine x login b password two\n"


def test_rename_changes_the_name_and_no_other_byte(home: Home) -> None:
    assert home.run("rename", "lk.test", "new.test").code == 0
    assert home.text == _TEXT.replace("lk.test", "new.test")


def test_rename_mends_a_name_with_scheme_and_port(home: Home) -> None:
    home.write("machine https://lk.test:8080 login a password b\n")
    assert home.run("rename", "https://lk.test:8080", "lk.test").code == 0
    assert home.text == "machine lk.test login a password b\n"


@pytest.mark.parametrize("new", ["a.test", "lk.test", "https://c.test", "c.test:80", "default"])
def test_rename_refuses_what_is_taken_or_no_host(home: Home, new: str) -> None:
    assert home.run("rename", "lk.test", new).code == 2
    assert home.text == _TEXT


def test_import_replaces_adds_and_says_what_it_did(home: Home) -> None:
    other = home.folder / "other"
    other.write_text(
        "machine lk.test login apikey password fresh\nmachine c.test login cy password three\n"
        "machine a.test login ada password one1\nmachine d.test login only\nmachine c.test login cy password again\n"
        "default login any password body\n"
    )
    shown = home.run("import", other, "--dry-run")
    assert (shown.code, home.text) == (0, _TEXT)
    result = home.run("import", other, "--json")
    assert [(row["machine"], row["result"]) for row in result.json] == [
        ("lk.test", "replaced the login apikey of line 4"),
        ("c.test", "added"),
        ("a.test", "the same already"),
        ("d.test", "left out: it lacks a password"),
        ("c.test", "left out: the first entry of a machine counts"),
        ("default", "left out: it would go to every server"),
    ]
    expected = _TEXT.replace(_SECRET, "fresh") + "machine c.test login cy password three\n"
    assert home.text == expected
    assert "fresh" not in result.out + result.err + shown.out


def test_import_makes_the_file_where_there_is_none(home: Home) -> None:
    other = home.file.rename(home.folder / "other")
    assert home.run("import", other).code == 0
    assert home.file.stat().st_mode & 0o077 == 0
    assert [row["machine"] for row in home.run("list", "--json").json] == ["a.test", "lk.test", "b.test"]


def test_change_after_which_a_client_reads_a_neighbour_otherwise_is_refused(home: Home) -> None:
    # Ruby's gem takes the password that the first entry lacks from the next one.
    text = "machine a.test login x\nmachine lk.test login y password z\nmachine b.test login bob password two2\n"
    home.write(text)
    result = home.run("remove", "lk.test", "--yes")
    assert (result.code, home.text) == (3, text)
    assert "Ruby netrc 0.11.0 would then read the entry for a.test in another way" in result.err


def test_entry_hidden_by_a_default_in_front_is_a_disturbance() -> None:
    entry = b"machine a.test login x password y\n"
    found = set(disturbed(parse(entry), parse(b"default login q password r\n" + entry), ["lk.test"]))
    assert ("a.test", "git 2.39.5") in found
    assert list(disturbed(parse(entry), parse(entry + b"machine lk.test login q password r\n"), ["lk.test"])) == []


def test_hostile_names_cannot_steer_the_terminal(home: Home) -> None:
    home.write("machine \x1b[2Jx login \x1b]0;t\x07 password p\n")
    for command in (["list"], ["get", "\x1b[2Jx"], ["get", "nobody"], ["remove", "\x1b[2Jx", "--yes"]):
        result = home.run(*command)
        assert "\x1b" not in result.out + result.err


def test_name_in_other_capitals_is_the_same_machine(home: Home) -> None:
    before = home.text
    assert home.run("set", "Lab.Test", "--login", "ada", "--password-stdin", stdin="n3w\n").code == 0
    assert "login    ada" in home.run("get", "Lab.Test").out
    assert home.run("rename", "LAB.test", "moved.test").code == 0
    assert home.run("remove", "Moved.Test", "--yes").code == 0
    assert home.text.split() == before.split()
