"""`keyhouse netrc explain` says what clients send; real curl, requests and wget confirm it."""

import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.cli.netrc.asked import asked_clients
from keyhouse.cli.netrc.differences import Reasons, sentences
from keyhouse.cli.netrc.explanation import explain_all
from keyhouse.netrc.document import parse
from keyhouse.netrc.surroundings import MadeUp
from keyhouse.netrc.url import parse_url
from tests.cli.netrc_home import Home, listening

_URL = "https://lk.test/"
_SECRET = "hunter2secret"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _explained(home: Home, url: str, *more: str) -> dict[str, Any]:
    answer = home.run("explain", url, "--json", *more)
    assert answer.code == 0, answer.err
    return {one["client"].partition("@")[0]: one for one in answer.json["clients"]}


# Each file with what is odd in it; every one of them is for 127.0.0.1.
_FILES = {
    "plain": b"machine 127.0.0.1 login alice password s3cret\n",
    "two entries": b"machine 127.0.0.1 login alice password one\nmachine 127.0.0.1 login bob password other\n",
    "backslash": b"machine 127.0.0.1 login alice password a\\b\\\\c\n",
    "quotes": b'machine 127.0.0.1 login alice password "a b"\n',
    "commented out": b"machine x login y password z\n\n# machine 127.0.0.1 login old password live\n",
    "comment behind an empty line": b"machine 127.0.0.1 login a password b\n\n# a note\n",
    "byte order mark": b"\xef\xbb\xbfmachine 127.0.0.1 login alice password s3cret\n",
    "CR LF": b"machine 127.0.0.1\r\nlogin alice\r\npassword s3cret\r\n",
    "port": b"machine 127.0.0.1:8080 login alice password s3cret\n",
    "default first": b"default login any password body\nmachine 127.0.0.1 login alice password s3cret\n",
    "hash": b"machine 127.0.0.1 login alice password #s3cret\n",
    "unknown word": b"machine 127.0.0.1 login alice password s3cret port 80\n",
    "no password": b"machine 127.0.0.1 login alice\n",
    "comma": b"machine 127.0.0.1, login alice, password s3cret\n",
    "macro": b"macdef x\nmachine 127.0.0.1 login in password macro\n\nmachine 127.0.0.1 login alice password s3cret\n",
}


def _matches(one: dict[str, Any], arrived: bytes | None) -> bool:
    if one["login"] is None:
        return arrived is None
    if arrived is None:
        return False
    login, _, secret = arrived.partition(b":")
    masked = one["secret"]
    has_same_secret = not secret or masked["fingerprint"] == sha256(secret).hexdigest()[:8]
    return (one["login"].encode(), masked["length"]) == (login, len(secret)) and has_same_secret


@pytest.mark.parametrize("name", _FILES)
def test_curl_sends_what_was_explained(home: Home, name: str) -> None:
    told = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout if which("curl") else ""
    version = re.match(r"curl ([\d.]+)", told)
    if version is None:
        pytest.skip("needs Debian's curl")
    home.write(_FILES[name])
    with listening() as listener:
        url = f"http://127.0.0.1:{listener.port}/"
        subprocess.run(["curl", "-sn", url], env={"HOME": str(home.folder), "PATH": os.environ["PATH"]})
    assert _matches(_explained(home, url, "--client", f"curl@{version[1]}")["curl"], listener.last)


@pytest.mark.parametrize("name", _FILES)
def test_requests_sends_what_was_explained(home: Home, name: str) -> None:
    pytest.importorskip("requests")
    home.write(_FILES[name])
    with listening() as listener:
        url = f"http://127.0.0.1:{listener.port}/"
        script = f"import requests; requests.get({url!r})"
        subprocess.run([sys.executable, "-c", script], env={"HOME": str(home.folder)}, capture_output=True)
    assert _matches(_explained(home, url, "--client", "requests")["requests"], listener.last)


@pytest.mark.parametrize("name", ["plain", "two entries", "backslash", "hash", "no password"])
def test_wget_sends_what_was_explained_only_after_a_challenge(home: Home, name: str) -> None:
    if which("wget") is None:
        pytest.skip("needs Debian's wget")
    home.write(_FILES[name])
    command = ["wget", "-qO-"]
    environment = {"HOME": str(home.folder), "PATH": os.environ["PATH"]}
    with listening(challenges=True) as listener:
        url = f"http://127.0.0.1:{listener.port}/"
        subprocess.run([*command, url], env=environment, capture_output=True)
    one = _explained(home, url, "--client", "wget")["wget"]
    assert listener.seen[0] is None
    assert _matches(one, listener.last)
    with listening() as guests:
        subprocess.run([*command, f"http://127.0.0.1:{guests.port}/"], env=environment, capture_output=True)
    assert guests.seen == [None]
    assert one["sent"] in {"only after a 401 that asks for Basic", "never"}


def test_difference_is_a_sentence_with_the_reason(home: Home) -> None:
    home.write(f"machine lk.test login alice password {_SECRET}\nmachine lk.test login bob password other9\n")
    out = home.run("explain", _URL).out
    sentence = next(line for line in out.splitlines() if line.startswith("requests"))
    assert "sends bob" not in sentence
    assert "send bob with a secret (6 bytes, fingerprint " in sentence
    assert "because lk.test stands in lines 1 and 2: curl" in sentence
    assert "takes the first, requests 2.34.2 the last." in sentence


@pytest.mark.parametrize(
    ("text", "client", "reason"),
    [
        ("machine lk.test login a password a\\b\n", "requests", "there is a backslash"),
        ("machine lk.test login a password b\n\n# a note\n", "requests", "a comment stands behind an empty line"),
        ("default login a password b\nmachine lk.test login c password d\n", "requests", "takes default in line 1"),
        ("machine LK.test login a password b\n", "requests", "the machine has capital letters"),
        ("machine x login y password z\n\n# machine lk.test login o password p\n", "requests", "is commented out"),
        ('machine lk.test login a password "b c"\n', "labkey-rs", "because LabKey Rust 0.4.1 says: "),
    ],
)
def test_reason_of_a_difference_is_the_one_that_bites(home: Home, text: str, client: str, reason: str) -> None:
    home.write(text)
    result = home.run("explain", _URL, "--client", "curl", "--client", client)
    assert reason in result.out.partition("\n\n")[0], result.out


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("machine other.test login a password b\n", "no entry is for lk.test; the file has other.test"),
        ("machine lk.test:8080 login a password b\n", "in line 1 the machine has a port"),
        ("machine https://lk.test login a password b\n", "in line 1 the machine has a scheme"),
    ],
)
def test_nobody_sends_anything_has_a_reason(home: Home, text: str, reason: str) -> None:
    home.write(text)
    told = home.run("explain", _URL, "--client", "curl", "--client", "requests").out.splitlines()[0]
    assert told.startswith("No client sends anything, because ")
    assert reason in told


def test_missing_file_is_named_with_every_place_that_was_tried(home: Home) -> None:
    result = home.run("explain", _URL, "--client", "requests")
    assert result.code == 0
    assert f"there is no {home.folder}/.netrc or {home.folder}/_netrc (HOME is the home folder)" in result.out


def test_no_output_holds_a_secret(home: Home) -> None:
    home.write(
        f"machine lk.test login alice password {_SECRET}\nmachine lk.test login bob password {_SECRET} {_SECRET}\n"
        f"# {_SECRET}\nmachine {_SECRET}\n"
    )
    for more in ([], ["--json"], ["--all"], ["--all", "--json"]):
        result = home.run("explain", _URL, *more)
        assert result.code == 0, result.err
        own_machine = result.out.replace(f"the file has {_SECRET}", "")
        assert _SECRET not in own_machine + result.err


@pytest.mark.parametrize(
    "text",
    [
        f"machine lk.test password {_SECRET}\n",
        f"machine lk.test login bob account {_SECRET} password x\n",
        f"machine lk.test login\npassword {_SECRET} x\nmachine lk.test login a\n",
        f"machine lk.test\nmachine b login x password {_SECRET}\nmachine lk.test password {_SECRET}\n",
        f'machine lk.test login "a password {_SECRET}\nmachine b login c password "d"\n',
    ],
)
def test_password_that_a_client_takes_for_a_login_stays_hidden(home: Home, text: str) -> None:
    home.write(text)
    for more in ([], ["--json"]):
        result = home.run("explain", _URL, "--all", *more)
        assert (result.code, _SECRET in result.out + result.err) == (0, False)


def test_login_of_a_live_comment_is_shown(home: Home) -> None:
    home.write(f"machine x login y password z\n\n# machine lk.test login olduser password {_SECRET}\n")
    assert "requests 2.34.2 sends olduser with a secret" in home.run("explain", _URL, "--client", "requests").out


_WORDS = st.sampled_from(
    ["machine lk.test", "machine ", "login ada", "user bob", "account ", "password ", _SECRET, f"password {_SECRET}",
     "#", "# ", "default", "macdef m", "\n", "\n\n", "\r\n", '"', "\\", ",", "port 80", "\xa0", "\ufeff"]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(_WORDS, max_size=14), st.booleans())
def test_no_file_brings_a_secret_or_an_error_into_an_explanation(words: list[str], has_glue: bool) -> None:
    data = ("" if has_glue else " ").join(words).encode()
    around = MadeUp({"HOME": "/h"}, "linux", "/h", "/", 0, {"/h/.netrc": data})
    explained = explain_all(_URL, asked_clients((), True), around)
    told = sentences(explained, Reasons(parse(data), parse_url(_URL)))
    own = {entry.machine for entry in parse(data).entries} | {entry.login for entry in parse(data).entries}
    if not any(_SECRET in (name or "") for name in own):
        shown = "\n".join(told) + json.dumps([one.as_json() for one in explained])
        assert _SECRET not in shown, words


def test_all_means_every_client_and_version_once(home: Home) -> None:
    from keyhouse.netrc import names

    home.write("machine lk.test login alice password s3cret\n")
    found = [one["client"] for one in home.run("explain", _URL, "--all", "--json").json["clients"]]
    assert found == list(names())


def test_version_is_the_one_that_was_asked_for(home: Home) -> None:
    for spec, key in (
        ("curl@8.5", "curl@8.5.0"),
        ("curl@7.88.1", "curl@7.88.1+deb12"),
        ("python@3.10", "python@3.10.13"),
    ):
        assert home.run("explain", _URL, "--client", spec, "--json").json["clients"][0]["client"] == key


def test_named_file_stands_for_the_one_at_home_with_its_permissions(home: Home) -> None:
    home.write("machine lk.test login wrong password wrong\n")
    other = home.folder / "key.txt"
    other.write_text("machine lk.test login alice password s3cret\n")
    other.chmod(0o644)
    clients = _explained(home, _URL, "--file", str(other), "--client", "curl", "--client", "python")
    assert (clients["curl"]["login"], clients["curl"]["file"]) == ("alice", str(other))
    assert (clients["python"]["login"], clients["python"]["permissions"]["accepts"]) == (None, False)
    assert "mode is 0644" in clients["python"]["permissions"]["why"]


def test_variable_and_account_decide_which_file_a_client_reads(home: Home) -> None:
    home.write("machine lk.test login athome password s3cret\n")
    other = home.folder / "other"
    other.write_text("machine lk.test login named password s3cret\n")
    answer = home.run("explain", _URL, "--json", NETRC=str(other)).json
    clients = {one["client"].partition("@")[0]: one for one in answer["clients"]}
    assert {clients["curl"]["login"], clients["requests"]["login"]} == {"named"}
    assert clients["wget"]["login"] == "athome"
    assert clients["requests"]["file_why"] == "NETRC is set"
    assert clients["labkey-java"]["file_why"] == "the home folder of your account"
    assert not answer["agree"]


def test_user_of_the_url_is_explained_and_a_password_refused(home: Home) -> None:
    home.write("machine lk.test login alice password s3cret\n")
    result = home.run("explain", "https://carol@lk.test/", "--client", "curl@8.14", "--client", "requests")
    assert "the URL names a user" in result.out
    refused = home.run("explain", f"https://carol:{_SECRET}@lk.test/")
    assert (refused.code, _SECRET in refused.err + refused.out) == (2, False)


@pytest.mark.parametrize("url", ["", "://", "https://", "https://x:99999999/", "news://lk.test", "https://a b/"])
def test_what_is_no_url_is_a_usage_error(home: Home, url: str) -> None:
    assert home.run("explain", url).code == 2


def test_unknown_client_is_a_usage_error_that_names_the_known(home: Home) -> None:
    result = home.run("explain", _URL, "--client", "curly")
    assert (result.code, "no client is called 'curly'" in result.err.lower(), "labkey-java" in result.err) == (
        2,
        True,
        True,
    )
    assert home.run("explain", _URL, "--all", "--client", "curl").code == 2


@pytest.mark.parametrize(
    "content", [b"\xff\xfem\0a\0", b"\0" * 5000, b'machine "', b"macdef x", b"\n" * 9999, b"x" * 70000]
)
def test_no_file_makes_it_stumble(home: Home, content: bytes) -> None:
    home.write(content)
    assert home.run("explain", _URL, "--all").code == 0


def test_directory_and_pipe_are_no_file(home: Home) -> None:
    home.file.mkdir()
    assert "it is a directory" in home.run("explain", _URL, "--client", "curl").out
    home.file.rmdir()
    os.mkfifo(home.file)
    assert home.run("explain", _URL, "--all").code == 0


def test_plain_http_is_warned_of(home: Home) -> None:
    home.write("machine lk.test login alice password s3cret\n")
    assert "everybody on the way can read" in home.run("explain", "http://lk.test/").out
    assert "everybody on the way can read" not in home.run("explain", _URL).out


def test_file_cannot_steer_the_terminal(home: Home) -> None:
    home.write("machine lk.test login \x1b]0;x\x07 password s3cret\n")
    for more in ([], ["--all"]):
        assert "\x1b" not in home.run("explain", _URL, *more).out


def test_explain_imports_neither_the_server_nor_other_commands() -> None:
    script = "import sys; from keyhouse.cli.program import program; "
    script += (
        "program(['netrc', 'explain', 'https://lk.test/'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    modules = set(done.stderr.split())
    assert "keyhouse.cli.netrc.explain" in modules, done.stderr
    assert not modules & {"django", "sqlalchemy", "asyncio", "ssl", "http.client", "keyhouse.cli.serve", "requests"}


def _files(home: Home, platform: str, *clients: str) -> dict[str, str | None]:
    chosen = [word for client in clients for word in ("--client", client)]
    answer = home.run("explain", _URL, "--platform", platform, "--json", *chosen).json
    return {one["client"].partition("@")[0]: one["file"] if one["entry"] else None for one in answer["clients"]}


def test_windows_rules_can_be_asked_for_anywhere(home: Home) -> None:
    (home.folder / "_netrc").write_text("machine lk.test login alice password s3cret\n")
    found = _files(
        home, "windows", "curl", "requests", "labkey-java", "go", "aiohttp", "r", "python", "wget", "curl@7.81.0"
    )
    mine = "C:\\Users\\you\\_netrc"
    assert [name for name, file in found.items() if file == mine] == ["requests", "labkey-java", "go", "aiohttp"]
    told = home.run("explain", _URL, "--platform", "windows", "--client", "r").out
    assert "C:\\Users\\you\\Documents\\_netrc" in told and "HOME is not set, and R then takes Documents" in told
    assert "no client checks permissions on Windows" in home.run("explain", _URL, "--platform", "windows").out


def test_macos_rules_can_be_asked_for_anywhere(home: Home) -> None:
    home.write("machine lk.test login alice password s3cret\n")
    answer = home.run("explain", _URL, "--platform", "macos", "--json").json
    assert answer["clients"][0]["client"] == "curl@8.7.1"
    assert answer["clients"][0]["entry"] == {"line": 1, "column": 9}


def test_named_file_is_placed_on_the_platform_asked_for(home: Home) -> None:
    path = home.folder / "elsewhere"
    path.write_text("machine lk.test login alice password s3cret\n")
    told = home.run("explain", _URL, "--platform", "windows", "--file", path, "--client", "wget").out
    assert f"{path} (you named it)" in told and "login        alice" in told


def test_r_sends_unasked_with_get_alone(home: Home) -> None:
    home.write("machine lk.test login alice password s3cret\n")
    assert "where that is a GET; of a POST only after a 401" in home.run("explain", _URL, "--client", "r").out
