"""Sign in, replace the key and sign out from the command line, against a server that really runs.

The commands run in this process, so that a person can act exactly while they wait; one test runs the program itself.
"""

import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keyhouse.cli import device_flow, login, logout, remote, rotate
from tests.cli.person import Person
from tests.cli.program import ADMIN, PASSWORD, PROGRAM, environment, free_port, run

OTHERS = b"# mine\r\nmachine other.example.org login ada password p1\n\nmacdef init\ncd /tmp\n\n"
DEFAULT = b"default login anonymous password x\n"


@pytest.fixture
def url(server: tuple[str, Path]) -> str:
    return server[0]


@pytest.fixture
def person(url: str) -> Person:
    return Person(url, ADMIN, PASSWORD)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "netrc"


@pytest.fixture
def key(server: tuple[str, Path]) -> str:
    return run("key", "issue", ADMIN, "--description", "by hand", "--expires", "30", "--data", server[1]).out.strip()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[device_flow.Codes]:
    """The codes that commands got."""
    codes: list[device_flow.Codes] = []
    begin = device_flow.begin
    monkeypatch.setattr(device_flow, "begin", lambda *given: codes.append(begin(*given)) or codes[-1])
    return codes


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch, shown: list[device_flow.Codes]) -> Callable[..., None]:
    """Let something happen in place of each pause between two questions."""
    wait = device_flow.wait

    def happens(*acts: Callable[[str], Any]) -> None:
        left = list(acts)
        monkeypatch.setattr(device_flow, "wait", partial(wait, sleep=lambda _: left.pop(0)(shown[-1].user_code)))

    return happens


def command(module: Any, *arguments: str | Path, text: str | None = None) -> Result:
    result = CliRunner().invoke(module.command, [str(argument) for argument in arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def signed_in(url: str, file: Path, *more: str) -> Result:
    return command(login, url, "--no-browser", "--netrc-file", file, *more)


def stored(file: Path) -> str:
    return file.read_text().rpartition("password ")[2].strip()


def holds(file: Path, key: str) -> None:
    file.write_text(f"machine 127.0.0.1 login apikey password {key}\n")
    file.chmod(0o600)


def who(url: str, file: Path) -> str:
    return run("whoami", url, "--netrc-file", file).out + run("whoami", url, "--netrc-file", file).err


def keys_at(server: tuple[str, Path]) -> dict[str, str]:
    listed = run("key", "list", "--all", "--json", "--data", server[1]).json
    return {key["id"]: key["state"] for key in listed}


def test_program_is_let_in_on_the_page_and_the_key_lands_in_the_file(url, person, file, meanwhile):
    meanwhile(lambda _: None, person.answer)
    result = signed_in(url, file, "--description", "nightly run", "--expires", "45")
    assert result.exit_code == 0, result.output
    assert f"You are {ADMIN}" in result.stdout
    assert "Approve it at" in result.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ADMIN in who(url, file)
    assert "nightly run" in person.read("security-externalToolsView.view")
    assert stored(file) not in result.output


def test_everything_else_in_the_file_stays_byte_for_byte(url, person, file, meanwhile):
    file.write_bytes(OTHERS + DEFAULT)
    meanwhile(person.answer)
    assert signed_in(url, file).exit_code == 0
    written = file.read_bytes()
    assert written.startswith(OTHERS)
    assert written.endswith(DEFAULT)
    assert b"machine 127.0.0.1 login apikey password khk_" in written[len(OTHERS) : -len(DEFAULT)]


def test_symbolic_link_stays_one(url, person, file, tmp_path, meanwhile):
    file.symlink_to(tmp_path / "real")
    meanwhile(person.answer)
    assert signed_in(url, file).exit_code == 0
    assert file.is_symlink()
    assert "khk_" in (tmp_path / "real").read_text()


def test_old_key_is_revoked_in_the_same_go_where_asked(server, url, person, file, key, meanwhile):
    holds(file, key)
    meanwhile(person.answer)
    result = signed_in(url, file, "--revoke-old")
    assert f"The old key {key[4:16]} is revoked" in result.stdout
    assert keys_at(server)[key[4:16]] == "revoked"
    assert file.read_text().count("machine") == 1


def test_old_key_stays_where_nobody_says_otherwise(server, url, person, file, key, meanwhile):
    holds(file, key)
    meanwhile(person.answer)
    assert f"The old key {key[4:16]} stays valid" in signed_in(url, file).stderr
    assert keys_at(server)[key[4:16]] == "valid"


def test_old_key_that_has_ended_is_no_obstacle(server, url, person, file, key, meanwhile):
    holds(file, key)
    run("key", "revoke", key[4:16], "--data", server[1])
    meanwhile(person.answer)
    result = signed_in(url, file, "--revoke-old")
    assert (result.exit_code, "had ended before" in result.stderr) == (0, True)


def test_old_key_of_another_account_is_revoked_by_itself(server, url, person, file, meanwhile):
    added = run("user", "add", "robot@example.org", "--service", "--data", server[1])
    assert added.code == 0, added.err
    other = run("key", "issue", "robot@example.org", "--data", server[1]).out.strip()
    holds(file, other)
    meanwhile(person.answer)
    assert signed_in(url, file, "--revoke-old").exit_code == 0
    assert keys_at(server)[other[4:16]] == "revoked"


def test_old_key_that_the_site_does_not_know_is_said_not_to_be_revoked(url, person, file, key, meanwhile):
    from keyhouse import system
    from keyhouse.core.tokens import TokenKind, mint

    holds(file, mint(TokenKind.API_KEY, system.entropy).text)
    meanwhile(person.answer)
    result = signed_in(url, file, "--revoke-old")
    assert (result.exit_code, "You are signed in, but" in result.stderr) == (1, True)
    assert ADMIN in who(url, file)


def test_login_denied_on_the_page_changes_nothing(url, person, file, meanwhile):
    meanwhile(partial(person.answer, do="deny"))
    result = signed_in(url, file)
    assert (result.exit_code, "refused on the page" in result.stderr) == (1, True)
    assert not file.exists()


def test_login_that_nobody_approves_says_to_run_it_again(url, file, shown, monkeypatch):
    moments = iter([0, 1, 10_000])
    late = partial(device_flow.wait, sleep=lambda _: None, clock=lambda: next(moments))
    monkeypatch.setattr(device_flow, "wait", late)
    result = signed_in(url, file)
    assert (result.exit_code, f"keyhouse login {url}" in result.stderr) == (2, True)


def test_interrupted_login_can_be_approved_no_more(url, person, file, shown, meanwhile):
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    meanwhile(interrupt)
    assert signed_in(url, file).exit_code == 1
    assert not file.exists()
    assert "No program waits under this code" in person.read("device-approve.view", user_code=shown[-1].user_code)


def test_too_fast_program_is_told_to_slow_down_and_does(url, person, file, meanwhile, shown):
    pauses: list[float] = []
    codes = device_flow.begin(remote.Remote(url, "tests"), "", None)
    acts = [lambda: None, lambda: None, lambda: person.answer(codes.user_code)]

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        acts.pop(0)()

    device_flow.wait(remote.Remote(url, "tests"), codes, sleep)
    assert pauses == [5, 5, 10]


def test_failure_after_the_key_was_issued_leaves_no_key_behind(server, url, person, file, meanwhile, monkeypatch):
    from keyhouse.cli import key_exchange

    before = set(keys_at(server))
    file.write_bytes(OTHERS)
    meanwhile(person.answer)
    monkeypatch.setattr(key_exchange, "look_up", lambda *_: key_exchange.Entry(file))
    result = signed_in(url, file)
    assert (result.exit_code, "does not give the new key back" in result.stderr) == (3, True)
    assert file.read_bytes() == OTHERS
    [new] = set(keys_at(server)) - before
    assert keys_at(server)[new] == "revoked"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("machine 127.0.0.1 login a password b\nmachine 127.0.0.1 login apikey password c\n", "has 2 entries"),
        ("machine 127.0.0.1 login ada@example.org password b\n", "its login is not apikey"),
        ("machine 127.0.0.1 login apikey password b nonsense\n", "cannot be understood"),
    ],
)
def test_file_that_cannot_take_the_key_is_refused_before_anything_is_asked(url, file, shown, content, words):
    file.write_text(content)
    result = signed_in(url, file)
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr
    assert file.read_text() == content
    assert shown == []


def test_folder_that_cannot_be_written_is_refused_before_anything_is_asked(url, tmp_path, shown):
    result = signed_in(url, tmp_path / "missing" / "netrc")
    assert (result.exit_code, "no folder that you may write to" in result.stderr) == (3, True)
    assert shown == []


def test_key_at_hand_is_verified_and_stored(url, file, key):
    assert signed_in(url, file, "--with-key").exit_code == 2
    result = command(login, url, "--with-key", "--netrc-file", file, text=key + "\n")
    assert (result.exit_code, stored(file)) == (0, key), result.output
    file.unlink()
    wrong = command(login, url, "--with-key", "--netrc-file", file, text=key[:-1] + "x\n")
    assert (wrong.exit_code, file.exists()) == (1, False)


def test_rotated_key_is_replaced_and_the_old_one_refused(server, url, file, key):
    holds(file, key)
    result = command(rotate, url, "--netrc-file", file)
    assert result.exit_code == 0, result.output
    assert stored(file) not in {key, ""}
    assert ADMIN in who(url, file)
    assert keys_at(server)[key[4:16]] == "rotated"
    holds(file, key)
    assert "it was replaced by a newer one" in command(rotate, url, "--netrc-file", file).stderr
    assert "keyhouse login" in command(rotate, url, "--netrc-file", file).stderr


def test_rotation_that_fails_puts_the_old_entry_back_and_revokes_the_new_key(server, url, file, key, monkeypatch):
    from keyhouse.cli import key_exchange
    from keyhouse.cli.failure import Unusable

    holds(file, key)
    before, content = set(keys_at(server)), file.read_bytes()

    def fail(*_: object) -> str:
        raise Unusable("made up")

    monkeypatch.setattr(key_exchange, "owner_of", fail)
    assert command(rotate, url, "--netrc-file", file).exit_code == 3
    assert file.read_bytes() == content
    assert ADMIN in who(url, file)
    states = keys_at(server)
    assert states[key[4:16]] == "valid"
    assert [states[new] for new in set(states) - before] == ["revoked"]


def test_rotation_whose_last_step_cannot_be_told_keeps_the_new_key(url, file, key, monkeypatch):
    from keyhouse.cli import remote_keys

    holds(file, key)
    monkeypatch.setattr(rotate, "_PAUSE_SECONDS", 0)
    failures: list[int] = []

    def fail(*_: object) -> None:
        failures.append(1)
        raise remote.Unreachable("made up.")

    monkeypatch.setattr(remote_keys, "finish_rotation", fail)
    result = command(rotate, url, "--netrc-file", file)
    assert (result.exit_code, "the old one may still be valid" in result.stderr, len(failures)) == (3, True, 3)
    assert stored(file) != key
    assert ADMIN in who(url, file)


def test_logout_revokes_the_key_and_takes_the_entry_out(server, url, file, key):
    file.write_bytes(OTHERS + f"machine 127.0.0.1 login apikey password {key}\n".encode() + DEFAULT)
    result = command(logout, url, "--netrc-file", file)
    assert (result.exit_code, "is revoked" in result.stdout) == (0, True), result.output
    assert file.read_bytes() == OTHERS + DEFAULT
    assert keys_at(server)[key[4:16]] == "revoked"
    again = command(logout, url, "--netrc-file", file)
    assert (again.exit_code, "nothing to do" in again.stderr) == (1, True)


def test_logout_forgets_a_key_that_has_ended(server, url, file, key):
    holds(file, key)
    run("key", "revoke", key[4:16], "--data", server[1])
    assert "had ended before: it was revoked" in command(logout, url, "--netrc-file", file).stdout


def test_logout_that_cannot_revoke_forgets_nothing(file, key):
    holds(file, key)
    away = f"http://127.0.0.1:{free_port()}"
    result = command(logout, away, "--netrc-file", file)
    assert (result.exit_code, "cannot be reached" in result.stderr) == (3, True)
    assert stored(file) == key
    assert command(logout, away, "--netrc-file", file, "--local").exit_code == 0
    assert "machine" not in file.read_text()


@pytest.mark.parametrize("module", [login, logout, rotate])
@pytest.mark.parametrize(
    "bad", ["data.example.org", "ftp://x", "https://a:b@x", "https://x?y", "https://[", "http://x:y"]
)
def test_what_is_no_address_of_a_site_is_told(module, bad):
    result = command(module, bad)
    assert result.exit_code == 2
    assert "URL" in result.stderr


def test_program_itself_opens_the_browser_and_stops_at_control_c(url, file, tmp_path):
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part\nmv {opened}.part {opened}\n')
    browser.chmod(0o700)
    process = subprocess.Popen(
        [*PROGRAM, "login", url, "--netrc-file", str(file)],
        env=environment(BROWSER=f"{browser} %s"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has its children ignore Ctrl-C; a person's terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    told: list[str] = []
    waits = threading.Event()

    def listen() -> None:
        for line in process.stderr or ():
            told.append(line)
            if line.startswith("Waiting"):
                waits.set()

    listener = threading.Thread(target=listen)
    listener.start()
    assert waits.wait(30), told
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    listener.join(30)
    assert opened.read_text().startswith(f"{url}/device-approve.view?user_code=")
    assert "Traceback" not in "".join(told)
    assert not file.exists()


def test_commands_need_no_server_packages():
    code = "import sys; from keyhouse.cli import device_flow, key_exchange, login, logout, rotate; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "keyhouse.cli.login" in names
    assert not {"django", "sqlalchemy", "orjson", "cryptography", "allauth"} & set(names)
