"""What real programs and libraries send for one set of telling files, held against their models.

Each talks to a server on the loopback that asks for a login. One process serves all files where a program can do that,
so that the whole table takes seconds. A program that is not installed is skipped by the name of its package.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from keyhouse.netrc import client
from keyhouse.netrc.clients.model import Asked, Sent, attempt
from keyhouse.netrc.surroundings import Real
from keyhouse.netrc.url import parse_url

HOST = b"127.0.0.1"
FILES = {
    "one line": b"machine HOST login ada password s3cret\n",
    "three lines": b"machine HOST\nlogin ada\npassword s3cret\n",
    "tabs": b"machine\tHOST\n\tlogin\tada\n\tpassword\ts3cret\n\n\n",
    "api key": b"machine other.test login x password y\n\nmachine HOST login apikey password khk_0123\n",
    "two entries": b"machine HOST login ada password first\nmachine HOST login bob password last\n",
    "quoted": b'machine HOST login ada password "s3 cret"\n',
    "quote in the middle": b'machine HOST login ada password s3"cret\n',
    "quote left open": b'machine HOST login ada password "s3cret\nmachine other.test login x password y\n',
    "backslash": b"machine HOST login ada password s3\\cret\n",
    "hash in front": b"machine HOST login ada password #s3cret\n",
    "hash within": b"machine HOST login ada password s3#cret\n",
    "comment": b"# a note\nmachine HOST login ada password s3cret\n",
    "comment behind an empty line": b"machine other.test login x password y\n\n# n\nmachine HOST login b password c\n",
    "comment behind an entry": b"machine HOST login ada password s3cret # machine HOST login x password y\n",
    "commented out": b"machine other.test login x password y\n\n# machine HOST login old password oldkey\n",
    "commented out, glued": b"#old machine HOST login old password oldkey\n",
    "default": b"machine other.test login x password y\ndefault login ada password s3cret\n",
    "default in front": b"default login d password e\nmachine HOST login ada password s3cret\n",
    "macro": b"macdef init\nmachine HOST login m password n\n\nmachine HOST login ada password s3cret\n",
    "macro without end": b"machine HOST login ada password s3cret\nmacdef init\nbin",
    "CR LF": b"machine other.test\r\nlogin x\r\npassword y\r\nmachine HOST\r\nlogin ada\r\npassword s3cret\r\n",
    "CR LF, one line": b"machine HOST login ada password s3cret\r\n",
    "port": b"machine HOST:8080 login ada password s3cret\n",
    "scheme": b"machine http://HOST login ada password s3cret\n",
    "comma": b"machine HOST, login ada, password s3cret\n",
    "unknown word": b"machine HOST port 80 login ada password s3cret\n",
    "no password": b"machine HOST login ada\n",
    "no login": b"machine HOST password s3cret\n",
    "other order": b"machine HOST password s3cret login ada\n",
    "colon in the login": b"machine HOST login a:b password s3cret\n",
    "byte order mark": b"\xef\xbb\xbfmachine HOST login ada password s3cret\n",
    "UTF-16": "machine HOST login ada password s3cret\n".encode("utf-16"),
    "not UTF-8": b"machine HOST login ada password s3cret\nmachine other.test login x password \xe4\n",
    "not ASCII": "machine HOST login ada password sécret\n".encode(),
    "NUL": b"machine HOST login ada password s3\0cret\nmachine other.test login x password y\n",
    "escape sequence": b"machine HOST login ada password \x1b[31mred\n",
    "carriage return within": b"machine HOST login ada\rpassword s3cret\n",
    "long password": b"machine HOST login ada password " + b"x" * 5000 + b"\n",
    "long line of another": b"machine o.test login x password %b\nmachine HOST login a password b\n" % (b"y" * 20000),
    "keywords only": b"machine machine machine login login login password password password\n",
    "nothing": b"",
}  # fmt: skip


class _Server(ThreadingHTTPServer):
    """Asks for Basic until it gets it, and keeps by path what each request had."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen = defaultdict(list)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        given = self.headers.get("Authorization")
        self.server.seen[self.path.split("/")[1]].append(given)
        self.send_response(200 if given else 401)
        if not given:
            self.send_header("WWW-Authenticate", 'Basic realm="here"')
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - the name the base class looks for

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def server():
    with _Server() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield running
        running.shutdown()


class Table:
    """A home folder a file, and an address a file."""

    def __init__(self, folder: Path, server: _Server):
        self.server = server
        self.homes = [folder / str(number) for number in range(len(FILES))]
        for home, content in zip(self.homes, FILES.values(), strict=True):
            home.mkdir()
            (home / ".netrc").touch(0o600)
            (home / ".netrc").write_bytes(content.replace(b"HOST", HOST))

    def url(self, number: int, user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.server.server_port}/{number}/x"

    def environ(self, home: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
        return kept | {"HOME": str(home), "LANG": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}

    def run_each(self, command: list[str], user: str = "", besides: Collection[str] = ()) -> None:
        """Run a program once a file."""
        for number, (name, home) in enumerate(zip(FILES, self.homes, strict=True)):
            if name in besides:
                continue
            filled = [word.replace("URL", self.url(number, user)) for word in command]
            subprocess.run(filled, env=self.environ(home), cwd=home, capture_output=True, timeout=60, check=False)

    def run_once(self, command: list[str]) -> None:
        """Run a program once; on its input it gets lines of a home folder and an address."""
        lines = "".join(f"{home} {self.url(number)}\n" for number, home in enumerate(self.homes))
        environ = self.environ(self.homes[0])
        done = subprocess.run(
            command, env=environ, input=lines, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]

    def expected(self, model, number: int, user: str = "") -> Sent:
        """Ask the model."""
        home = self.homes[number]
        around = Real(self.environ(home), sys.platform, str(home), str(home), os.getuid())
        return attempt(model, Asked(parse_url(self.url(number, user))), around)

    def compare(self, model, user: str = "", besides: Collection[str] = ()) -> None:
        """Hold what was sent, and whether at once, against the model."""
        differing = {}
        sending = 0
        for number, name in enumerate(FILES):
            if name in besides:
                continue
            seen = self.server.seen[str(number)]
            sent = self.expected(model, number, user)
            got = next((header for header in seen if header), None), bool(seen and seen[0])
            expected = sent.authorization, bool(sent.authorization) and sent.preemptive
            sending += got[0] is not None
            if got != expected:
                differing[name] = {"sent": got, "model": expected, "error": sent.error}
        assert not differing, json.dumps(differing, indent=1)
        assert sending > 10, "hardly any file led to a login: the measurement is void"


@pytest.fixture
def table(tmp_path, server):
    return Table(tmp_path, server)


def _needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs the Debian package {program}")


def _word(command: list[str], number: int) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()[number]


def _of_libcurl(name: str, version: str):
    debian = "+deb12" if version == "7.88.1" and Path("/etc/debian_version").exists() else ""
    return client(f"{name}@{version}{debian}")


def test_curl_that_insists_on_a_file(table):
    _needs("curl")
    table.run_each(["curl", "-qs", "--netrc", "URL"])
    table.compare(_of_libcurl("curl", _word(["curl", "--version"], 1)))


def test_curl_that_makes_do_without_a_file(table):
    _needs("curl")
    table.run_each(["curl", "-qs", "--netrc-optional", "--user-agent", "", "URL"])
    table.compare(_of_libcurl("libcurl", _word(["curl", "--version"], 1)))


def test_curl_asked_for_one_user(table):
    _needs("curl")
    table.run_each(["curl", "-qs", "--netrc-optional", "URL"], user="ada@")
    table.compare(_of_libcurl("libcurl", _word(["curl", "--version"], 1)), user="ada@")


def test_wget(table):
    _needs("wget")
    table.run_each(["wget", "-q", "-t", "2", "--no-http-keep-alive", "-O", os.devnull, "URL"])
    table.compare(client("wget"))


def test_git(table):
    _needs("git")
    _needs("curl")
    version = _word(["curl", "--version"], 1)
    model = replace(
        _of_libcurl("libcurl", version), name="git", credentials=client("git").credentials, preemptive=False
    )
    table.run_each(["git", "ls-remote", "URL"])
    table.compare(model)


def test_lftp_asked_for_one_user(table):
    """Where the user has no entry, lftp sends nothing and asks again without end: two such files are enough."""
    _needs("lftp")
    model = client("lftp")
    without = [name for number, name in enumerate(FILES) if not table.expected(model, number, "ada@").has_login]
    # lftp 4.9.2 writes base64 with signed characters, so that bytes above 127 come out as no base64 at all.
    left_out = {*without[2:], "not ASCII"}
    table.run_each(["timeout", "3", "lftp", "--norc", "-c", "set net:max-retries 1; cat URL"], "ada@", left_out)
    table.compare(model, "ada@", left_out)


_LOOP = """
import os, sys
{imports}
for line in sys.stdin:
    home, url = line.split()
    os.environ["HOME"] = home
    try:
{body}
    except Exception:
        pass
"""
_STDLIB = """
        found = netrc.netrc().authenticators("127.0.0.1")
        if found is not None:
            head = "Basic " + base64.b64encode((found[0] + ":" + found[2]).encode()).decode()
            u.urlopen(u.Request(url, headers={"Authorization": head}), timeout=20)
"""
_AIOHTTP = """
        async def ask():
            async with aiohttp.ClientSession(trust_env=True) as session:
                async with session.get(url) as answer:
                    await answer.read()
        asyncio.run(ask())
"""
_PYCURL = """
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.NETRC, pycurl.NETRC_OPTIONAL)
        handle.setopt(pycurl.NETRC_FILE, os.path.join(home, ".netrc"))
        handle.setopt(pycurl.WRITEFUNCTION, lambda data: None)
        handle.perform()
"""


def _python(table: Table, imports: str, body: str) -> None:
    table.run_once([sys.executable, "-c", _LOOP.format(imports=imports, body=body)])


def test_pythons_own_netrc(table):
    _python(table, "import base64, netrc, urllib.request as u", _STDLIB)
    model = client(f"python@{'.'.join(map(str, sys.version_info[:3]))}")
    table.compare(replace(model, preemptive=True, kind="http"))


def test_requests(table):
    import requests

    _python(table, "import requests", "        requests.get(url, timeout=20)\n")
    table.compare(client(f"requests@{requests.__version__}"))


def test_httpx(table):
    import httpx

    _python(table, "import httpx", "        httpx.get(url, auth=httpx.NetRCAuth(), timeout=20)\n")
    table.compare(client(f"httpx@{httpx.__version__}"))


def test_aiohttp(table):
    import aiohttp

    _python(table, "import aiohttp, asyncio", _AIOHTTP)
    table.compare(client(f"aiohttp@{aiohttp.__version__}"))


def test_pycurl_with_the_file_named(table):
    import pycurl

    _python(table, "import pycurl", _PYCURL)
    table.compare(_of_libcurl("libcurl", pycurl.version_info()[1]))


_R = """
lines <- strsplit(readLines(file("stdin")), " ")
for (line in lines) {
  Sys.setenv(HOME = line[1])
  try(httr::GET(line[2], httr::config(netrc = 1L, httpauth = 1L)), silent = TRUE)
}
"""


def _r_libcurl() -> str:
    if shutil.which("Rscript") is None:
        pytest.skip("needs the Debian package r-base-core")
    asked = ["Rscript", "--vanilla", "-e", "stopifnot(requireNamespace('httr')); cat(curl::curl_version()$version)"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        pytest.skip("needs the Debian package r-cran-httr")
    return done.stdout


def test_r_with_httr_as_rlabkey_gets(table):
    """Rlabkey's GET sets netrc = 1 and httpauth = 1: the login goes out at once."""
    version = _r_libcurl()
    table.run_once(["Rscript", "--vanilla", "-e", _R])
    table.compare(replace(_of_libcurl("libcurl", version), name="r"))


def test_r_with_httr_as_rlabkey_posts(table):
    """Rlabkey's POST leaves httpauth away: the same login goes out, and only after a 401."""
    version = _r_libcurl()
    table.run_once(["Rscript", "--vanilla", "-e", _R.replace(", httpauth = 1L", "")])
    table.compare(replace(_of_libcurl("libcurl", version), name="r", preemptive=False))
