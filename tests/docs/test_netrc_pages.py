"""What the pages on netrc claim of a client is what the model of that client does."""

import re
import subprocess
from pathlib import Path

import pytest

from keyhouse.netrc import MadeUp, client, families, lookup
from keyhouse.netrc.permissions import verdict
from keyhouse.netrc.surroundings import FileFacts

DOCS = Path(__file__).parents[2] / "docs"
EXPLANATION = (DOCS / "explanation" / "netrc-dialects.md").read_text("utf-8")
_HEAD = r"\| client \| login \| password \|\n\|---\|---\|---\|\n"
EXAMPLE = re.compile(rf"```netrc\n((?:(?!```).*\n)+)```\n\n{_HEAD}((?:\|.*\n)+)")


def claims():
    """Yield each client of each table with the file above it and what it is said to send."""
    for number, (text, rows) in enumerate(EXAMPLE.findall(EXPLANATION), 1):
        for row in rows.splitlines():
            names, login, password = (cell.strip() for cell in row.strip("|").split("|"))
            for name in re.findall(r"`([^`]+)`", names):
                yield pytest.param(name, raw(text), login, password, id=f"{number}-{name}")


def raw(text):
    """Return the bytes of an example, in which only \\r and \\x.. stand for bytes that cannot be shown."""
    data = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), text)
    return data.replace("\\r\n", "\r\n").encode("latin-1")


def test_every_example_of_the_page_has_its_table():
    assert (
        EXPLANATION.count("```netrc\n")
        == EXPLANATION.count("| client | login |")
        == len(EXAMPLE.findall(EXPLANATION))
        > 9
    )


@pytest.mark.parametrize(("name", "data", "login", "password"), list(claims()))
def test_the_client_does_what_the_page_says(name, data, login, password):
    scheme = "ftp" if client(name).kind == "ftp" else "https"
    choice = lookup(f"{scheme}://data.example.org/", name, data)
    if login in {"error", "nothing"}:
        assert (choice.sends, bool(choice.error), password) == (False, login == "error", "")
    else:
        assert (f"`{choice.login}`", choice.error) == (login, "")
        assert f"`{choice.secret.reveal().decode()}`" == password.replace("\\r", "\r")


LINE = b"machine data.example.org login apikey password b\n"
URL = "https://data.example.org/"


def page(name):
    return (DOCS / "how-to" / f"{name}.md").read_text("utf-8")


def windows_rows():
    table = page("netrc-on-windows-and-rstudio").partition("| `.netrc` alone |\n|---|---|---|\n")[2]
    for row in table.partition("\n\n")[0].splitlines():
        names, underscore, dot = (cell.strip() for cell in row.strip("|").split("|"))
        yield from ((name, underscore == "yes", dot == "yes") for name in re.findall(r"`([^`]+)`", names))


@pytest.mark.parametrize(("name", "underscore", "dot"), list(windows_rows()))
def test_clients_on_windows_read_the_names_that_the_page_says(name, underscore, dot):
    for file, is_read in (("_netrc", underscore), (".netrc", dot)):
        home = {"HOME": "C:\\Users\\ada", "USERPROFILE": "C:\\Users\\ada"}
        around = MadeUp(home, "win32", None, "C:\\", 0, {f"C:\\Users\\ada\\{file}": LINE})
        assert lookup(URL, name, around).sends is is_read, file


def test_every_client_of_the_windows_page_is_tried():
    assert len(list(windows_rows())) >= 12


def test_clients_in_a_container_follow_the_variable_as_the_page_says():
    place = {"HOME": "/root", "NETRC": "/run/secrets/netrc"}
    around = MadeUp(place, "linux", "/root", "/", 0, {"/run/secrets/netrc": LINE})
    table = page("netrc-in-docker-and-ci").partition("| client | to read")[2]
    assert "| Python: requests, labkey, pip, aiohttp; uv; Go; curl 8.16 and later | `NETRC=" in table
    for name in ("requests", "pip", "aiohttp", "uv", "go", "curl@8.16.0"):
        assert lookup(URL, name, around).sends, name
    for name in ("curl@8.14.1", "r", "python", "httpx", "labkey-java", "git", "wget"):
        assert not lookup(URL, name, around).sends, name


def test_clients_that_insist_on_privacy_refuse_a_file_that_a_group_may_read():
    facts, around = FileFacts("file", 0o440, 1000), MadeUp(uid=1000)
    refusing = {name for name in families() if not verdict(client(name), facts, around).accepts}
    assert {"python", "httpx", "aria2", "perl"} <= refusing
    assert not {"r", "curl", "requests", "labkey-java"} & refusing


def test_java_looks_in_the_home_of_the_account_when_a_runner_moves_home():
    around = MadeUp({"HOME": "/github/home"}, "linux", "/root", "/", 0, {"/github/home/.netrc": LINE})
    assert {name: lookup(URL, name, around).sends for name in ("curl", "r", "requests", "labkey-java")} == {
        "curl": True, "r": True, "requests": True, "labkey-java": False,
    }  # fmt: skip


def test_the_shell_lines_of_the_page_write_a_private_file_that_all_clients_read(tmp_path):
    lines = re.search(r"```sh\n(set \+x\n.*?)```", page("netrc-in-docker-and-ci"), re.DOTALL)[1]
    environ = {"HOME": str(tmp_path), "LABKEY_KEY": "khk_1%s\\n", "PATH": "/nonexistent"}
    subprocess.run(["/bin/sh", "-c", lines], env=environ, check=True, timeout=30)
    file = tmp_path / ".netrc"
    assert file.read_bytes() == b"machine data.example.org login apikey password khk_1%s\\n\n"
    assert file.stat().st_mode & 0o777 == 0o600
