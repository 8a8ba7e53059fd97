"""The tutorial on lists is carried out, line by line, and its output is what comes out."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.live import Live

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "your-first-list.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def blocks(live: Live) -> list[tuple[str, str]]:
    """The blocks of code of the page, at the address of the live site."""
    text = PAGE.read_text("utf-8").replace("127.0.0.1:8080", f"{live.host}:{live.port}")
    return BLOCK.findall(text)


def run(command: list[str], folder: Path, netrc: Path) -> str:
    around = {"HOME": str(folder), "NETRC": str(netrc), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.replace("\r\n", "\n")


def test_every_command_prints_what_the_page_says(live: Live, blocks, tmp_path):
    netrc = live.netrc(tmp_path, live.admin)
    (tmp_path / "samples.csv").write_text(dict(blocks)["csv"])
    # What has no effect on the list can be left for last: one process runs all of the Python.
    shells = [text for kind, text in blocks if kind == "console"]
    python = "\n".join(text for kind, text in blocks if kind == "python")
    printed = "".join(text for kind, text in blocks if kind == "text")
    before, correction = python.split("api.query.update_rows", 1)
    first = run([sys.executable, "-c", before], tmp_path, netrc)
    for shell, then in ((shells[0], ""), (shells[1], f"api.query.update_rows{correction}")):
        if then:
            head = python[: python.index("with open")]
            first += run([sys.executable, "-c", head + then], tmp_path, netrc)
        command, _, output = shell.removeprefix("$ ").partition("\n")
        command = command.replace("--netrc ", f"--netrc-file {shlex.quote(str(netrc))} ")
        assert run(["bash", "-c", command], tmp_path, netrc) == output
    assert first == printed
