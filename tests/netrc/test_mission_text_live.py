"""The sentences of the page on netrc files that need a server: who am I, another place, and the messages of errors.

The clients are real: curl, libcurl through its C interface, Python's requests and R.
"""

import ctypes
import ctypes.util
import json
import os
import shutil
import socket
import subprocess

import pytest
import requests

WHO = "login-whoAmI.api"
READ = "home/query-selectRows.api?schemaName=pbc&queryName=lung&query.maxRows=1"
NETRC_OPTIONAL = 1
OPT_NETRC, OPT_URL, OPT_NETRC_FILE, OPT_WRITEFUNCTION = 51, 10002, 10118, 20011
"""Numbers of curl/curl.h."""


def curl(home, url, *options):
    """Run curl with a home folder of our own, and return status and body."""
    line = ["curl", "-qsS", "-w", "\n%{http_code}", *map(str, options), url]
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    done = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=60, check=False)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body, done.stderr


def email(body):
    return json.loads(body)["email"]


@pytest.fixture
def home(tmp_path, live):
    """A home folder with a good .netrc."""
    file = tmp_path / ".netrc"
    file.write_text(f"machine {live.host} login apikey password {live.analyst}\n")
    file.chmod(0o600)
    return tmp_path


@pytest.fixture
def run_r(tmp_path):
    """Run lines of R, with HOME where the test wants it."""
    found = shutil.which("Rscript")
    needed = 'quit(status = !requireNamespace("httr", quietly = TRUE))'
    if found is None or subprocess.run([found, "-e", needed], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the Debian package r-cran-httr")

    def run(home, code):
        environ = {**os.environ, "HOME": str(home)}
        environ.pop("NETRC", None)
        done = subprocess.run([found, "-e", code], capture_output=True, text=True, env=environ, timeout=120, check=True)
        return done.stdout.strip()

    return run


def r_asks(url, config):
    return (
        f'a <- httr::GET("{url}", httr::config({config}, httpauth = 1L)); '
        'cat(httr::status_code(a), httr::content(a, "parsed", type = "application/json")$email)'
    )


# Who am I


def test_who_am_i_returns_the_user_when_the_file_works(live, home):
    """If whoAmI returns your name, the file is working correctly."""
    status, body, _ = curl(home, f"{live.url}/{WHO}", "--netrc")
    assert (status, email(body)) == (200, "analyst@example.org")


def test_who_am_i_returns_guest_when_the_file_does_not_sign_in(live, home):
    """If whoAmI returns guest, the file is for some reason not used: here the entry has a port."""
    (home / ".netrc").write_text(f"machine {live.host}:{live.port} login apikey password {live.analyst}\n")
    status, body, _ = curl(home, f"{live.url}/{WHO}", "--netrc")
    assert (status, email(body)) == (200, "guest")


@pytest.mark.parametrize("entry", ["good", "port", "comma"])
def test_r_tells_user_from_guest(live, home, run_r, entry):
    """The test of the page is run in R."""
    machine = {"good": live.host, "port": f"{live.host}:{live.port}", "comma": f"{live.host},"}[entry]
    (home / ".netrc").write_text(f"machine {machine} login apikey password {live.analyst}\n")
    who = "analyst@example.org" if entry == "good" else "guest"
    assert run_r(home, r_asks(f"{live.url}/{WHO}", "netrc = 1L")) == f"200 {who}"


# Another place


def test_curls_option_names_another_file(live, home, tmp_path):
    """curl has --netrc-file for a file elsewhere."""
    moved = (home / ".netrc").rename(tmp_path / "elsewhere")
    status, body, _ = curl(home, f"{live.url}/{WHO}", "--netrc-file", moved)
    assert (status, email(body)) == (200, "analyst@example.org")


def test_r_names_another_file_with_netrc_file(live, home, tmp_path, run_r):
    """In R the option NETRC_FILE names it, in capital letters as the page writes it."""
    moved = (home / ".netrc").rename(tmp_path / "_netrc")
    asked = r_asks(f"{live.url}/{WHO}", f'netrc = 1L, NETRC_FILE = "{moved}"')
    assert run_r(tmp_path, asked) == "200 analyst@example.org"


def test_curlopt_netrc_file_names_another_file(live, home, tmp_path):
    """The page sets CURLOPT_NETRC_FILE with curl_easy_setopt: so does this, in the library itself."""
    name = ctypes.util.find_library("curl")
    if name is None:
        pytest.skip("needs the Debian package libcurl4")
    moved = (home / ".netrc").rename(tmp_path / "_netrc")
    assert email(_easy_perform(ctypes.CDLL(name), f"{live.url}/{WHO}", str(moved))) == "analyst@example.org"


def _easy_perform(library, url, file):
    library.curl_easy_init.restype = ctypes.c_void_p
    received = []
    kind = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p)

    def receive(data, size, count, _):
        received.append(ctypes.string_at(data, size * count))
        return size * count

    receiver, handle = kind(receive), ctypes.c_void_p(library.curl_easy_init())
    for option, value in (
        (OPT_URL, ctypes.c_char_p(url.encode())), (OPT_NETRC, ctypes.c_long(NETRC_OPTIONAL)),
        (OPT_NETRC_FILE, ctypes.c_char_p(file.encode())), (OPT_WRITEFUNCTION, receiver),
    ):  # fmt: skip
        assert library.curl_easy_setopt(handle, ctypes.c_int(option), value) == 0
    assert library.curl_easy_perform(handle) == 0
    library.curl_easy_cleanup(handle)
    return b"".join(received)


def test_python_names_another_file_with_the_variable(live, home, tmp_path, monkeypatch):
    """Python's clients have no such option; they follow the variable NETRC."""
    monkeypatch.setenv("NETRC", str((home / ".netrc").rename(tmp_path / "elsewhere")))
    assert requests.get(f"{live.url}/{WHO}", timeout=30).json()["email"] == "analyst@example.org"


# Unauthorized


def test_a_guest_who_reads_data_is_unauthorized(live, home):
    """The message that sends people to the list: no entry, no data."""
    (home / ".netrc").write_text("machine other.example.org login apikey password x\n")
    assert curl(home, f"{live.url}/{READ}", "--netrc")[0] == 401


def test_4_a_key_that_is_valid_reads_and_an_expired_one_does_not(live, home):
    """Fourth, the key must still be valid: the answer says that it is not."""
    key = live.operate("issue", "analyst@example.org")
    (home / ".netrc").write_text(f"machine {live.host} login apikey password {key}\n")
    assert curl(home, f"{live.url}/{READ}", "--netrc")[0] == 200
    live.operate("expire", key)
    status, body, _ = curl(home, f"{live.url}/{READ}", "--netrc")
    assert (status, json.loads(body)["reason"]) == (401, "key_expired")


def test_4_a_key_of_another_server_is_refused(live, home):
    """Fourth, the key must be this server's."""
    (home / ".netrc").write_text(f"machine {live.host} login apikey password khk_{'x' * 51}\n")
    assert curl(home, f"{live.url}/{READ}", "--netrc")[0] == 401


def test_5_a_wrong_call_is_told_from_a_wrong_key(live, home):
    """Fifth, the call must be right: with a good key a wrong one is "not found", and never "unauthorized"."""
    status, body, _ = curl(home, f"{live.url}/{READ.replace('lung', 'lungs')}", "--netrc")
    assert status == 404
    assert "lungs" in json.loads(body)["exception"]


# The two messages


def test_a_refused_connection_has_nothing_to_do_with_the_file(home):
    """ "Failed to connect … Connection refused" is the same with and without a port in the entry: nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        messages = set()
        for machine in ("127.0.0.1", f"127.0.0.1:{port}"):
            (home / ".netrc").write_text(f"machine {machine} login a password b\n")
            messages.add(curl(home, f"http://127.0.0.1:{port}/", "--netrc")[2].partition(" after")[0])
    assert messages == {f"curl: (7) Failed to connect to 127.0.0.1 port {port}"}


def test_unauthorized_in_r_can_mean_that_the_file_is_in_the_wrong_folder(live, home, run_r):
    """Status 401: R's home is Documents, and the file beside it; moved there, it works."""
    documents = home / "Documents"
    documents.mkdir()
    asked = r_asks(f"{live.url}/{READ}", "netrc = 1L")
    assert run_r(documents, asked).startswith("401")
    (home / ".netrc").rename(documents / ".netrc")
    assert run_r(documents, asked).startswith("200")
