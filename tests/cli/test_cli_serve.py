"""The server starts, says where it is, stops, and refuses clearly what it cannot do."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.program import ADMIN, free_port, run, serving
from tests.cli.tls import in_a_year, write_certificate


def _who_am_i(url: str, key: str = "", context: ssl.SSLContext | None = None) -> str:
    request = urllib.request.Request(f"{url}/login-whoAmI.api", headers={"apikey": key} if key else {})
    with urllib.request.urlopen(request, timeout=20, context=context) as response:
        return str(json.load(response)["email"])


def _log(data: Path, port: int) -> str:
    return (data.parent / f"serve-{port}.log").read_text()


def test_four_commands_are_a_whole_site(tmp_path: Path) -> None:
    data = tmp_path / "d"
    assert run("init", "--data", data).code == 0
    added = run("user", "add", ADMIN, "--site-admin", "--password-stdin", "--data", data, stdin="correct horse b\n")
    assert added.code == 0
    assert run("settings", "set", "allowApiKeys", "true", "--data", data).code == 0
    key = run("key", "issue", ADMIN, "--data", data).out.strip()
    with serving(data) as (port, _):
        assert _who_am_i(f"http://127.0.0.1:{port}") == "guest"
        assert _who_am_i(f"http://127.0.0.1:{port}", key) == ADMIN


def test_server_says_its_address_and_forgets_log_levels_of_the_last_run(data: Path) -> None:
    (data / "loggers.json").write_text('{"keyhouse.web": "DEBUG"}')
    with serving(data, "--context-path", "/labkey") as (port, process):
        assert not (data / "loggers.json").exists()
        _who_am_i(f"http://127.0.0.1:{port}/labkey")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert f"Keyhouse is at http://127.0.0.1:{port}/labkey/ (" in _log(data, port)
    assert _log(data, port).endswith("Stopped.\n")


@pytest.mark.parametrize("to_all", [True, False])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_stops_in_order_and_writes_when_keys_were_used(data: Path, number: int, to_all: bool) -> None:
    key = run("key", "issue", ADMIN, "--data", data).out.strip()
    with serving(data, "--workers", "2") as (port, process):
        _who_am_i(f"http://127.0.0.1:{port}", key)
        with socket.create_connection(("127.0.0.1", port)) as held:
            held.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            for target in [process.pid, *(_children(process.pid) if to_all else [])]:
                os.kill(target, number)
            assert process.wait(20) == 0, _log(data, port)
    assert "rror" not in _log(data, port)
    assert run("key", "list", "--json", "--data", data).json[0]["last_used"] is not None


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_workers_end_when_the_first_process_is_killed(data: Path) -> None:
    with serving(data) as (_, process):
        children = _children(process.pid)
        assert children
        process.kill()
        process.wait(20)
        ends_at = time.monotonic() + 20
        while any(Path(f"/proc/{child}").exists() for child in children):
            assert time.monotonic() < ends_at, "a worker lives on"
            time.sleep(0.05)


def test_worker_that_was_killed_is_replaced(data: Path) -> None:
    with serving(data) as (port, process):
        for child in _children(process.pid):
            os.kill(child, signal.SIGKILL)
        ends_at = time.monotonic() + 30
        while True:
            try:
                assert _who_am_i(f"http://127.0.0.1:{port}") == "guest"
                return
            except OSError:
                assert time.monotonic() < ends_at
                time.sleep(0.1)


def test_headers_of_a_megabyte_are_refused_and_the_server_lives_on(data: Path) -> None:
    with serving(data) as (port, _):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            try:
                line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n")
                assert line.recv(100).split()[1] in {b"400", b"431"}
            except ConnectionError:
                pass  # Closed in the face of the sender: refused as well.
        assert _who_am_i(f"http://127.0.0.1:{port}") == "guest"


def test_port_in_use_is_refused_and_named(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), "--data", data)
    assert (result.code, f"Port {port} on 127.0.0.1 is in use" in result.err) == (3, True)
    with serving(data) as (port, _):
        assert run("serve", "--port", str(port), "--data", data).code == 3


def test_host_that_is_not_ours_is_named(data: Path) -> None:
    for host in ("no-such-host.invalid", "192.0.2.1"):
        result = run("serve", "--host", host, "--port", str(free_port()), "--data", data)
        assert (result.code, "is no address of this machine" in result.err) == (3, True), result.err


def test_server_speaks_tls_and_marks_cookies_secure(data: Path, tmp_path: Path) -> None:
    cert, key = write_certificate(tmp_path, in_a_year())
    with serving(data, "--tls-cert", str(cert), "--tls-key", str(key)) as (port, _):
        context = ssl.create_default_context(cafile=cert)
        request = urllib.request.Request(f"https://127.0.0.1:{port}/login-whoAmI.api")
        with urllib.request.urlopen(request, timeout=20, context=context) as response:
            assert json.load(response)["email"] == "guest"
            cookies = response.headers.get_all("Set-Cookie") or []
        assert cookies and all("secure" in cookie.lower() for cookie in cookies)
    assert f"Keyhouse is at https://127.0.0.1:{port}/" in _log(data, port)


def test_tls_files_that_do_not_fit_are_named(data: Path, tmp_path: Path) -> None:
    cert, key = write_certificate(tmp_path, in_a_year())
    for arguments, named in (
        (["--tls-cert", cert], "tls_cert and tls_key go together"),
        (["--tls-cert", cert, "--tls-key", tmp_path / "none.pem"], "none.pem cannot be read: No such file"),
        (["--tls-cert", key, "--tls-key", cert], "are not a certificate chain and its private key"),
    ):
        result = run("serve", *arguments, "--port", str(free_port()), "--data", data)
        assert (result.code, named in result.err) == (3, True), result.err


def test_no_key_is_in_the_list_of_processes_or_the_logs(data: Path) -> None:
    key = run("key", "issue", ADMIN, "--data", data).out.strip()
    with serving(data) as (port, _):
        assert _who_am_i(f"http://127.0.0.1:{port}", key) == ADMIN
        urllib.request.urlopen(f"http://127.0.0.1:{port}/login-whoAmI.api?x=1", timeout=20).close()
        listed = subprocess.run(["ps", "axeww"], capture_output=True).stdout
        assert key.encode() not in listed
    for file in [*data.rglob("*"), data.parent / f"serve-{port}.log"]:
        assert file.is_dir() or key.encode() not in file.read_bytes(), file
