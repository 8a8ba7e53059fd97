"""Attack on durability: kill -9 while keys are made. None may be half there, and none lost that was shown."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.cookiejar import CookieJar
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from tests import live as running

_CHECK = """
import json, sys
from pathlib import Path
from tests.live_operator import _site
_site(Path(sys.argv[1]))
from keyhouse.audit.models import AuditEvent
from keyhouse.audit.verify import Intact, verify
from keyhouse.keys.models import ApiKey
issued = {row.details["keyId"] for row in AuditEvent.objects.filter(kind="key issued")}
rows = set(ApiKey.objects.values_list("key_id", flat=True))
print(json.dumps({"half": sorted(issued ^ rows), "intact": isinstance(verify(), Intact)}))
"""


@pytest.fixture
def data(tmp_path):
    data = tmp_path / "data"
    running._operate(data, "make")
    return data


def start(data) -> tuple["subprocess.Popen[bytes]", str]:
    port = running._free_port()
    log = data.parent / "server.log"
    with log.open("ab") as stream:
        process = subprocess.Popen(
            running._command(port), cwd=running._ROOT, env=running._environment(data), stdout=stream, stderr=stream
        )
    running._wait(process, port, log)
    return process, f"http://127.0.0.1:{port}{running.CONTEXT_PATH}"


def issue_until_it_dies(url: str, shown: list[str]) -> None:
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    form = urlencode({"email": "analyst@example.org", "password": "correct horse battery"}).encode()
    browser.open(f"{url}/login-loginApi.api", form, timeout=20).read()
    token = next(cookie.value for cookie in cookies if cookie.name == "X-LABKEY-CSRF")
    headers = {"X-LABKEY-CSRF": token or "", "Content-Type": "application/json"}
    with contextlib.suppress(OSError, URLError, ValueError):
        while True:
            request = Request(f"{url}/security-createApiKey.api", b'{"type": "apikey"}', headers)
            with browser.open(request, timeout=20) as answer:
                shown.append(json.loads(answer.read())["apikey"])


def test_no_key_is_half_there_and_none_is_lost_that_was_shown(data):
    process, url = start(data)
    shown: list[str] = []
    threads = [threading.Thread(target=issue_until_it_dies, args=(url, shown)) for _ in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while len(shown) < 25 and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in [*running._children(process.pid), process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    for thread in threads:
        thread.join()
    assert len(shown) >= 25
    process, url = start(data)
    try:
        for key in shown:
            with urlopen(Request(f"{url}/login-whoAmI.api", headers={"apikey": key}), timeout=20) as answer:
                assert b"analyst@example.org" in answer.read()
    finally:
        process.terminate()
        process.wait(20)
    check = [sys.executable, "-c", _CHECK, str(data)]
    done = subprocess.run(check, cwd=running._ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"half": [], "intact": True}
