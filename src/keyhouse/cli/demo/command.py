"""The course of the demonstration, from an empty directory to rows in the official client."""

import signal
import time
from pathlib import Path
from typing import Any

import click

from keyhouse.cli.command import Command, given_data
from keyhouse.cli.demo import clients, prepare
from keyhouse.cli.demo.browser import Browser
from keyhouse.cli.demo.process import ServerProcess
from keyhouse.cli.demo.progress import step
from keyhouse.cli.failure import Unusable
from keyhouse.cli.listening import next_free
from keyhouse.cli.site import explained, private_files

DEFAULT_DATA = "demo-data"
_HOST = "127.0.0.1"
_PAGES = (f"{prepare.FOLDER}/project-begin.view", "/security-externalToolsView.view")
_DECLARES = (
    "This site demands a declaration now, which a program does not make for a person: no key was made, no row read."
)


@click.command(
    "demo",
    cls=Command,
    default_data=DEFAULT_DATA,
    examples=["keyhouse demo", "keyhouse demo --once", "keyhouse demo --port 9000 --data /tmp/keyhouse-demo"],
)
@click.option("--once", "is_once", is_flag=True, help="Stop the server after the check instead of leaving it running.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, help="Port to use, or the next free one above.")
def command(is_once: bool, port: int) -> None:
    """Show a whole site on real data.

    Makes a site with the Mayo Clinic PBC trial, signs an analyst in through the web pages, generates an API key there,
    puts it into a netrc file and reads rows with the official labkey client for Python and with curl. Then the server
    keeps running until Ctrl-C. Run again, it uses what is there; where that demands a declaration by now, no key is
    made and no row read. With --once, exit with 0 only if rows came.
    """
    private_files()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    data = given_data() or Path(DEFAULT_DATA)
    with explained():
        _demonstrate(data, port, is_once)


def _demonstrate(data: Path, wanted_port: int, is_once: bool) -> None:
    started_at = time.monotonic()
    click.echo("Keyhouse, demonstrated on the Mayo Clinic trial in primary biliary cirrhosis\n")
    port = next_free(_HOST, wanted_port)
    if port != wanted_port:
        click.echo(f"  Port {wanted_port} is taken; this run uses {port}.")
    with step(f"Site and trial database in {data}"):
        made = prepare.prepare(data)
    with ServerProcess(data, _HOST, port) as server:
        with step("Server started"):
            server.wait_until_ready()
        browser = _signed_in(server.url, made)
        if any(browser.is_asked_to_declare(path) for path in _PAGES):
            _leave_out_the_rest(is_once)
        else:
            _read_rows(browser, server.url, f"{_HOST}:{port}", data / "netrc")
        click.echo(f"\nDone in {time.monotonic() - started_at:.1f} s.")
        _say_accounts(made, server.url, data)
        if not is_once:
            click.echo(f"\nThe site is open at {server.url}/ until you press Ctrl-C.")
            server.wait()
    click.echo("Stopped.")


def _signed_in(url: str, made: prepare.Made) -> Browser:
    browser = Browser(url)
    with step("Analyst signed in through the sign-in page"):
        browser.sign_in(prepare.ANALYST, made.analyst_password)
    return browser


def _leave_out_the_rest(is_once: bool) -> None:
    # Somebody wrote terms or demands since an earlier run: to accept them as the analyst would be a lie in the log.
    if is_once:
        raise Unusable(f"{_DECLARES} To start anew, give the demonstration another directory: --data DIR")
    click.echo(f"\n{_DECLARES}\nSign in, declare, and make a key on External Tool Access.")


def _read_rows(browser: Browser, url: str, host: str, netrc_file: Path) -> None:
    with step(f"API key generated on External Tool Access, and put into {netrc_file}"):
        clients.write_netrc(netrc_file, _HOST, browser.generate_key(prepare.DESCRIPTION))
    with step("Rows read by the official labkey client, in a process that knows the netrc file only"):
        answer = clients.read_with_labkey(host, netrc_file)
    clients.show(answer, host, netrc_file)
    clients.run_curl(url, netrc_file)


def _say_accounts(made: prepare.Made, url: str, data: Path) -> None:
    click.echo("\nSign in with one of these; the passwords are shown now and stored nowhere:")
    if made.admin_password:
        click.echo(f"  administrator  {prepare.ADMIN:<22} {made.admin_password}")
    else:
        click.echo(f"  administrator  {prepare.ADMIN:<22} shown at the first run; a new one with:")
        click.echo(f"                 keyhouse user set-password {prepare.ADMIN} --data {data}")
    again = "" if made.is_new else "  (a new one for this run)"
    click.echo(f"  analyst        {prepare.ANALYST:<22} {made.analyst_password}{again}")


def _interrupt(*_signal: Any) -> None:
    raise KeyboardInterrupt
