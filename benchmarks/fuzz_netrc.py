"""Hold the models of Python's netrc and of curl against the real ones, on random files, until one differs.

python -m benchmarks.fuzz_netrc [--files 100000] [--curl 500] [--seed N]
"""

import argparse
import netrc
import random
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from tests.netrc.made_up import made_up_file

from keyhouse.cli import netrc_experiment
from keyhouse.netrc import MadeUp, client
from keyhouse.netrc.clients.model import Asked, attempt
from keyhouse.netrc.url import parse_url

Differs = Callable[[bytes], str]
"""What real program and model say about a file, where they differ; empty where they agree."""


def main() -> int:
    """Return 1 when a file was found on which a program and its model differ."""
    options = argparse.ArgumentParser(prog="make fuzz", description="Random netrc files: models beside the real ones.")
    options.add_argument("--files", type=int, default=100_000, help="files for Python's netrc")
    options.add_argument("--curl", type=int, default=500, help="files for the curl of this machine")
    options.add_argument(
        "--seed", type=int, default=secrets.randbits(32), help="of the random numbers, to repeat a run"
    )
    given = options.parse_args()
    print(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as folder:
        python = _python(Path(folder) / "netrc")
        if _run("Python's netrc", python, _files(given.seed, given.files), given.files):
            return 1
    curl = next((one for one in netrc_experiment.installed() if one.name == "curl"), None)
    if curl is None:
        print("curl is not installed: its model was not tried")
        return 0
    with netrc_experiment.laboratory() as place:
        return _run(f"curl {curl.version}", _curl(place, curl), _files(given.seed, given.curl), given.curl)


def _files(seed: int, count: int) -> Iterator[bytes]:
    choice = random.Random(seed)
    for _ in range(count):
        data = made_up_file(choice)
        if data and choice.random() < 0.1:
            at = choice.randrange(len(data))
            data = data[:at] + choice.randbytes(choice.randint(1, 3)) + data[at:]
        yield data


def _run(name: str, differs: Differs, files: Iterable[bytes], count: int) -> int:
    with click.progressbar(files, length=count, label=name, file=sys.stderr) as shown:
        found = next((data for data in shown if differs(data)), None)
    if found is None:
        print(f"{name}: {count} files, no difference")
        return 0
    least = smallest(found, differs)
    print(f"{name}: model and program differ on the file\n  {least!r}\n  {differs(least)}")
    return 1


def smallest(data: bytes, differs: Differs) -> bytes:
    """Take pieces out, halves first and single bytes last, as long as the difference stays."""
    size = len(data) // 2
    while size:
        at = 0
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            if differs(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def _python(path: Path) -> Differs:
    model = client(f"python@{sys.version_info[0]}.{sys.version_info[1]}.99")
    path.touch(0o600)

    def differs(data: bytes) -> str:
        path.write_bytes(data)
        real = _real(path)
        around = MadeUp({"HOME": "/home"}, "linux", "/home", "/", 0, {"/home/.netrc": data})
        sent = attempt(model, Asked(parse_url("http://h.test")), around)
        said = _kind(sent.error) if sent.error else (sent.login, sent.password)
        return "" if said == real else f"Python: {real!r}, model: {said!r}"

    return differs


def _real(path: Path) -> str | tuple[bytes | None, bytes | None]:
    try:
        found = netrc.netrc(str(path)).authenticators("h.test")
    except netrc.NetrcParseError as failure:
        return _kind(str(failure))
    except UnicodeDecodeError:
        return "UnicodeDecodeError"
    return (None, None) if found is None else (found[0].encode(), found[2].encode())


def _kind(message: str) -> str:
    """The message without the word it quotes, which the model hides, and without the path."""
    if message.startswith("UnicodeDecodeError"):
        return "UnicodeDecodeError"
    message = message.removeprefix("NetrcParseError: ")
    return re.sub(r"token .*(?= \()", "token", re.sub(r"\(\S+, line", "(line", message), flags=re.DOTALL)


def _curl(place: netrc_experiment.Laboratory, curl: netrc_experiment.Program) -> Differs:
    def differs(data: bytes) -> str:
        seen = place.measure(curl, "made up", data.replace(b"h.test", b"127.0.0.1"))
        return "" if seen.agrees else f"curl: {seen.sent!r}, model: {seen.expected!r}"

    return differs


if __name__ == "__main__":
    sys.exit(main())
