"""``keyhouse whoami``: whom a server takes this machine's netrc entry for, and why it is a guest where it is one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Command, json_option
from keyhouse.cli.failure import NotSo

if TYPE_CHECKING:
    from keyhouse.cli.netrc_entry import Entry
    from keyhouse.cli.remote import Remote

_REASONS = {
    "key_expired": "it has expired",
    "key_revoked": "it was revoked",
    "session_ended": "its browser session has ended; sign in there and generate a new session key",
}


@click.command(
    "whoami",
    cls=Command,
    examples=[
        "keyhouse whoami https://data.example.org/labkey",
        "keyhouse whoami http://127.0.0.1:8080/labkey --netrc-file demo-data/netrc",
        "keyhouse whoami https://data.example.org --json",
    ],
)
@click.argument("url")
@click.option(
    "--netrc-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The netrc file to read (default: NETRC, else ~/.netrc).",
)
@json_option
def command(url: str, netrc_file: Path | None, as_json: bool) -> None:
    """Ask the server at URL who you are there, with the key of your netrc file.

    Exit with 0 for a user, and with 1 for a guest or a refused key, with the reason. A guest also learns what is wrong
    with the netrc file for this host. Works with any LabKey Server.
    """
    from keyhouse.cli.netrc.examination import findings_for, row_of, show
    from keyhouse.cli.netrc_entry import look_up
    from keyhouse.cli.remote import BEWARE, Remote

    site = Remote(url, "keyhouse whoami")
    entry = look_up(site.host, netrc_file)
    if site.is_readable_on_the_way and entry.login:
        click.echo(BEWARE, err=True)
    answer = _asked(site, entry)
    findings = findings_for(site.host, netrc_file) if _is_guest(answer) else []
    if as_json:
        found = [row_of(finding) for finding in findings]
        listing.show_one({**answer, "netrc": str(entry.file), "why": entry.why_none or None, "findings": found})
    else:
        for finding in findings:
            show(finding, entry.file, to_errors=True)
    _report(answer, entry, site.host, as_json)


def _asked(site: "Remote", entry: "Entry") -> dict[str, Any]:
    reply = site.get("login-whoAmI.api", entry.headers())
    if reply.body is None or (reply.status == 200 and "id" not in reply.body):
        raise site.no_site()
    if reply.status == 200:
        known = {name: reply.member(name) for name in ("id", "email", "displayName")}
        told = {name: reply.member(name) for name in ("session", "declaration")}
        return {"refused": False, **known, **{name: each for name, each in told.items() if isinstance(each, dict)}}
    if reply.status not in {401, 403, 429}:
        raise site.no_site()
    told = {name: reply.member(name) for name in ("reason", "exception")}
    return {"refused": True, "status": reply.status, **told}


def _is_guest(answer: dict[str, Any]) -> bool:
    return not answer["refused"] and (not answer["id"] or not answer["email"] or answer["email"] == "guest")


def _report(answer: dict[str, Any], entry: "Entry", host: str, as_json: bool) -> None:
    if answer["refused"]:
        reason = _REASONS.get(str(answer["reason"]), "")
        told = reason or listing.printable(str(answer["reason"] or answer["exception"]))[:200]
        raise NotSo(f"The server refused the entry for {host} in {entry.file}: {told}")
    if _is_guest(answer):
        see = f"What each client would send tells: keyhouse netrc explain {host}"
        raise NotSo(f"You are a guest: {entry.why_none or 'the server took the entry for no user'}. {see}")
    if not as_json:
        name = listing.printable(f"{answer['displayName']} <{answer['email']}>")
        click.echo(f"You are {name}, user {answer['id']}, by the entry for {host} in {entry.file}.")
        _report_session(answer.get("session") or {})
        _report_declaration(answer.get("declaration") or {})


def _report_session(session: dict[str, Any]) -> None:
    from keyhouse.core.expiry import roughly

    idle, absolute = (session.get(name) for name in ("idleSecondsLeft", "absoluteSecondsLeft"))
    if isinstance(idle, int) and isinstance(absolute, int):
        ends = f"in {roughly(idle)} if nobody is there in the browser, and in {roughly(absolute)} at most"
        click.echo(f"The key ends with its browser session: {ends}.")


def _report_declaration(declaration: dict[str, Any]) -> None:
    if url := declaration.get("url"):
        click.echo(f"Before you see data there, declare your use of it: {listing.printable(str(url))[:500]}")
