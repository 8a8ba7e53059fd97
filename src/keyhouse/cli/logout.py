"""``keyhouse logout``: revoke the key that the netrc file holds for a site, and take the entry out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli.command import Command
from keyhouse.cli.failure import NotSo, Unusable
from keyhouse.cli.login import NETRC_OPTION

if TYPE_CHECKING:
    from keyhouse.cli.remote import Remote


@click.command(
    "logout",
    cls=Command,
    examples=[
        "keyhouse logout https://data.example.org/labkey",
        "keyhouse logout https://data.example.org --netrc-file ~/project/netrc",
        "keyhouse logout https://gone.example.org --local",
    ],
)
@click.argument("url")
@NETRC_OPTION
@click.option("--local", is_flag=True, help="Only take the entry out of the file; the key is not revoked.")
def command(url: str, netrc_file: Path | None, local: bool) -> None:
    """Revoke the key of the site at URL and take it out of your netrc file.

    The key is revoked first: where that fails, the file is not changed, so that nothing is forgotten.
    """
    from keyhouse.cli.key_exchange import key_entry, warn_of_plain_http
    from keyhouse.cli.netrc_store import NetrcStore
    from keyhouse.cli.remote import Remote

    site, store = Remote(url, "keyhouse logout"), NetrcStore(netrc_file)
    entry = key_entry(store, site.host)
    if entry is None:
        raise NotSo(f"{store.file} has no entry for the machine {site.host}: there is nothing to do.")
    store.check_writable()
    if local:
        told = "It was not revoked"
    else:
        warn_of_plain_http(site)
        told = _ended(site, entry.password)
    store.remove(site.host)
    click.echo(f"The entry for {site.host} is taken out of {store.file}. {told}.")


def _ended(site: "Remote", key: str) -> str:
    from keyhouse.cli.remote_keys import ENDED, WHY, Refused, is_session_key, key_id, revoke

    if is_session_key(key):
        return "Its key ends with its browser session: sign out there"
    local = f"keyhouse logout {site.url} --local"
    if key_id(key) is None:
        raise Unusable(
            f"The key was not issued by Keyhouse, so this cannot tell which one it is. Delete it on the pages of "
            f"{site.host}, then run: {local}"
        )
    try:
        if not revoke(site, key, key):
            raise Unusable(f"{site.host} does not list this key, so it was not revoked. To forget it, run: {local}")
    except Refused as refused:
        if refused.reason not in ENDED:
            raise Unusable(f"{refused.message}. The file was not changed. To forget the key, run: {local}") from None
        return f"Its key had ended before: {WHY[refused.reason]}"
    return f"Its key {key_id(key)} is revoked"
