"""``keyhouse rotate``: a new key for the old one, with nothing lost if anything fails on the way."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyhouse.cli.command import Command
from keyhouse.cli.failure import NotSo, Unusable
from keyhouse.cli.login import NETRC_OPTION

if TYPE_CHECKING:
    from keyhouse.cli.remote import Remote
    from keyhouse.cli.remote_keys import NewKey

_TRIES, _PAUSE_SECONDS = 3, 1.0


@click.command(
    "rotate",
    cls=Command,
    examples=[
        "keyhouse rotate https://data.example.org/labkey",
        "keyhouse rotate https://data.example.org --netrc-file /etc/pipeline/netrc",
    ],
)
@click.argument("url")
@NETRC_OPTION
def command(url: str, netrc_file: Path | None) -> None:
    """Replace the key that your netrc file holds for the site at URL.

    The new key is written and verified, and only then is the old one revoked. If anything fails before, the old entry
    is back and the new key revoked. The new key ends when the old one would have, unless the site lets keys be renewed.
    """
    from keyhouse.cli.key_exchange import key_entry, put_and_prove, warn_of_plain_http
    from keyhouse.cli.netrc_store import NetrcStore
    from keyhouse.cli.remote import Remote
    from keyhouse.cli.remote_keys import revoke

    site, store = Remote(url, "keyhouse rotate"), NetrcStore(netrc_file)
    entry = key_entry(store, site.host)
    if entry is None:
        raise NotSo(f"{store.file} has no entry for the machine {site.host}. Sign in with: keyhouse login {site.url}")
    store.check_writable()
    warn_of_plain_http(site)
    new = _begun(site, entry.password)
    email = put_and_prove(site, store, new, lambda: revoke(site, new.text, entry.password))
    _finish(site, new)
    until = f" It expires at {new.expires_at}." if new.expires_at else ""
    click.echo(f"The key of {email} in {store.file} is replaced, and the old one refused from now on.{until}")


def _begun(site: "Remote", key: str) -> "NewKey":
    from keyhouse.cli.remote_keys import Refused, rotate

    try:
        return rotate(site, key)
    except Refused as refused:
        raise NotSo(f"{refused.message}. Sign in anew with: keyhouse login {site.url}") from None


def _finish(site: "Remote", new: "NewKey") -> None:
    """Revoke the old key; from here on the new one stays, because the old one may be gone already."""
    from keyhouse.cli.remote import Unreachable
    from keyhouse.cli.remote_keys import finish_rotation

    for left in reversed(range(_TRIES)):
        try:
            finish_rotation(site, new.text)
        except Unreachable as error:
            if not left:
                raise Unusable(
                    f"The new key is in place and works, but the old one may still be valid: {error.message} "
                    f"Delete it on the page External Tool Access of {site.host}."
                ) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
