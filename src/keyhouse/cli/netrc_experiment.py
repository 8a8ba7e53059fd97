"""Installed programs against a server on the loopback, with a made-up secret in a home folder of their own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from keyhouse.netrc.choices import client
from keyhouse.netrc.clients.model import Asked, Client, attempt
from keyhouse.netrc.surroundings import Real
from keyhouse.netrc.url import parse_url

LIMIT_SECONDS = 30.0
_KEPT = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "R_HOME", "R_LIBS", "SYSTEMROOT")

FILES = (
    ("plain", b"machine 127.0.0.1 login ada password KEY\n"),
    ("two entries", b"machine 127.0.0.1 login ada password KEY\nmachine 127.0.0.1 login bob password KEY2\n"),
    ("commented out", b"machine h.test login x password y\n\n# machine 127.0.0.1 login old password KEY\n"),
    ("quotes", b'machine 127.0.0.1 login ada password "KEY and more"\n'),
    ("backslash", b"machine 127.0.0.1 login ada password KEY\\end\n"),
    ("unknown word", b"machine 127.0.0.1 port 80 login ada password KEY\n"),
    ("CR LF", b"machine h.test\r\nlogin x\r\npassword y\r\nmachine 127.0.0.1\r\nlogin ada\r\npassword KEY\r\n"),
    ("not UTF-8", b"machine 127.0.0.1 login ada password KEY\nmachine h.test login x password \xe4\n"),
    ("default", b"machine h.test login x password y\ndefault login ada password KEY\n"),
)
"""Files that clients read differently, by what is special in them."""

_STDLIB = (
    "import base64,netrc,sys,urllib.request as u\n"
    "found=netrc.netrc().authenticators('127.0.0.1')\n"
    "head={} if found is None else {'Authorization':'Basic '+base64.b64encode((found[0]+':'+found[2]).encode())"
    ".decode()}\n"
    "u.urlopen(u.Request(sys.argv[1],headers=head),timeout=20)"
)
_REQUESTS = "import requests,sys; requests.get(sys.argv[1],timeout=20)"
_HTTPX = "import httpx,sys; httpx.get(sys.argv[1],auth=httpx.NetRCAuth(),timeout=20)"
_WGET = ("wget", "-q", "-t", "3", "--no-http-keep-alive", "-O", os.devnull)
"""A connection the server has just closed is not tried again by wget, which then sends no second request."""
_R = "invisible(httr::GET(commandArgs(TRUE)[1], httr::config(netrc = 1L, httpauth = 1L)))"


@dataclass(frozen=True)
class Program:
    """An installed program: its version, the command that asks for the URL put behind it, and its model."""

    name: str
    version: str
    command: tuple[str, ...]
    model: Client


@dataclass(frozen=True)
class Measured:
    """What one program sent for one file, and what the model says. None: it sent nothing."""

    file: str
    program: Program
    sent: str | None
    expected: str | None
    at_once: bool
    expected_at_once: bool
    in_time: bool

    @property
    def agrees(self) -> bool:
        return self.in_time and (self.sent, self.at_once) == (self.expected, self.expected_at_once)


class _Server(ThreadingHTTPServer):
    """Asks for Basic until it gets it, and keeps what it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[str | None] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Answer a request; the name is the base class's."""
        given = self.headers.get("Authorization")
        self.server.seen.append(given)
        self.send_response(200 if given else 401)
        if not given:
            self.send_header("WWW-Authenticate", 'Basic realm="measure"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - the base class's name

    def log_message(self, *_: object) -> None:
        """Stay quiet: a log line may hold a header."""


def installed() -> list[Program]:
    """Return the programs of this machine that the models know."""
    curl = _version(("curl", "--version"), 1)
    libcurl = curl or "7.88.1"
    python = ".".join(map(str, sys.version_info[:3]))
    git = replace(_libcurl(libcurl), name="git", credentials=client("git").credentials, preemptive=False)
    rlibcurl = _version(("Rscript", "--vanilla", "-e", "stopifnot(requireNamespace('httr',quietly=TRUE));"
                         "cat('libcurl',curl::curl_version()$version)"), 1)  # fmt: skip
    found = (
        (curl, "curl", ("curl", "-qs", "-n"), _curl(libcurl)),
        (_version(("wget", "--version"), 2), "wget", _WGET, client("wget")),
        (_version(("git", "--version"), 2), "git", ("git", "ls-remote"), git),
        (python, "Python netrc", (sys.executable, "-c", _STDLIB), client(f"python@{python}")),
        (_module("requests"), "requests", (sys.executable, "-c", _REQUESTS), client(f"requests@{_module('requests')}")),
        (_module("httpx"), "httpx", (sys.executable, "-c", _HTTPX), client("httpx")),
        (rlibcurl, "R httr", ("Rscript", "--vanilla", "-e", _R), replace(_libcurl(rlibcurl or libcurl), name="r")),
    )
    return [Program(name, version, command, model) for version, name, command, model in found if version]


def _curl(version: str) -> Client:
    return client(f"curl@{version}{_debian(version)}")


def _libcurl(version: str) -> Client:
    return client(f"libcurl@{version}{_debian(version)}")


def _debian(version: str) -> str:
    """Debian 12 changed this version (CVE-2024-11053)."""
    return "+deb12" if version == "7.88.1" and Path("/etc/debian_version").exists() else ""


def _version(command: Sequence[str], word: int) -> str:
    """Return a word of what a program says about itself; nothing when it is not there."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=True).stdout.split()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return said[word] if len(said) > word else ""


def _module(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@contextmanager
def laboratory() -> Iterator["Laboratory"]:
    """Start the server and make the home folder; both are gone afterwards, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="keyhouse-netrc-") as home, _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield Laboratory(Path(home), server)
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Laboratory:
    """A home folder and a server. One measurement at a time."""

    home: Path
    server: _Server

    def measure(self, program: Program, file: str, content: bytes) -> Measured:
        """Run one program once and ask its model the same."""
        path = self.home / ".netrc"
        path.touch(0o600)
        path.write_bytes(content)
        url = f"http://127.0.0.1:{self.server.server_port}/"
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environ |= {"HOME": str(self.home), "LANG": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
        self.server.seen.clear()
        in_time = _run((*program.command, url), environ, self.home)
        seen = list(self.server.seen)
        sent = attempt(program.model, Asked(parse_url(url)), self._around(environ))
        expected = sent.authorization
        got = next((header for header in seen if header), None)
        return Measured(
            file, program, got, expected, bool(seen and seen[0]), sent.preemptive and bool(expected), in_time
        )

    def _around(self, environ: dict[str, str]) -> Real:
        uid = os.getuid() if hasattr(os, "getuid") else 0
        return Real(environ, sys.platform, str(self.home), str(self.home), uid)


def _run(command: Sequence[str], environ: dict[str, str], folder: Path) -> bool:
    """Run to the end or the limit; the program's children end with it."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, env=environ, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        process.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
            process.wait()
    return True
