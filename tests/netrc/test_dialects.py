"""Dialects against the real parsers at hand, and the promises that hold for all of them."""

import json
import netrc as stdlib
import random
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.netrc import MadeUp, client, lookup, names
from keyhouse.netrc.clients.catalogue import clients
from keyhouse.netrc.clients.model import Asked, attempt
from keyhouse.netrc.dialects import (
    curl_lexer,
    curl_profiles,
    curl_scan,
    emacs,
    ftp,
    golang,
    javascript,
    labkey,
    perl,
    python_lex,
    python_shlex,
    ruby,
    wget,
    wget2,
    words,
)
from keyhouse.netrc.url import parse_url
from tests.netrc.made_up import made_up_file


def test_the_model_of_this_python_is_this_python(tmp_path):
    choice, path, compared = random.Random(7), tmp_path / "netrc", 0
    model = clients()["python@3.11.7" if sys.version_info >= (3, 11) else "python@3.10.13"]
    for _ in range(1500):
        data = made_up_file(choice)
        path.write_bytes(data)
        sent = attempt(model, Asked(parse_url("http://h.test")), _around(data))
        try:
            found = stdlib.netrc(str(path)).authenticators("h.test")
        except stdlib.NetrcParseError as failure:
            assert _kind(sent.error) == _kind(str(failure)), data
            continue
        assert sent.error == "", data
        assert (sent.login, sent.password) == ((found[0].encode(), found[2].encode()) if found else (None, None)), data
        compared += 1
    assert compared > 300


def _kind(message: str) -> str:
    """The message without the word it quotes, which the model hides, and without the path."""
    message = re.sub(r"^NetrcParseError: ", "", message)
    return re.sub(r"token .*(?= \()", "token", re.sub(r"\(\S+, line", "(line", message))


def _around(data: bytes) -> MadeUp:
    return MadeUp({"HOME": "/home"}, "linux", "/home", "/", 0, {"/home/.netrc": data})


EXPRESSION = re.compile(
    r"machine[ \t\n\v\f\r]+(.+?)[ \t\n\v\f\r]+login[ \t\n\v\f\r]+(.+?)[ \t\n\v\f\r]+"
    r"password[ \t\n\v\f\r]+(.+?)[ \t\n\v\f\r]+"
)


def test_the_model_of_labkey_java_is_its_regular_expression():
    choice = random.Random(5)
    blanks, extra = (
        [" ", " ", "\n", "  ", "   ", "\t", "\n\n"],
        ["machine", "login", "password", "h", "#", "xmachine", ""],
    )
    matched = 0
    for _ in range(4000):
        words = ["machine", "h", "login", "a", "password", "b"] * choice.randint(1, 2)
        for _ in range(choice.randint(0, 3)):
            words[choice.randrange(len(words))] = choice.choice(extra)
        text = "".join(word + choice.choice(blanks) for word in words)
        wanted = next((m.groups() for m in EXPRESSION.finditer(text + "\n") if m.group(1) == "h"), None)
        found = next((e for e in labkey.java(text + "\n").entries if e.machine == "h"), None)
        assert (found and (found.machine, found.login, found.password)) == wanted, text
        matched += wanted is not None
    assert matched > 50


class _Recorder(BaseHTTPRequestHandler):
    seen: list[str | None] = []

    def do_GET(self):
        self.seen.append(self.headers.get("Authorization"))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def recorder():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def _curl_model(required: bool):
    text = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
    version = text.split()[1]
    debian = version == "7.88.1" and Path("/etc/debian_version").exists()
    return client(f"{'curl' if required else 'libcurl'}@{version}{'+deb12' if debian else ''}")


@pytest.mark.parametrize("required", [True, False], ids=["-n", "--netrc-optional"])
def test_the_model_of_the_installed_curl_is_that_curl(required, recorder, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("needs the Debian package curl")
    model, choice, path = _curl_model(required), random.Random(11), tmp_path / ".netrc"
    option = "--netrc" if required else "--netrc-optional"
    for number in range(80):
        data = made_up_file(choice).replace(b"h.test", b"127.0.0.1")
        path.write_bytes(data)
        user = choice.choice(["", "", "alice@", "carol@", "alice:up@"])
        url = f"http://{user}127.0.0.1:{recorder.server_port}/{number}"
        _Recorder.seen.clear()
        subprocess.run(["curl", "-qs", option, "--netrc-file", str(path), url], capture_output=True, timeout=30)
        sent = attempt(model, Asked(parse_url(url)), _around(data))
        assert (_Recorder.seen[:1] or [None])[0] == sent.authorization, (data, url)
        assert (not _Recorder.seen) == bool(sent.error), (data, url)


@settings(max_examples=60)
@given(
    st.one_of(st.binary(max_size=120), st.integers().map(lambda seed: made_up_file(random.Random(seed)))),
    st.sampled_from(["http://h.test", "https://alice@h.test:8443/a/b", "http://[::1]/", "ftp://b\u00fccher.test"]),
)
def test_no_bytes_make_any_client_fail(data, url):
    around, asked = _around(data), Asked(parse_url(url), parse_url("http://other.test"))
    for model in clients().values():
        sent = attempt(model, asked, around)
        assert sent.authorization is None or sent.authorization.startswith("Basic ")


def test_no_secret_is_in_a_choice_or_an_error():
    data = b'machine h.test login alice password "T0p Secret\nmachine x login T0pper password T0pSecret T0pTail\n'
    for name in names():
        choice = lookup("http://h.test/", name, data)
        assert "Secret" not in repr(choice).replace("Secret(", ""), name
        assert "T0pTail" not in repr(choice), name


READERS = {
    "cpython 3.11": python_lex.read, "cpython 3.10": python_shlex.read,
    "uv": lambda t: python_lex.read(t, python_lex.UV),
    "wget": wget.read, "cadaver": lambda t: wget.read(t, wget.CADAVER), "wget2": wget2.read, "go": golang.read,
    "ftp": ftp.read, "aria2": words.aria2, "lftp": lambda t: words.lftp(t, "h"), "jgit": words.jgit,
    "bazel": words.bazel, "java": labkey.java, "rust": labkey.rust, "npm": javascript.npm,
    "heroku": javascript.heroku, "reader": javascript.reader, "perl": perl.net_netrc, "git": perl.git_helper,
    "ruby": ruby.read, "emacs": emacs.read,
} | {
    f"curl {'.'.join(map(str, version))}": lambda t, profile=profile: (
        curl_lexer.search if profile.scanner == "lexer" else curl_scan.search
    )(t, profile, "nobody.test")
    for version, profile in curl_profiles.SINCE
}  # fmt: skip
HARD = {
    "machines": "machine h login a password b\n", "one line": "machine h login a password b ", "words": "machine ",
    "quotes": '"', "quoted": '"a ', "hashes": "#", "comments": "# machine h\n", "blanks": "   ", "lines": "\n",
    "backslashes": "\\", "logins": "machine a login b ", "macros": "macdef m\nx\n\n", "wide": "\u00e4 ", "cr": "\r",
    "one word": "x", "hash machine": "machine #\r", "defaults": "default\n", "comment tail": " #a",
}  # fmt: skip


def _steps(read, text: str) -> int:
    count = 0

    def step(frame, event, arg):
        nonlocal count
        count += 1
        return step

    sys.settrace(step)
    try:
        read(text)
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("reader", READERS)
def test_twice_the_file_takes_at_most_twice_the_steps(reader):
    for name, piece in HARD.items():
        small, large = (_steps(READERS[reader], piece * count) for count in (60, 120))
        assert large <= 2.4 * small + 60, name


def test_newest_version_is_meant_when_none_is_named():
    assert client("curl").spec == "curl@8.23.0"
    assert client("curl@8.6").spec == "curl@8.5.0"
    assert client("curl@8.5").spec == "curl@8.5.0"
    assert client("curl@8.11").spec == "curl@8.11.1"
    assert client("python@3.12").spec == "python@3.11.7"
    assert client("requests").spec == "requests@2.34.2"


def test_an_unknown_client_is_answered_with_those_there_are():
    with pytest.raises(LookupError, match="curl"):
        client("netscape")


def test_choice_names_the_entry_and_why():
    choice = lookup(
        "https://h.test/", "curl@8.5", b"machine x login y password z\nmachine h.test login a password bcd\n"
    )
    assert (choice.login, choice.line, choice.preemptive) == ("a", 2, True)
    assert str(choice.secret).startswith("3 bytes")
    assert "line 2" in choice.why


def test_choices_serialise_without_the_secret():
    choice = lookup("https://h.test/", "wget", b"machine h.test login a password T0pSecret\n")
    assert "T0pSecret" not in json.dumps(str(choice))
    assert choice.after_challenge
