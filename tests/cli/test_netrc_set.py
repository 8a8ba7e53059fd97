"""`keyhouse netrc set` writes what every client reads alike, replaces, and never takes a secret as an argument."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.cli.netrc.asked import client_of
from keyhouse.cli.netrc.rereading import all_readers, misreaders
from keyhouse.cli.netrc.spelling import respelled, spelling_for
from keyhouse.netrc.document import parse
from keyhouse.netrc.secret import Secret
from tests.cli.netrc_home import Home, listening
from tests.cli.program import PROGRAM, Run, environment

_SECRET = "hunter2secret"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _set(home: Home, machine: str, secret: str, *more: str, login: str = "apikey") -> Run:
    return home.run("set", machine, "--login", login, "--password-stdin", *more, stdin=f"{secret}\n")


def test_new_file_is_private_and_holds_one_portable_line(home: Home) -> None:
    result = _set(home, "lk.test", _SECRET)
    assert (result.code, result.err) == (0, "")
    assert home.text == f"machine lk.test login apikey password {_SECRET}\n"
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600
    assert _SECRET not in result.out


def test_what_was_set_arrives_from_real_curl(home: Home) -> None:
    _set(home, "127.0.0.1", _SECRET)
    with listening() as listener:
        variables = {"HOME": str(home.folder), "PATH": os.environ["PATH"]}
        done = subprocess.run(["curl", "-sn", f"http://127.0.0.1:{listener.port}/"], env=variables)
    if done.returncode == 127:
        pytest.skip("needs Debian's curl")
    assert listener.last == f"apikey:{_SECRET}".encode()


def test_entry_is_replaced_and_never_appended(home: Home) -> None:
    home.write(
        "machine a.test login x password y\nmachine lk.test login apikey password old\ndefault login z password q\n"
    )
    result = _set(home, "lk.test", "new1")
    assert "instead of the old one" in result.out
    assert home.text == (
        "machine a.test login x password y\nmachine lk.test login apikey password new1\ndefault login z password q\n"
    )


def test_another_login_of_the_only_entry_is_replaced_and_named(home: Home) -> None:
    home.write("machine lk.test login ada password old\n")
    assert "instead of the login ada" in _set(home, "lk.test", "new1").out
    assert home.text == "machine lk.test login apikey password new1\n"


def test_entry_in_capitals_is_the_same_machine(home: Home) -> None:
    home.write("machine LK.Test login apikey password old\n")
    assert _set(home, "lk.test", "new1").code == 0
    assert home.text == "machine lk.test login apikey password new1\n"


def test_second_entry_for_the_same_login_goes(home: Home) -> None:
    home.write("machine lk.test login apikey password one\nmachine lk.test login apikey password two\n")
    assert _set(home, "lk.test", "new1").code == 0
    assert home.text == "machine lk.test login apikey password new1\n"


def test_new_entry_goes_before_default_and_comments_stay(home: Home) -> None:
    home.write("# mine\nmachine a.test login x password y\ndefault login z password q\n")
    result = _set(home, "lk.test", "new1")
    assert home.text == (
        "# mine\nmachine a.test login x password y\nmachine lk.test login apikey password new1\n"
        "default login z password q\n"
    )
    assert "Beware: LabKey Rust 0.4.1 does not find it" in result.err


def test_several_other_users_are_not_guessed_between(home: Home) -> None:
    text = "machine lk.test login ada password one\nmachine lk.test login bob password two\n"
    home.write(text)
    result = _set(home, "lk.test", "new1")
    assert (result.code, home.text) == (2, text)
    assert "keyhouse netrc remove lk.test" in result.err


@pytest.mark.parametrize(
    "secret", ["s3\\cret", 's3"cret', "s3 cret", "#s3cret", "pässword", "s3,cret", "x" * 200, "s3\tcret"]
)
def test_secret_that_cannot_be_portable_is_refused_with_a_name(home: Home, secret: str) -> None:
    home.write("machine a.test login x password y\n")
    result = _set(home, "lk.test", secret)
    assert result.code == 2
    assert "this would be misread by " in result.err
    assert secret not in result.err
    assert home.text == "machine a.test login x password y\n"


@pytest.mark.parametrize(
    ("secret", "clients", "written"),
    [
        ("a\\b", ["curl", "git"], "a\\b"),
        ("a b", ["curl", "requests"], '"a b"'),
        ("a\\b", ["curl@8.5", "requests"], '"a\\\\b"'),
        ("a,b", ["curl", "requests", "r", "labkey-java"], "a,b"),
        ("pässword", ["curl", "httpx"], "pässword"),
    ],
)
def test_spelling_is_the_one_that_the_selected_clients_share(
    home: Home, secret: str, clients: list[str], written: str
) -> None:
    options = [word for client in clients for word in ("--client", client)]
    assert _set(home, "lk.test", secret, *options).code == 0
    assert home.text == f"machine lk.test login apikey password {written}\n"


def test_refusal_names_a_selected_client(home: Home) -> None:
    result = _set(home, "lk.test", "a b", "--client", "curl", "--client", "labkey-java")
    assert "misread by LabKey Java 6 (there is a blank" in result.err


@pytest.mark.parametrize(
    "machine", ["https://lk.test", "lk.test:8080", "lk.test/labkey", "default", "", "a b", "u@lk.test"]
)
def test_machine_is_a_bare_host(home: Home, machine: str) -> None:
    result = _set(home, machine, "x1")
    assert (result.code, home.file.exists()) == (2, False)


def test_capitals_of_the_machine_are_written_small(home: Home) -> None:
    assert _set(home, "LK.Test", "x1").code == 0
    assert home.text.startswith("machine lk.test ")


def test_secret_from_a_variable_or_a_descriptor(home: Home) -> None:
    assert home.run("set", "a.test", "--login", "x", "--password-env", "KEY", KEY="fromvariable").code == 0
    given = home.folder / "given"
    given.write_text("fromfile\r\nsecond line\n")
    with given.open("rb") as stream:
        command = [*PROGRAM, "netrc", "set", "b.test", "--login", "x", "--password-fd", str(stream.fileno())]
        done = subprocess.run(
            command, env=environment(HOME=str(home.folder)), pass_fds=[stream.fileno()], capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr
    assert home.text == "machine a.test login x password fromvariable\nmachine b.test login x password fromfile\n"


@pytest.mark.parametrize(
    "options",
    [[], ["--password-env", "NO_SUCH_VARIABLE"], ["--password-fd", "77"], ["--password-stdin", "--password-fd", "0"]],
)
def test_no_secret_is_a_usage_error_that_says_how(home: Home, options: list[str]) -> None:
    result = home.run("set", "lk.test", "--login", "x", *options, stdin="")
    assert (result.code, home.file.exists()) == (2, False)


def test_link_stays_a_link_and_backup_keeps_the_old(home: Home) -> None:
    target = home.folder / "real"
    target.write_text("machine lk.test login apikey password old\n")
    home.file.symlink_to(target)
    assert _set(home, "lk.test", "new1", "--backup").code == 0
    assert home.file.is_symlink()
    assert "new1" in target.read_text()
    assert (home.folder / "real.bak").read_text() == "machine lk.test login apikey password old\n"
    assert stat.S_IMODE((home.folder / "real.bak").stat().st_mode) == 0o600


def test_directory_in_the_place_of_the_file_is_told(home: Home) -> None:
    home.file.mkdir()
    result = _set(home, "lk.test", "x1")
    assert (result.code, str(home.file) in result.err) == (3, True)


def test_json_tells_what_was_written(home: Home) -> None:
    answer = _set(home, "lk.test", _SECRET, "--json").json
    assert (answer["machine"], answer["login"], answer["replaced"]) == ("lk.test", "apikey", False)
    assert answer["secret"]["length"] == len(_SECRET)


_READERS = all_readers()


def test_every_client_that_reads_netrc_is_asked() -> None:
    names = {client.name for client in _READERS}
    assert {"curl", "r", "requests", "labkey-java", "tnftp", "emacs", "perl"} <= names
    assert "hg" not in names


@settings(max_examples=30)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=20))
def test_spelling_is_read_back_by_all_selected_or_refused(text: str) -> None:
    readers = [client_of(name) for name in ("curl", "requests", "wget", "curl@7.68", "python@3.10")]
    spelling = spelling_for(readers, "lk.test", "apikey", Secret(text))
    if not spelling.misread_by:
        document = respelled(parse(b"").set("lk.test", "apikey", text), "lk.test", "apikey", spelling)
        assert misreaders(readers, document.dump(), "lk.test", "apikey", Secret(text)) == []


@settings(max_examples=20)
@given(st.text("abcXYZ019!$%&()*+-./:;<=>?@[]^_{|}~", min_size=1, max_size=99))
def test_portable_alphabet_is_spelled_plainly_for_all(text: str) -> None:
    spelling = spelling_for(_READERS, "lk.test", "apikey", Secret(text))
    assert (spelling.misread_by, spelling.secret) == ([], text.encode())
