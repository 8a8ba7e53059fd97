"""A data directory for each test, copied from one that the program itself has made."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import ADMIN, PASSWORD, run, serving


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("cli") / "data"
    assert run("init", "--data", data).code == 0
    added = run("user", "add", ADMIN, "--site-admin", "--password-stdin", "--data", data, stdin=PASSWORD + "\n")
    assert added.code == 0, added.err
    return data


@pytest.fixture
def data(_made: Path, tmp_path: Path) -> Path:
    """A data directory with the site administrator admin@example.org."""
    return Path(shutil.copytree(_made, tmp_path / "data"))


@pytest.fixture(scope="session")
def server(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A running site under /labkey with API keys switched on: its address and its data directory."""
    data = Path(shutil.copytree(_made, tmp_path_factory.mktemp("served") / "data"))
    assert run("settings", "set", "allowApiKeys", "true", "--data", data).code == 0
    with serving(data, "--context-path", "/labkey") as (port, _):
        yield f"http://127.0.0.1:{port}/labkey", data
