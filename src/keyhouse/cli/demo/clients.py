"""What a scientist does with the key: a netrc file, the official Python client, curl. No key in code or arguments."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from keyhouse.cli import listing
from keyhouse.cli.demo.prepare import CONTEXT_PATH, FOLDER, SOURCE
from keyhouse.cli.failure import Unusable

_ROWS = 10
_TABLE = "patients"
_COLUMNS = "patient_id,age,sex,treatment,status,time_days,bilirubin_mg_dl"
_SECONDS = 60
_PROGRAM = Path(__file__).with_name("read_rows.py")


def write_netrc(file: Path, machine: str, key: str) -> None:
    """Write a netrc file that its owner alone can read; machine is a name without port."""
    beside = file.with_name(f".{file.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(f"machine {machine}\nlogin apikey\npassword {key}\n")
    beside.replace(file)


def read_with_labkey(server: str, netrc_file: Path) -> dict[str, Any]:
    """Run the official client in a fresh process and return its answer; raise `Unusable` where no rows came."""
    arguments = [server, FOLDER.strip("/"), CONTEXT_PATH.strip("/"), SOURCE, _TABLE, _COLUMNS, str(_ROWS)]
    done = _run([sys.executable, str(_PROGRAM), *arguments], netrc_file)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise Unusable(f"The labkey client got no rows: {words[-1] if words else 'it said nothing'}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if not answer.get("rows"):
        raise Unusable("The labkey client got an answer without rows.")
    return answer


def show(answer: dict[str, Any], server: str, netrc_file: Path) -> None:
    """Print the rows as a table, and the lines that fetched them."""
    call = f"APIWrapper({server!r}, {FOLDER.strip('/')!r}, {CONTEXT_PATH.strip('/')!r}, use_ssl=False)"
    click.echo(f"\n  NETRC={netrc_file}\n  api = {call}")
    click.echo(f"  api.query.select_rows({SOURCE!r}, {_TABLE!r}, columns={_COLUMNS!r}, max_rows={_ROWS})\n")
    names = _COLUMNS.split(",")
    for line in listing.table([{name: row[name] for name in names} for row in answer["rows"]], heading=str):
        click.echo(f"    {line}")
    click.echo(f"\n    {len(answer['rows'])} of {answer['rowCount']} rows")


def run_curl(url: str, netrc_file: Path) -> None:
    """Print the curl line that does the same, and run it; without curl, say so."""
    query = f"schemaName={SOURCE}&query.queryName={_TABLE}&query.maxRows=1&query.columns=patient_id,sex,status"
    address = f"{url}{FOLDER}/query-getQuery.api?{query}"
    command = ["curl", "--fail", "--silent", "--show-error", "--netrc-file", str(netrc_file), address]
    click.echo(f"\n  {shlex.join(command)}")
    if shutil.which("curl") is None:
        click.echo("  (curl is not installed here, so it was not run)")
        return
    done = _run(command, netrc_file)
    if done.returncode:
        raise Unusable(f"curl got no rows: {done.stderr.strip()}")
    rows = json.loads(done.stdout)["rows"]
    if not rows:
        raise Unusable("curl got an answer without rows.")
    click.echo(f"    {json.dumps(rows[0])}")


def _run(command: list[str], netrc_file: Path) -> "subprocess.CompletedProcess[str]":
    """Run a client that knows nothing but the netrc file: no home, no proxy, no variable of this process."""
    with tempfile.TemporaryDirectory() as nobody_home:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": nobody_home,
            "NETRC": str(netrc_file.absolute()),
        }
        try:
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise Unusable(f"{command[0]} did not get an answer within {_SECONDS} seconds.") from None
