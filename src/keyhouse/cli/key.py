"""``keyhouse key``: API keys of everybody, for the operator."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from keyhouse.cli import listing
from keyhouse.cli.command import Family, json_option, yes_option
from keyhouse.cli.failure import Wrong
from keyhouse.cli.secret_input import confirm
from keyhouse.cli.site import caller, open_site

if TYPE_CHECKING:
    from keyhouse.keys.models import ApiKey

_DAY = 86_400
_VALID = "valid"
_OWNER_DEACTIVATED = "owner deactivated"


@click.group(
    "key",
    cls=Family,
    examples=[
        "keyhouse key issue pipeline@example.org --description 'nightly run' --expires 90",
        "keyhouse key list",
        "keyhouse key revoke 4fGh7Jk2Lm9Q",
    ],
)
def command() -> None:
    """Issue, list and revoke API keys."""


@command.command(
    "issue",
    examples=[
        "keyhouse key issue ada@example.org",
        "keyhouse key issue pipeline@example.org --description 'nightly run' --expires 90",
        "keyhouse key issue ada@example.org 2>/dev/null | wl-copy",
    ],
)
@click.argument("email")
@click.option("--description", default="", metavar="TEXT", help="What the key is for.")
@click.option(
    "--expires", type=click.IntRange(1, 3650), metavar="DAYS", help="Days to live; the site's maximum still holds."
)
@json_option
def issue(email: str, description: str, expires: int | None, as_json: bool) -> None:
    """Issue an API key and print it, once: only its digest is kept. Everything else goes to standard error."""
    with open_site() as site:
        from keyhouse.accounts.users import find
        from keyhouse.siteconfig import store

        user = find(email)
        if not user.is_active:
            raise Wrong(f"{user.email} is deactivated, so the key would be refused. Reactivate this user first.")
        maximum = store.read().api_key_expiration_seconds
        chosen = None if expires is None else expires * _DAY
        issued = site.api_keys.issue(user, caller(), maximum, description, chosen)
        key, text = issued.key, issued.token.text
    if as_json:
        listing.show_one({"key": text, "id": key.key_id, "user": user.email, "expires": key.expires_at})
        return
    click.echo(text)
    until = f"expires {listing.text_of(key.expires_at)}" if key.expires_at else "never expires"
    click.echo(f"Key {key.key_id} of {user.email} {until}. It is not shown again.", err=True)


@command.command(
    "list",
    examples=["keyhouse key list", "keyhouse key list --user ada@example.org --all", "keyhouse key list --json"],
)
@click.option("--user", "email", metavar="EMAIL", help="Only the keys of this user.")
@click.option("--all", "with_dead", is_flag=True, help="Expired and revoked keys, too.")
@json_option
def list_keys(email: str | None, with_dead: bool, as_json: bool) -> None:
    """List API keys; a key's text is not known to anyone but its owner."""
    with open_site() as site:
        now = site.clock()
        rows = [_row(key, now) for key in _keys_of(email)]
    shown = [row for row in rows if with_dead or row["state"] in {_VALID, _OWNER_DEACTIVATED}]
    listing.show(shown, as_json, "There are no valid keys." if not with_dead else "There are no keys.")


@command.command(
    "revoke",
    examples=[
        "keyhouse key revoke 4fGh7Jk2Lm9Q",
        "keyhouse key revoke --user ada@example.org",
        "keyhouse key revoke --all --yes",
    ],
)
@click.argument("key_ids", metavar="[KEY_ID]...", nargs=-1)
@click.option("--user", "email", metavar="EMAIL", help="All keys of this user.")
@click.option("--all", "is_all", is_flag=True, help="All keys of the site.")
@yes_option
def revoke(key_ids: tuple[str, ...], email: str | None, is_all: bool, is_sure: bool) -> None:
    """Revoke API keys by their public ids, from the next request on. A whole leaked key is taken for its id."""
    if sum((bool(key_ids), email is not None, is_all)) != 1:
        raise Wrong("Say which keys: their ids, or --user EMAIL, or --all.")
    with open_site() as site:
        keys = _named(key_ids) if key_ids else [key for key in _keys_of(email) if key.revoked_at is None]
        if is_all:
            confirm(f"Revoke all {len(keys)} keys of this site?", is_sure)
        count = site.api_keys.revoke(keys, caller())
    click.echo(f"Revoked {count} key{'' if count == 1 else 's'}.")
    if count < len(keys):
        click.echo(f"{len(keys) - count} had been revoked before.", err=True)


def _keys_of(email: str | None) -> "list[ApiKey]":
    from keyhouse.accounts.users import find
    from keyhouse.keys.models import ApiKey

    keys = ApiKey.objects.select_related("owner").order_by("-created_at")
    return list(keys.filter(owner=find(email)) if email is not None else keys)


def _named(key_ids: tuple[str, ...]) -> "list[ApiKey]":
    from keyhouse.core.tokens import ID_LENGTH
    from keyhouse.keys.models import ApiKey

    wanted = [text[4 : 4 + ID_LENGTH] if text.startswith("khk_") else text for text in key_ids]
    found = {key.key_id: key for key in ApiKey.objects.select_related("owner").filter(key_id__in=wanted)}
    for key_id in wanted:
        if key_id not in found:
            raise Wrong(
                f"There is no key '{key_id[:20]}', so none was revoked. List them with: keyhouse key list --all"
            )
    return list(found.values())


def _row(key: "ApiKey", now: datetime) -> dict[str, Any]:
    from keyhouse.core.expiry import is_expired

    state = key.revoked_why if key.revoked_at else "expired" if is_expired(key.expires_at, now) else _VALID
    if key.owner is None:
        state = "revoked"
    elif state == _VALID and not key.owner.is_active:
        state = _OWNER_DEACTIVATED
    return {
        "id": key.key_id,
        "user": key.owner.email if key.owner else None,
        "description": key.description,
        "state": state,
        "created": key.created_at,
        "expires": key.expires_at,
        "last_used": key.last_used_at,
        "last_used_from": key.last_used_address,
    }
