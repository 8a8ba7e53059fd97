"""Put a new key into the netrc file and prove it, or leave everything as it was."""

from collections.abc import Callable

import click

from keyhouse.cli.failure import Failure, Unusable, Wrong
from keyhouse.cli.netrc_entry import Entry, look_up
from keyhouse.cli.netrc_store import NetrcStore
from keyhouse.cli.remote import BEWARE, Remote
from keyhouse.cli.remote_keys import LOGIN, NewKey, owner_of


def key_entry(store: NetrcStore, machine: str) -> Entry | None:
    """Return the machine's entry if it has one; raises `Wrong` for one that holds no key."""
    entry = store.entry(machine)
    if entry is not None and entry.login != LOGIN:
        raise Wrong(
            f"The entry for {machine} in {store.file} holds no key: its login is not {LOGIN}. Take it out first, or "
            "choose another file with --netrc-file."
        )
    return entry


def warn_of_plain_http(site: Remote) -> None:
    """Say that others can read along, where they can."""
    if site.is_readable_on_the_way:
        click.echo(BEWARE, err=True)


def put_and_prove(site: Remote, store: NetrcStore, new: NewKey, revoke_new: Callable[[], object]) -> str:
    """Write the new key, read it back as clients do, and ask the site for whom it stands; return that address.

    Whatever goes wrong, Control-C too, the file is as it was before and the new key is revoked.
    """
    try:
        store.put(site.host, LOGIN, new.text)
        written = look_up(site.host, store.file)
        if (written.login, written.password) != (LOGIN, new.text):
            raise Unusable(f"{store.file} does not give the new key back. It is as it was before.")
        return owner_of(site, written.password)
    except BaseException:
        _undo(site, new, store.restore, "the netrc file could not be put back")
        _undo(site, new, revoke_new, "the new key could not be revoked")
        raise


def _undo(site: Remote, new: NewKey, step: Callable[[], object], trouble: str) -> None:
    # Called while another error is on its way, which is the one to be told: each step is tried, whatever the other did.
    try:
        step()
    except Failure as error:
        where = f"Delete the key {new.key_id} on the page External Tool Access of {site.host}."
        click.echo(f"Beware: {trouble}. {error.message} {where}", err=True)
