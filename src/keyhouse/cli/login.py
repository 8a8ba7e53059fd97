"""``keyhouse login``: a person signs in on the site's own page, and the key lands in the netrc file."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli.command import Command
from keyhouse.cli.failure import NotSo, Unusable

if TYPE_CHECKING:
    from keyhouse.cli.device_flow import Codes
    from keyhouse.cli.netrc_entry import Entry
    from keyhouse.cli.remote import Remote
    from keyhouse.cli.remote_keys import NewKey

NETRC_OPTION = click.option(
    "--netrc-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The netrc file to change (default: NETRC, else ~/.netrc).",
)


@click.command(
    "login",
    cls=Command,
    examples=[
        "keyhouse login https://data.example.org/labkey",
        "keyhouse login https://data.example.org --description 'nightly run' --expires 30 --revoke-old",
        "keyhouse login https://labkey.example.org --with-key",
    ],
)
@click.argument("url")
@click.option("--description", default="", metavar="TEXT", help="What the key is for; it can be changed on the page.")
@click.option(
    "--expires",
    type=click.IntRange(1, 3650),
    metavar="DAYS",
    help="Days for the key to live; it can be changed on the page, and the site's maximum still holds.",
)
@click.option("--no-browser", is_flag=True, help="Open no browser; open the address yourself, on any machine.")
@NETRC_OPTION
@click.option("--revoke-old", is_flag=True, help="Revoke the key that the netrc file held for this machine.")
@click.option(
    "--with-key", is_flag=True, help="Store a key that you have: from a hidden prompt, or one line of standard input."
)
def command(
    url: str,
    description: str,
    expires: int | None,
    no_browser: bool,
    netrc_file: Path | None,
    revoke_old: bool,
    with_key: bool,
) -> None:
    """Sign in to the site at URL on its own page, and put the key into your netrc file.

    It prints a short code and an address, opens the browser there, and waits until you approve. The key is verified
    before this says so; if anything fails, the file is as it was and the new key is revoked.
    """
    from keyhouse.cli.device_flow import PROGRAM
    from keyhouse.cli.key_exchange import key_entry, put_and_prove, warn_of_plain_http
    from keyhouse.cli.netrc_store import NetrcStore
    from keyhouse.cli.remote import Remote
    from keyhouse.cli.remote_keys import revoke

    site, store = Remote(url, PROGRAM), NetrcStore(netrc_file)
    old = key_entry(store, site.host)
    store.check_writable()
    warn_of_plain_http(site)
    if with_key:
        new = _given_key(site)
        email = put_and_prove(site, store, new, lambda: None)
    else:
        new = _approved_key(site, description, expires, no_browser)
        email = put_and_prove(site, store, new, lambda: revoke(site, new.text, new.text))
    until = f" It expires at {new.expires_at}." if new.expires_at else ""
    click.echo(f"You are {email}: the key is in {store.file}, for the machine {site.host}.{until}")
    if old is not None and old.password != new.text:
        _end_old(site, old, new, revoke_old)


def _approved_key(site: "Remote", description: str, days: int | None, no_browser: bool) -> "NewKey":
    from keyhouse.cli import device_flow

    codes = device_flow.begin(site, description, days)
    _show(codes, no_browser)
    try:
        return device_flow.wait(site, codes)
    except BaseException:
        device_flow.give_up(site, codes)
        raise


def _show(codes: "Codes", no_browser: bool) -> None:
    click.echo(f"\nYour code is   {codes.user_code}\n\nApprove it at  {codes.page}\n", err=True)
    if not no_browser and _has_screen():
        import webbrowser

        webbrowser.open(codes.page_with_code)
    click.echo("Waiting until you approve there; Control-C stops. Check that the page shows this code.", err=True)


def _has_screen() -> bool:
    # Without one, a browser for terminals would start in the middle of this.
    if os.environ.get("BROWSER") or sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _given_key(site: "Remote") -> "NewKey":
    from keyhouse.cli.failure import Wrong
    from keyhouse.cli.remote_keys import NewKey, is_key_text, key_id, owner_of
    from keyhouse.cli.secret_input import first_line, is_terminal

    text = str(click.prompt("Key", hide_input=True, err=True)).strip() if is_terminal() else first_line("key")
    if not is_key_text(text):
        raise Wrong("That is no key: a key is one long word of letters and digits.")
    owner_of(site, text)
    return NewKey(text, key_id(text) or "")


def _end_old(site: "Remote", old: "Entry", new: "NewKey", revoke_old: bool) -> None:
    from keyhouse.cli.remote_keys import ENDED, Refused, is_session_key, key_id, revoke
    from keyhouse.cli.secret_input import is_terminal

    old_id = key_id(old.password)
    if is_session_key(old.password):
        click.echo("The old key was a session key: it ends with its browser session.", err=True)
        return
    if old_id is None:
        click.echo(f"The old key was issued by another server: delete it on the pages of {site.host}.", err=True)
        return
    asked = f"Revoke the old key {old_id}, which was in the file before?"
    if not revoke_old and not (is_terminal() and click.confirm(asked, default=True, err=True)):
        click.echo(f"The old key {old_id} stays valid. Revoke it on the page External Tool Access.", err=True)
        return
    try:
        # The new key may belong to another account than the old one, which then has to end itself.
        if not revoke(site, old.password, new.text) and not revoke(site, old.password, old.password):
            raise Unusable(f"You are signed in, but {site.host} does not list the old key {old_id}: not revoked.")
    except Refused as refused:
        if refused.reason not in ENDED:
            told = f"You are signed in, but {site.host} does not know the old key {old_id}: not revoked."
            raise NotSo(told) from None
        click.echo(f"The old key {old_id} had ended before.", err=True)
        return
    click.echo(f"The old key {old_id} is revoked.")
