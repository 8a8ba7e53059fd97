"""The demonstration does its main job, again and again, and touches nothing else."""

import re
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from keyhouse.cli.demo.browser import _Page
from tests.cli.program import PROGRAM, environment, free_port, run


def test_demonstration_reads_rows_with_the_official_client_and_runs_again(tmp_path: Path) -> None:
    data, port = tmp_path / "demo", free_port()
    seen: list[bytes] = []
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(seen, stop))
    watcher.start()
    try:
        first = run("demo", "--once", "--port", str(port), "--data", data, NETRC="/nonexistent", http_proxy="http://x")
    finally:
        stop.set()
        watcher.join()
    assert first.code == 0, first.err
    assert "D-penicillamine" in first.out and "10 of 418 rows" in first.out
    assert (data / "netrc").stat().st_mode & 0o077 == 0
    _check_secrets(first.out, (data / "netrc").read_text(), b"\n".join(seen), data)
    second = run("demo", "--once", "--port", str(port), "--data", data)
    assert (second.code, "shown at the first run" in second.out) == (0, True), second.err
    keys = run("key", "list", "--all", "--json", "--data", data).json
    assert sorted(row["state"] for row in keys) == ["revoked", "valid"]


def _watch(seen: list[bytes], stop: threading.Event) -> None:
    while not stop.wait(0.02):
        seen.append(subprocess.run(["ps", "axww", "-o", "args"], capture_output=True).stdout)


def _check_secrets(out: str, netrc: str, processes: bytes, data: Path) -> None:
    key = netrc.split()[-1]
    passwords = re.findall(r"@example\.org\s+(\S{16})", out)
    assert len(passwords) == 2
    assert b"read_rows.py" in processes, "the client was seen, so its arguments were"
    for secret in (key, *passwords):
        assert secret.encode() not in processes
        holders = {file for file in data.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()}
        assert holders == ({data / "netrc"} if secret == key else set())
    assert key not in out


def test_demonstration_takes_the_next_free_port_and_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("demo", "--once", "--port", str(port), "--data", tmp_path / "demo")
    assert result.code == 0, result.err
    used = re.search(rf"Port {port} is taken; this run uses (\d+)\.", result.out)
    assert used and f"127.0.0.1:{used.group(1)}" in result.out


def test_demonstration_never_touches_a_real_site(data: Path) -> None:
    result = run("demo", "--once", "--data", data)
    assert (result.code, "is the data directory of a site of yours" in result.err) == (3, True)
    assert len(run("user", "list", "--json", "--data", data).json) == 1


def test_demonstration_declares_nothing_in_the_name_of_the_analyst(data: Path) -> None:
    (data / "demonstration").touch()
    terms = data / "terms.md"
    terms.write_text("Be kind.")
    assert run("terms", "set", terms, "--folder", "/home", "--data", data).code == 0
    result = run("demo", "--once", "--port", str(free_port()), "--data", data)
    assert (result.code, "This site demands a declaration now" in result.err) == (3, True), result.err
    assert run("key", "list", "--all", "--json", "--data", data).json == []


def test_demonstration_stays_until_it_is_interrupted(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "demo", "--port", str(free_port()), "--data", str(tmp_path / "demo")],
        stdout=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED="1"),
        text=True,
    )
    assert process.stdout is not None
    address = ""
    for line in process.stdout:
        if found := re.search(r"The site is open at (\S+) until you press Ctrl-C", line):
            address = found.group(1)
            break
    assert address
    assert "guest" in run("whoami", address, "--netrc-file", tmp_path / "none").err
    process.terminate()
    assert process.wait(20) == 0
    assert run("whoami", address, "--netrc-file", tmp_path / "none").code == 3, "its server has ended, too"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("<form action='/a'><input name=x value=1><input type=checkbox name=c></form>", {"x": "1"}),
        ("<form><select name=s><option value=1>a<option value=2 selected>b</select></form>", {"s": "2"}),
        ("<form><select name=s><option value=1>a<option value=2>b</select></form>", {"s": "1"}),
    ],
)
def test_forms_are_read_as_a_browser_would(text: str, fields: dict[str, str]) -> None:
    assert _Page.of(text).forms[1].fields == fields
