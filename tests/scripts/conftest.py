"""Interpreters that may be missing, and stand-ins for client libraries that tell with what they were called."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Runner = Callable[[str], Any]
STUBS = Path(__file__).parent / "stubs"


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run a program and return what it wrote; a failure shows what it complained about."""
    import os

    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **environment}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def need(program: str, package: str) -> str:
    """Return a program's path, or skip the test with the name of its Debian package."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs the Debian package {package}")
    return found


@pytest.fixture
def call_of(tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    """Run a script with its client library replaced, and return the arguments of its one call by their own names."""

    def asked(language: str, script: str) -> dict[str, Any]:
        return json.loads(_RUNNERS[language](script, tmp_path))

    return asked


def _python(script: str, folder: Path) -> str:
    file = folder / "script.py"
    file.write_text(script, "utf-8")
    return run(sys.executable, STUBS / "run_python.py", file)


def _r(script: str, folder: Path) -> str:
    rscript = need("Rscript", "r-cran-httr")
    file = folder / "script.R"
    file.write_text(script, "ascii")
    return run(rscript, STUBS / "run_r.R", file)


def _javascript(script: str, folder: Path) -> str:
    node = need("node", "nodejs")
    file = folder / "page.html"
    file.write_text(script, "utf-8")
    return run(node, STUBS / "run_javascript.js", file)


def _perl(script: str, folder: Path) -> str:
    perl = need("perl", "perl")
    file = folder / "script.pl"
    file.write_text(script, "ascii")
    return run(perl, "-I", STUBS / "perl", file)


def _java(script: str, folder: Path) -> str:
    javac, java = need("javac", "default-jdk-headless"), need("java", "default-jdk-headless")
    (folder / "SelectRows.java").write_text(script, "ascii")
    sources = sorted((STUBS / "java").rglob("*.java"))
    run(javac, "-encoding", "US-ASCII", "-d", folder, *sources, folder / "SelectRows.java")
    return run(java, "-cp", folder, "SelectRows")


_RUNNERS: dict[str, Callable[[str, Path], str]] = {
    "py": _python,
    "r": _r,
    "js": _javascript,
    "pl": _perl,
    "java": _java,
}
